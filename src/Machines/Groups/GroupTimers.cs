namespace Semel.Machines.Groups;

/// <summary>One thing that a group waits for. Setting it costs nothing while it is set for later, as a session is that is heard of all the time.</summary>
internal sealed class GroupTimer(GroupBody owner, byte kind, string? memberId)
{
    public GroupBody Owner { get; } = owner;
    /// <summary>Of the owner's meaning.</summary>
    public byte Kind { get; } = kind;
    public string? MemberId { get; } = memberId;
    /// <summary>By the steady clock; null when it is not set.</summary>
    public TimeSpan? Due { get; internal set; }
    /// <summary>Where it stands in the heap; null when it does not.</summary>
    internal TimeSpan? Queued { get; set; }
}

/// <summary>All timers of one machine, in one heap. By the steady clock.</summary>
internal sealed class GroupTimers
{
    readonly PriorityQueue<GroupTimer, (TimeSpan Due, long Order)> _heap = new();
    long _order;

    /// <summary>Sets it, or sets it anew: earlier or later.</summary>
    public void Set(GroupTimer timer, TimeSpan due)
    {
        timer.Due = due;
        if (timer.Queued is { } queued && queued <= due) return;
        timer.Queued = due;
        _heap.Enqueue(timer, (due, _order++));
    }

    public void Cancel(GroupTimer? timer)
    {
        if (timer is not null) timer.Due = null;
    }

    /// <summary>When the next one is due; null when none is set.</summary>
    public TimeSpan? NextDeadline
    {
        get
        {
            while (_heap.TryPeek(out var timer, out var at))
            {
                if (timer.Queued == at.Due && timer.Due == at.Due) return at.Due;
                Settle(timer, at.Due);
            }
            return null;
        }
    }

    /// <summary>Takes the one that was due first.</summary>
    public bool TryTakeDue(TimeSpan now, out GroupTimer timer)
    {
        timer = null!;
        if (NextDeadline is not { } due || due > now) return false;
        timer = _heap.Dequeue();
        timer.Due = timer.Queued = null;
        return true;
    }

    // The first entry of the heap is not what its timer says: it was set for later since, or cancelled, or has an earlier entry that has been taken.
    void Settle(GroupTimer timer, TimeSpan at)
    {
        _heap.Dequeue();
        if (timer.Queued != at) return;
        timer.Queued = timer.Due;
        if (timer.Due is { } due) _heap.Enqueue(timer, (due, _order++));
    }
}
