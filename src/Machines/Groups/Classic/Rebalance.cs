using Semel.Protocol;

namespace Semel.Machines.Groups.Classic;

/// <summary>
/// The way of a classic group from one generation to the next: members join, the generation is chosen, the leader brings the assignment. Nothing of it is
/// recorded but its
/// end.
/// </summary>
internal sealed class Rebalance(ClassicGroup group)
{
    GroupTimer? _join, _sync;
    /// <summary>
    /// Of the first rebalance of an empty group: how much longer it may be put off, and whether somebody came meanwhile. Null in any other rebalance.
    /// </summary>
    TimeSpan? _initialLeft;
    TimeSpan _initialDelay;
    bool _memberCame;

    ClassicMembers Members => group.Members;

    // ---- Joining

    /// <summary>A new member, whose JoinGroup waits.</summary>
    public void Add(ClassicMember member, string type, GroupTurn turn)
    {
        member.IsNew = true;
        if (group.Phase == ClassicPhase.PreparingRebalance && _initialLeft is not null) _memberCame = true;
        group.Add(member, type);
        group.ParkJoin(member, turn);
        group.Watch(member, turn.Options.NewMemberJoinTimeout, turn);
        BeginOrComplete(turn);
    }

    /// <summary>A known member joins again, and waits.</summary>
    public void Update(ClassicMember member, JoinGroup request, GroupTurn turn)
    {
        SetWishes(member, request);
        group.ParkJoin(member, turn);
        if (member.IsNew) group.Watch(member, turn.Options.NewMemberJoinTimeout, turn);
        BeginOrComplete(turn);
    }

    public void SetWishes(ClassicMember member, JoinGroup request)
    {
        Members.SetProtocols(member, request.Protocols);
        member.Client = request.Client;
        member.SessionTimeout = JoinDecision.SessionTimeoutOf(request);
        member.RebalanceTimeout = JoinDecision.RebalanceTimeoutOf(request);
    }

    public void BeginOrComplete(GroupTurn turn)
    {
        if (group.Phase == ClassicPhase.PreparingRebalance) CompleteWhenAllJoined(turn);
        else Begin(turn);
    }

    /// <summary>Everybody has to join again.</summary>
    public void Begin(GroupTurn turn)
    {
        if (group.Phase == ClassicPhase.CompletingRebalance) ForgetAssignments(ErrorCode.RebalanceInProgress, turn);
        turn.Timers.Cancel(_sync);
        var isFirst = group.Phase == ClassicPhase.Empty;
        group.Enter(ClassicPhase.PreparingRebalance);
        if (!isFirst)
        {
            Wait(Members.LongestRebalanceTimeout, turn);
            CompleteWhenAllJoined(turn);
            return;
        }
        _initialDelay = turn.Options.InitialRebalanceDelay;
        var left = Members.LongestRebalanceTimeout - _initialDelay;
        _initialLeft = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        _memberCame = false;
        // Without a delay nobody is waited for.
        if (_initialDelay == TimeSpan.Zero) CompleteJoins(turn);
        else Wait(_initialDelay, turn);
    }

    void Wait(TimeSpan time, GroupTurn turn)
    {
        _join ??= new GroupTimer(group, (byte)ClassicTimer.Join, null);
        turn.Timers.Set(_join, turn.Now.Steady + time);
    }

    public void CompleteWhenAllJoined(GroupTurn turn)
    {
        var allJoined = Members.AwaitingJoin == Members.Count && Members.PendingCount == 0;
        if (group.Phase == ClassicPhase.PreparingRebalance && _initialLeft is null && allJoined) CompleteJoins(turn);
    }

    void JoinTimeCame(GroupTurn turn)
    {
        if (group.Phase != ClassicPhase.PreparingRebalance) return;
        if (_initialLeft is not { } left || !_memberCame || left == TimeSpan.Zero)
        {
            CompleteJoins(turn);
            return;
        }
        // Where one came, others may: wait as long again, as far as there is time.
        _memberCame = false;
        var delay = turn.Options.InitialRebalanceDelay < left ? turn.Options.InitialRebalanceDelay : left;
        _initialLeft = left - _initialDelay > TimeSpan.Zero ? left - _initialDelay : TimeSpan.Zero;
        _initialDelay = delay;
        Wait(delay, turn);
    }

