using Semel.Protocol;

namespace Semel.Machines.Groups.Classic;

/// <summary>JoinGroup: the checks in their order, then what the group's phase makes of it (groups.md 3).</summary>
internal static class JoinDecision
{
    public static TimeSpan SessionTimeoutOf(JoinGroup request) => TimeSpan.FromMilliseconds(request.SessionTimeoutMs);
    public static TimeSpan RebalanceTimeoutOf(JoinGroup request) =>
        TimeSpan.FromMilliseconds(request.RebalanceTimeoutMs < 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs);

    /// <summary>What needs no group.</summary>
    public static ErrorCode Check(JoinGroup request, GroupOptions options)
    {
        if (request.GroupId.Value.Length == 0) return ErrorCode.InvalidGroupId;
        var session = SessionTimeoutOf(request);
        return session < options.MinSessionTimeout || session > options.MaxSessionTimeout ? ErrorCode.InvalidSessionTimeout : ErrorCode.None;
    }

    public static void Decide(JoinGroup request, ClassicGroup group, GroupTurn turn)
    {
        if (IsFull(request.MemberId, group, turn.Options))
        {
            if (group.Members.TryFind(request.MemberId, out var known)) group.Rebalance.Remove(known, turn);
            else group.Rebalance.RemovePending(request.MemberId, turn);
            turn.Reply(JoinReply.Failed(ErrorCode.GroupMaxSizeReached, ""));
        }
        else if (!Supports(request, group)) turn.Reply(JoinReply.Failed(ErrorCode.InconsistentGroupProtocol, request.MemberId));
        else if (request.MemberId.Length == 0) DecideNew(request, group, turn);
        else DecideKnown(request, group, turn);
    }

    static bool IsFull(string memberId, ClassicGroup group, GroupOptions options)
    {
        var isMember = group.Members.TryFind(memberId, out var member);
        return group.Phase switch
        {
            ClassicPhase.Empty => false,
            ClassicPhase.PreparingRebalance => !(isMember && member!.JoinTicket is not null) && group.Members.AwaitingJoin >= options.MaxSize,
            _ => !isMember && group.Members.Count >= options.MaxSize,
        };
    }

    static bool Supports(JoinGroup request, ClassicGroup group) => group.Phase == ClassicPhase.Empty
        ? request.ProtocolType.Length > 0 && request.Protocols.Count > 0
        : group.Type == request.ProtocolType && group.Members.SupportsAny(request.Protocols);

    // ---- Without an id

    static void DecideNew(JoinGroup request, ClassicGroup group, GroupTurn turn)
    {
        var id = $"{request.InstanceId ?? request.Client.ClientId}-{request.FreshId}";
        if (request.InstanceId is { } instance)
        {
            if (group.Members.TryFindStatic(instance, out var former)) TakeOver(request, group, former, id, turn);
            else group.Rebalance.Add(NewMember(request, id), request.ProtocolType, turn);
        }
        else if (request.RequiresMemberId)
        {
            var timer = new GroupTimer(group, (byte)ClassicTimer.PendingMember, id);
            group.Members.AddPending(id, timer);
            turn.Timers.Set(timer, turn.Now.Steady + SessionTimeoutOf(request));
            turn.Reply(JoinReply.Failed(ErrorCode.MemberIdRequired, id));
        }
        else group.Rebalance.Add(NewMember(request, id), request.ProtocolType, turn);
    }

    static ClassicMember NewMember(JoinGroup request, string id) => new()
    {
        Id = id,
        InstanceId = request.InstanceId,
        Client = request.Client,
        SessionTimeout = SessionTimeoutOf(request),
        RebalanceTimeout = RebalanceTimeoutOf(request),
        Protocols = request.Protocols,
    };

    /// <summary>A static member was started anew (KIP-345): it has its place, and mostly nobody else notices.</summary>
    static void TakeOver(JoinGroup request, ClassicGroup group, ClassicMember member, string id, GroupTurn turn)
    {
        var formerLeader = group.LeaderId;
        group.Replace(member, id, turn);
        group.Rebalance.SetWishes(member, request);
        if (group.Phase == ClassicPhase.Stable && ProtocolVote.Of(group.Members) == group.Protocol)
        {
            group.Heard(member, turn);
            if (!group.Record(turn)) turn.Reply(JoinReply.Failed(ErrorCode.UnknownServerError, id));
            else
            {
                var isTold = request.CanSkipAssignment;
                // An old client that is told that it leads would assign anew: it is told who led before, so it follows (KIP-814).
                turn.Reply(Present(group, member) with
                {
                    Leader = (isTold ? group.LeaderId : formerLeader) ?? "",
                    SkipAssignment = isTold && group.LeaderId == id,
                    Members = isTold && group.LeaderId == id ? MembersOf(group) : [],
                });
            }
            return;
        }
        group.ParkJoin(member, turn);
        // In the middle of a rebalance the leader may be assigning to the former id.
        if (group.Phase == ClassicPhase.PreparingRebalance) group.Rebalance.CompleteWhenAllJoined(turn);
        else group.Rebalance.Begin(turn);
    }

    // ---- With an id

    static void DecideKnown(JoinGroup request, ClassicGroup group, GroupTurn turn)
    {
        if (group.Members.RemovePending(request.MemberId, out var timer))
        {
            turn.Timers.Cancel(timer);
            DecidePending(request, group, turn);
            return;
        }
        var error = group.Find(request.MemberId, request.InstanceId, out var member);
        if (error != ErrorCode.None) turn.Reply(JoinReply.Failed(error, request.MemberId));
        else if (IsRetry(request, group, member))
        {
            group.Heard(member, turn);
            turn.Reply(group.Phase == ClassicPhase.CompletingRebalance ? Present(group, member) : Present(group, member) with { Members = [] });
        }
        else group.Rebalance.Update(member, request, turn);
    }

    static void DecidePending(JoinGroup request, ClassicGroup group, GroupTurn turn)
    {
        // Ids are given out without an instance; whoever brings one is that instance, started anew or new.
        if (request.InstanceId is { } instance && group.Members.TryFindStatic(instance, out var former)) TakeOver(request, group, former, request.MemberId, turn);
        else group.Rebalance.Add(NewMember(request, request.MemberId), request.ProtocolType, turn);
    }

    /// <summary>
    /// It has lost the answer, or asks for what it has: nobody else need join again for it. A leader that joins in a stable group wants a rebalance.
    /// </summary>
    static bool IsRetry(JoinGroup request, ClassicGroup group, ClassicMember member) => member.Knows(request.Protocols)
        && (group.Phase == ClassicPhase.CompletingRebalance || group.Phase == ClassicPhase.Stable && group.LeaderId != member.Id);

    // ---- Answers

    /// <summary>The present generation, as the member is told it.</summary>
    public static JoinReply Present(ClassicGroup group, ClassicMember member) => new(ErrorCode.None)
    {
        Generation = group.Generation,
        ProtocolType = group.Type,
        ProtocolName = group.Protocol,
        Leader = group.LeaderId ?? "",
        MemberId = member.Id,
        Members = group.LeaderId == member.Id ? MembersOf(group) : [],
    };

    static JoinedMember[] MembersOf(ClassicGroup group) =>
        [.. group.Members.All.Select(member => new JoinedMember(member.Id, member.InstanceId, member.MetadataOf(group.Protocol)))];
}
