using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Migration;

/// <summary>
/// A member of the classic protocol joins a KIP-848 group (groups.md 5.6). It need not wait for the others: its generation is its member epoch, the broker
/// assigns, and it gets what it has by SyncGroup. A leader it never is.
/// </summary>
internal static class ClassicJoin
{
    public static JoinReply Decide(JoinGroup request, ConsumerGroup group, GroupTurn turn)
    {
        var isNew = request.MemberId.Length == 0;
        if (group.MemberCount >= turn.Options.ConsumerMaxSize && !group.TryFind(request.MemberId, out _))
            return JoinReply.Failed(ErrorCode.GroupMaxSizeReached, request.MemberId);
        if (!ClassicMemberRule.Supports(group, request) || Subscriptions.TryRead(request.Protocols[0].Metadata) is not { } said)
            return JoinReply.Failed(ErrorCode.InconsistentGroupProtocol, request.MemberId);
        var memberId = isNew ? request.FreshId : request.MemberId;
        if (isNew && request.InstanceId is null && request.RequiresMemberId) return JoinReply.Failed(ErrorCode.MemberIdRequired, memberId);
        var error = FindFormer(request, group, memberId, out var former);
        if (error != ErrorCode.None) return JoinReply.Failed(error, request.MemberId);

        group.TryFind(memberId, out var member);
        var subscription = new MemberSubscription(request.InstanceId, said.RackId, request.Client, [.. new SortedSet<string>(said.Topics, StringComparer.Ordinal)], null,
            (int)JoinDecision.RebalanceTimeoutOf(request).TotalMilliseconds, null, new(request.SessionTimeoutMs, request.Protocols));
        var (next, _) = MemberStep.Take(group, new(memberId, member, former, subscription, ClassicBytes.OwnedOf(said, turn.Catalog)), turn);
        group.Timers.Joined(memberId, subscription, turn);
        return new(ErrorCode.None)
        {
            MemberId = memberId,
            Generation = next.Epoch,
            ProtocolType = group.ProtocolType,
            ProtocolName = ClassicMemberRule.FirstProtocol(subscription),
        };
    }

    /// <summary>
    /// A static member that was started anew takes its place; from one of KIP-848 it does so only when that has left: who is there is not put out by a
    /// namesake.
    /// </summary>
    static ErrorCode FindFormer(JoinGroup request, ConsumerGroup group, string memberId, out ConsumerMember? former)
    {
        former = null;
        if (request.InstanceId is not { } instance) return ErrorCode.None;
        if (!group.TryFindStatic(instance, out var holder)) return request.MemberId.Length == 0 ? ErrorCode.None : ErrorCode.UnknownMemberId;
        if (holder.Id == memberId) return ErrorCode.None;
        if (request.MemberId.Length > 0) return ErrorCode.FencedInstanceId;
        if (holder.Subscription!.Classic is null && holder.State is { Epoch: not MemberState.LeavingForAWhile }) return ErrorCode.FencedInstanceId;
        former = holder;
        return ErrorCode.None;
    }
}
