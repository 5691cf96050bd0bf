namespace Semel.Machines.Groups.Consumer;

/// <summary>
/// What a KIP-848 group waits for, of each member: that it shows itself within its session, and that it gives up partitions in the time that it asked for.
/// </summary>
internal sealed class MemberTimers(ConsumerGroup group)
{
    const byte Session = 0, Rebalance = 1, Join = 2, Sync = 3;

    readonly Dictionary<string, GroupTimer> _sessions = new(StringComparer.Ordinal), _rebalances = new(StringComparer.Ordinal);
    /// <summary>Of members of the classic protocol: what they have to do next, join or synchronise.</summary>
    readonly Dictionary<string, GroupTimer> _owed = new(StringComparer.Ordinal);

    /// <summary>The member lives: its session begins anew.</summary>
    public void Heard(string memberId, MemberSubscription subscription, GroupTurn turn)
    {
        if (!_sessions.TryGetValue(memberId, out var timer)) _sessions.Add(memberId, timer = new GroupTimer(group, Session, memberId));
        var session = subscription.Classic is { } classic ? TimeSpan.FromMilliseconds(classic.SessionTimeoutMs) : turn.Options.ConsumerSessionTimeout;
        turn.Timers.Set(timer, turn.Now.Steady + session);
    }

    /// <summary>What a member has is another thing from now on.</summary>
    public void Changed(string memberId, MemberSubscription subscription, MemberState state, GroupTurn turn)
    {
        if (state.Phase != MemberPhase.Unrevoked)
        {
            if (_rebalances.Remove(memberId, out var over)) turn.Timers.Cancel(over);
            return;
        }
        if (!_rebalances.TryGetValue(memberId, out var timer)) _rebalances.Add(memberId, timer = new GroupTimer(group, Rebalance, memberId));
        turn.Timers.Set(timer, turn.Now.Steady + TimeSpan.FromMilliseconds(Math.Max(0, subscription.RebalanceTimeoutMs)));
    }

    public void Gone(string memberId, GroupTurn turn)
    {
        if (_sessions.Remove(memberId, out var session)) turn.Timers.Cancel(session);
        if (_rebalances.Remove(memberId, out var rebalance)) turn.Timers.Cancel(rebalance);
        if (_owed.Remove(memberId, out var owed)) turn.Timers.Cancel(owed);
    }

    // ---- Members of the classic protocol

    /// <summary>It has joined, and has to synchronise.</summary>
    public void Joined(string memberId, MemberSubscription subscription, GroupTurn turn) => Owe(memberId, subscription, Sync, turn);

    /// <summary>It was told to join again: from the first time on it has so long, and no longer when it is told once more.</summary>
    public void HasToJoin(ConsumerMember member, GroupTurn turn)
    {
        if (!_owed.ContainsKey(member.Id)) Owe(member.Id, member.Subscription!, Join, turn);
    }

    public void Synced(ConsumerMember member, GroupTurn turn)
    {
        if (_owed.Remove(member.Id, out var owed)) turn.Timers.Cancel(owed);
        Heard(member.Id, member.Subscription!, turn);
    }

    void Owe(string memberId, MemberSubscription subscription, byte kind, GroupTurn turn)
    {
        if (_owed.Remove(memberId, out var before)) turn.Timers.Cancel(before);
        var timer = new GroupTimer(group, kind, memberId);
        _owed.Add(memberId, timer);
        turn.Timers.Set(timer, turn.Now.Steady + TimeSpan.FromMilliseconds(Math.Max(0, subscription.RebalanceTimeoutMs)));
    }

    /// <summary>After loading everybody has all its time again.</summary>
    public void Resume(ConsumerMember member, GroupTurn turn)
    {
        Heard(member.Id, member.Subscription!, turn);
        if (member.State is { } state) Changed(member.Id, member.Subscription!, state, turn);
    }

    /// <summary>Whether the member's time is over; when a timer has come that was of use once, it is not.</summary>
    public bool IsOver(GroupTimer timer, ConsumerMember member) => timer.Kind switch
    {
        Session => true,
        Rebalance => member.State is { Phase: MemberPhase.Unrevoked },
        _ => _owed.TryGetValue(member.Id, out var owed) && owed == timer,
    };
}
