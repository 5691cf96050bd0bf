namespace Semel.Compat.Confluent;

delegate void SeekCall(in Inner.TopicPartitionOffset place);

/// <summary>
/// A program's rebalance handlers: each is brought to the thread that consumes, where it may commit, seek and say where reading begins. Handlers of one
/// consumer run
/// one after the other.
/// </summary>
sealed class Rebalances
{
    readonly HandlerRoom _room;
    readonly RebalanceHandlers _handlers;
    readonly HandedOut _handedOut;
    readonly SeekCall _seek;
    readonly Action<IEnumerable<Wire.TopicPartition>> _pause;
    readonly HashSet<Wire.TopicPartition> _taken = [];
    List<TopicPartitionOffset> _places;
    List<TopicPartition> _leaving;

    public Rebalances(Inner.IRebalanceEvents events, HandlerRoom room, RebalanceHandlers handlers, HandedOut handedOut, SeekCall seek,
        Action<IEnumerable<Wire.TopicPartition>> pause, AutomaticCommits commits)
    {
        (_room, _handlers, _handedOut, _seek, _pause) = (room, handlers, handedOut, seek, pause);
        events.OnAssigned(AssignedAsync);
        events.OnRevoked((partitions, cancellation) => TakenAsync(partitions, handlers.Revoked, commits, cancellation));
        events.OnLost((partitions, cancellation) => TakenAsync(partitions, handlers.Lost ?? handlers.Revoked, null, cancellation));
    }

    /// <summary>The program's handler runs on this thread now.</summary>
    public bool IsInHandler => _places is not null || _leaving is not null;

    public void BeginPull()
    {
        lock (_taken) _taken.Clear();
    }

    /// <summary>Whether the partition was taken since the pull began.</summary>
    public bool WasTaken(Wire.TopicPartition partition)
    {
        lock (_taken) return _taken.Contains(partition);
    }

    /// <summary>In a handler of assigned partitions Assign and Seek say where reading begins.</summary>
    public bool TakesPlaces(IEnumerable<TopicPartitionOffset> places)
    {
        if (_places is null) return _leaving is not null;
        _places.AddRange(places);
        return true;
    }

    /// <summary>What is being taken can still be committed by its handler.</summary>
    public IEnumerable<TopicPartition> Ours(IEnumerable<TopicPartition> assignment) => _leaving is null ? assignment : assignment.Union(_leaving);

    async ValueTask AssignedAsync(IReadOnlyList<Wire.TopicPartition> partitions, CancellationToken cancellation)
    {
        var given = partitions.Select(Crossing.Here).ToList();
        _handedOut.Forget(given);
        if (_handlers.Assigned is null) return;
        List<TopicPartitionOffset> chosen = null;
        var said = new List<TopicPartitionOffset>();
        await _room.BringAsync(() =>
        {
            _places = said;
            try { chosen = _handlers.Assigned([.. given])?.ToList(); }
            finally { _places = null; }
        }, cancellation).ConfigureAwait(false);
        foreach (var place in said.Concat(chosen ?? []))
            if (place.Offset != Offset.Unset && place.Offset != Offset.Stored) _seek(place.Below());
        // Whoever names some of them wants only those.
        if (chosen is not null) _pause([.. given.Except(chosen.Select(static place => place.TopicPartition)).Select(Crossing.Below)]);
    }

    async ValueTask TakenAsync(IReadOnlyList<Wire.TopicPartition> partitions, Func<List<TopicPartitionOffset>, IEnumerable<TopicPartitionOffset>> handler,
        AutomaticCommits commits, CancellationToken cancellation)
    {
        lock (_taken) _taken.UnionWith(partitions);
        var leaving = partitions.Select(Crossing.Here).ToList();
        if (handler is not null)
            await _room.BringAsync(() =>
            {
                _leaving = leaving;
                try { handler([.. leaving.Select(_handedOut.Position)]); }
                finally { _leaving = null; }
            }, cancellation).ConfigureAwait(false);
        if (commits is not null) await commits.CommitAsync(cancellation).ConfigureAwait(false);
        _handedOut.Forget(leaving);
    }
}