    /// <summary>The generation of those who have joined. Static members stay although they have not.</summary>
    void CompleteJoins(GroupTurn turn)
    {
        turn.Timers.Cancel(_join);
        _initialLeft = null;
        foreach (var late in Members.All.Where(static member => member.JoinTicket is null && !member.IsStatic).ToArray()) group.Remove(late, turn);
        if (!group.ElectJoinedLeader() && Members.Count > 0)
        {
            // Static members alone, and none has come: until their sessions end.
            Wait(Members.LongestRebalanceTimeout, turn);
            return;
        }
        group.BeginGeneration();
        if (group.Phase == ClassicPhase.Empty)
        {
            group.Record(turn);
            return;
        }
        foreach (var member in Members.All)
        {
            member.OwesSync = true;
            member.IsNew = false;
            group.AnswerJoin(member, JoinDecision.Present(group, member), turn);
            group.Heard(member, turn);
        }
        _sync ??= new GroupTimer(group, (byte)ClassicTimer.Sync, null);
        turn.Timers.Set(_sync, turn.Now.Steady + Members.LongestRebalanceTimeout);
    }

    // ---- Synchronising

    /// <summary>The leader has brought the assignments: they count, and are told, when they are durable.</summary>
    public void Complete(IReadOnlyList<MemberAssignment> assignments, GroupTurn turn)
    {
        var given = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var one in assignments) given[one.MemberId] = one.Assignment;
        foreach (var member in Members.All) member.Assignment = given.GetValueOrDefault(member.Id, []);
        if (!group.Record(turn))
        {
            ForgetAssignments(ErrorCode.UnknownServerError, turn);
            Begin(turn);
            return;
        }
        group.Enter(ClassicPhase.Stable);
        foreach (var member in Members.All) group.AnswerSync(member, SyncDecision.Present(group, member), turn);
    }

    void ForgetAssignments(ErrorCode reason, GroupTurn turn)
    {
        foreach (var member in Members.All)
        {
            member.Assignment = [];
            group.AnswerSync(member, new SyncReply(reason), turn);
        }
    }

    // ---- Leaving

    /// <summary>A member is gone, by its own word or by its silence.</summary>
    public void Remove(ClassicMember member, GroupTurn turn)
    {
        group.Remove(member, turn);
        if (group.Phase is ClassicPhase.Stable or ClassicPhase.CompletingRebalance) Begin(turn);
        else CompleteWhenAllJoined(turn);
    }

    public bool RemovePending(string memberId, GroupTurn turn)
    {
        if (!Members.RemovePending(memberId, out var timer)) return false;
        turn.Timers.Cancel(timer);
        CompleteWhenAllJoined(turn);
        return true;
    }

    public void TimerCame(GroupTimer timer, GroupTurn turn)
    {
        switch ((ClassicTimer)timer.Kind)
        {
            case ClassicTimer.Session:
                // Whoever waits for an answer lives as far as is known; only a new one may wait for too long.
                if (Members.TryFind(timer.MemberId!, out var member) && (member.IsNew || member.JoinTicket is null && member.SyncTicket is null)) Remove(member, turn);
                break;
            case ClassicTimer.PendingMember:
                RemovePending(timer.MemberId!, turn);
                break;
            case ClassicTimer.Join:
                JoinTimeCame(turn);
                break;
            case ClassicTimer.Sync:
                SyncTimeCame(turn);
                break;
        }
    }

    void SyncTimeCame(GroupTurn turn)
    {
        if (group.Phase is not (ClassicPhase.CompletingRebalance or ClassicPhase.Stable)) return;
        var late = Members.All.Where(static member => member.OwesSync).ToArray();
        if (late.Length == 0) return;
        foreach (var member in late) group.Remove(member, turn);
        Begin(turn);
    }
}
