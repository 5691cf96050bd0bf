namespace Semel.Client.Grouping.Membership;

/// <summary>A partition that is ours.</summary>
/// <param name="Id">None where the brokers tell no ids.</param>
/// <param name="Since">Which of this member's assignments brought it, counted up: it has been ours without a break since then.</param>
internal readonly record struct OwnedPartition(TopicId Id, long Since);

/// <summary>A partition as a coordinator may name it: by topic id, by name, or both.</summary>
internal readonly record struct AssignedPartition(TopicId Id, TopicPartition Partition);

/// <summary>
/// Which partitions are ours, as the owner has been told, and which calls to the owner run and wait. One call runs at a time. A partition is ours from the begin
/// of its assignment to the end of its revocation, or to the moment at which it was lost.
/// </summary>
internal sealed class Ownership
{
    readonly SortedDictionary<TopicPartition, OwnedPartition> _owned = new(PartitionOrder.ByName);
    readonly Queue<OwnerCall> _waiting = new();
    long _stamp;

    public IReadOnlyDictionary<TopicPartition, OwnedPartition> Owned => _owned;
    public long Stamp => _stamp;
    /// <summary>The call that runs.</summary>
    public OwnerCall? Running { get; private set; }
    public bool IsIdle => Running is null && _waiting.Count == 0;
    /// <summary>Everything was lost and the owner has not taken that in yet.</summary>
    public bool IsLosing { get; private set; }
    /// <summary>Whoever looks on sees a change of this.</summary>
    public int Version { get; private set; }

    public void Enqueue(OwnerCallKind kind, IReadOnlyList<AssignedPartition> partitions)
    {
        if (partitions.Count > 0) _waiting.Enqueue(new OwnerCall(kind, partitions));
    }

    /// <summary>Everything may be somebody else's: what waits is forgotten, and the owner is told when the running call has ended.</summary>
    /// <returns>False when there is nothing to lose, or the owner is about to be told already.</returns>
    public bool Lose()
    {
        _waiting.Clear();
        var isNews = !IsLosing && _owned.Count > 0;
        IsLosing |= isNews;
        if (IsLosing && Running?.Kind != OwnerCallKind.Lost) _waiting.Enqueue(new OwnerCall(OwnerCallKind.Lost, []));
        return isNews;
    }

    /// <summary>What waits and takes nothing away is forgotten: the member is about to leave.</summary>
    public void ForgetAdditions()
    {
        var kept = _waiting.Where(static call => call.Kind != OwnerCallKind.Assigned).ToArray();
        _waiting.Clear();
        foreach (var call in kept) _waiting.Enqueue(call);
    }

    /// <summary>The next call, when none runs and what it speaks of is still so.</summary>
    /// <param name="revocationSince">Since when the coordinator may have been waiting for what is given back.</param>
    public OwnerCall? Begin(TimeSpan now, TimeSpan revocationSince)
    {
        while (Running is null && _waiting.TryDequeue(out var next))
        {
            var call = next with { Since = next.Kind == OwnerCallKind.Revoked ? revocationSince : now, Partitions = StillSo(next) };
            if (call.Partitions.Count == 0)
            {
                if (call.Kind == OwnerCallKind.Lost) IsLosing = false;
                continue;
            }
            Apply(call);
            return Running = call;
        }
        return null;
    }

    /// <summary>The running call has ended.</summary>
    public void End()
    {
        var ended = Running!;
        Running = null;
        if (ended.Kind == OwnerCallKind.Lost) IsLosing = false;
        if (ended.Kind == OwnerCallKind.Revoked) Remove(ended.Partitions);
    }

    /// <summary>Counts as given up from now on; called before the owner ended by a planted fault only.</summary>
    public void Remove(IReadOnlyList<AssignedPartition> partitions)
    {
        foreach (var gone in partitions) _owned.Remove(gone.Partition);
        Version++;
    }

    IReadOnlyList<AssignedPartition> StillSo(OwnerCall call) => call.Kind switch
    {
        OwnerCallKind.Assigned => [.. call.Partitions.Where(one => !_owned.ContainsKey(one.Partition))],
        OwnerCallKind.Revoked => [.. call.Partitions.Where(one => _owned.ContainsKey(one.Partition))],
        _ => [.. _owned.Select(static one => new AssignedPartition(one.Value.Id, one.Key))],
    };

    void Apply(OwnerCall call)
    {
        if (call.Kind == OwnerCallKind.Lost) Remove(call.Partitions);
        if (call.Kind != OwnerCallKind.Assigned) return;
        _stamp++;
        Version++;
        foreach (var added in call.Partitions) _owned[added.Partition] = new OwnedPartition(added.Id, _stamp);
    }
}
