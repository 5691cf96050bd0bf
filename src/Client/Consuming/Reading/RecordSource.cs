using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming.Reading;

/// <summary>
/// Everything that assigned partitions have, fetched ahead and decoded, to be pulled in order: the <see cref="ConsumerMachine"/> behind its lock, and the loops
/// that do what it wants done. Thread safe; one pull at a time.
/// </summary>
internal sealed class RecordSource : IAsyncDisposable, IConsumerEffectPerformer
{
    readonly ClusterConnections _connections;
    readonly ConsumerOptions _options;
    readonly CancellationTokenSource _closing = new();
    readonly GuardedMachine _guarded;
    readonly Signal _arrived, _processed;
    readonly FetchDesk _desk;
    readonly PositionFinder _finder;

    RecordSource(ClusterConnections connections, ConsumerOptions options)
    {
        (_connections, _options) = (connections, options);
        (_arrived, _processed) = (new Signal(options.Time), new Signal(options.Time));
        _guarded = new GuardedMachine(options);
        _desk = new FetchDesk(_guarded, connections, options, _closing.Token);
        _finder = PositionFinder.Start(_guarded, connections, options, _closing.Token);
    }

    public static RecordSource Start(ClusterConnections connections, ConsumerOptions options)
    {
        var source = new RecordSource(connections, options);
        source._guarded.Start(source);
        connections.Metadata.Changed += source.OnMetadata;
        ConsumerMetrics.Began(source);
        return source;
    }

    /// <summary>Fetched and not released, in bytes.</summary>
    public long BufferedBytes => _guarded.Memory.UsedBytes;

    public bool IsClosed => _guarded.IsClosed;
    /// <summary>Nothing is handed out any more.</summary>
    public bool IsEnded => _guarded.IsEnded;

    // Assignment

    public void Assign(IReadOnlyCollection<TopicPartitionOffset> partitions)
    {
        using (var turn = Open()) turn.Machine.Assign(partitions, _connections.Metadata.View, _guarded.Moment);
        Ask(partitions.Select(static partition => partition.Topic));
    }

    public void Unassign()
    {
        using var turn = Open();
        turn.Machine.Clear(_guarded.Now);
    }

    // What a group gives and takes

    /// <inheritdoc cref="AssignmentRule.Add"/>
    public IReadOnlyList<PartitionFeed> Add(IReadOnlyList<TopicPartition> partitions)
    {
        IReadOnlyList<PartitionFeed> added;
        using (var turn = _guarded.Enter())
        {
            if (turn.Machine.IsClosed) return [];
            added = turn.Machine.Add(partitions, _connections.Metadata.View, _guarded.Moment);
        }
        Ask(partitions.Select(static partition => partition.Topic));
        return added;
    }

    /// <summary>The partitions of which the group's offset is asked for.</summary>
    public IReadOnlyList<PartitionFeed> Starting()
    {
        using var turn = _guarded.Enter();
        return turn.Machine.Starting();
    }

    /// <inheritdoc cref="AssignmentRule.Start"/>
    public void Start(PartitionFeed feed, in StartPosition start)
    {
        using var turn = _guarded.Enter();
        turn.Machine.Start(feed, start, _guarded.Moment);
    }

    /// <inheritdoc cref="AssignmentRule.Unbar"/>
    public void Unbar(IEnumerable<PartitionFeed> feeds)
    {
        using var turn = _guarded.Enter();
        turn.Machine.Unbar(feeds);
    }

    /// <inheritdoc cref="AssignmentRule.Bar"/>
    public void Bar(IEnumerable<TopicPartition> partitions)
    {
        using var turn = _guarded.Enter();
        turn.Machine.Bar(partitions);
    }

    /// <inheritdoc cref="AssignmentRule.Remove"/>
    public void Remove(IEnumerable<TopicPartition> partitions)
    {
        using var turn = _guarded.Enter();
        turn.Machine.Remove(partitions, _guarded.Now);
    }

    /// <summary>Waits until nothing of these is in the application's hands, or until nobody wants to wait any more.</summary>
    public async Task WaitUntilProcessedAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            using (var turn = _guarded.Enter())
            {
                turn.Machine.IsProcessingAwaited = turn.Machine.IsInHand(partitions);
                if (!turn.Machine.IsProcessingAwaited) return;
            }
            await _processed.WaitAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="ConsumerMachine.End"/>
    public void End()
    {
        using var turn = _guarded.Enter();
        turn.Machine.End();
    }

    public void Tell(PartitionFault fault)
    {
        using var turn = _guarded.Enter();
        turn.Machine.Tell(fault);
    }

    /// <inheritdoc cref="AssignmentRule.TakeBack"/>
    public void TakeBack(PartitionFeed feed)
    {
        using var turn = _guarded.Enter();
        turn.Machine.TakeBack(feed);
    }

    /// <inheritdoc cref="ConsumerMachine.ProcessDelivered(PartitionFeed)"/>
    public void ProcessDelivered(PartitionFeed feed)
    {
        using var turn = _guarded.Enter();
        turn.Machine.ProcessDelivered(feed);
    }

    /// <summary>What was read of each topic since the beginning.</summary>
    public List<(string Topic, TopicCount Count)> Counts()
    {
        using var turn = _guarded.Enter();
        return turn.Machine.Counts();
    }

    /// <summary>Whoever waits for records looks again.</summary>
    public void LookAgain() => _arrived.Set();

    // Committing

    /// <inheritdoc cref="CommitRule.Finished"/>
    public List<FinishedOffset> Finished(IReadOnlyCollection<TopicPartition>? among)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.Finished(among);
    }

    /// <inheritdoc cref="CommitRule.Committed"/>
    public void Committed(IEnumerable<FinishedOffset> offsets)
    {
        using var turn = _guarded.Enter();
        turn.Machine.Committed(offsets);
    }

    /// <summary>An offset that the application gives, with the leader epoch if it is the one where reading stands.</summary>
    public FinishedOffset ToFinished(in TopicPartitionOffset next)
    {
        using var turn = _guarded.Enter();
        var position = turn.Machine.Find(next.TopicPartition)?.Position;
        return new FinishedOffset(next.TopicPartition, next.Offset.Value, position?.DeliveredOffset == next.Offset.Value ? position.DeliveredLeaderEpoch : -1);
    }

    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    /// <exception cref="ArgumentException">The offset lies beyond what was handed out.</exception>
    public void Store(in TopicPartitionOffset next)
    {
        if (next.Offset.Value < 0) throw new ArgumentException($"{next}: what is stored is the number of the next offset to read", nameof(next));
        using var turn = Open();
        var feed = turn.Machine.Find(next.TopicPartition) ?? throw NotAssigned(next.TopicPartition);
        if (feed.Position.TryStore(next.Offset.Value)) return;
        throw new ArgumentException($"{next} lies beyond what was handed out, which ends at offset {feed.Position.DeliveredOffset}: what was not read cannot be finished. Seek to leave it out", nameof(next));
    }

    void Ask(IEnumerable<string> topics)
    {
        foreach (var topic in topics.Distinct()) _connections.Metadata.RequestRefresh(topic, _options.AllowAutoCreate);
    }

    public IReadOnlySet<TopicPartition> Assignment
    {
        get
        {
            using var turn = _guarded.Enter();
            return turn.Machine.Names;
        }
    }

    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    /// <exception cref="ArgumentException">The offset is none.</exception>
    public void Seek(in TopicPartitionOffset target)
    {
        AssignmentRule.CheckOffset(target);
        using var turn = Open();
        if (!turn.Machine.TrySeek(target, _connections.Metadata.View, _guarded.Moment)) throw NotAssigned(target.TopicPartition);
    }

    /// <returns>False when it is not assigned, or paused already.</returns>
    public bool TryPause(TopicPartition partition)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TryPause(partition);
    }

    /// <returns>False when it is not assigned.</returns>
    public bool TryResume(TopicPartition partition)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TryResume(partition);
    }

    public static InvalidOperationException NotAssigned(TopicPartition partition) => new($"{partition} is not assigned to this consumer");

    /// <returns>Null when it is not assigned.</returns>
    public PartitionPositions? Positions(TopicPartition partition)
    {
        using var turn = _guarded.Enter();
        if (turn.Machine.Find(partition)?.Position is not { } position) return null;
        return new PartitionPositions(position.DeliveredOffset, position.ProcessedOffset, position.CommittedOffset, position.EndOffset(_options.Isolation), position.HighWatermark,
            position.LastStableOffset, position.LogStartOffset, position.State == PositionState.Stopped);
    }

    /// <inheritdoc cref="ConsumerMachine.LearnEnds"/>
    public void LearnEnds(IReadOnlyDictionary<TopicPartition, long> ends)
    {
        using var turn = _guarded.Enter();
        turn.Machine.LearnEnds(ends);
    }

    // Pulling

    /// <inheritdoc cref="ConsumerMachine.TryPeek(PartitionFeed, ref DecodedChunk?, out int, out TopicPartitionOffset)"/>
    public PeekResult TryPeek(PartitionFeed feed, ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TryPeek(feed, ref chunk, out index, out end);
    }

    public IReadOnlyList<PartitionFeed> Feeds()
    {
        using var turn = _guarded.Enter();
        return turn.Machine.Feeds();
    }

    /// <summary>Null when it is not assigned.</summary>
    public PartitionFeed? Find(TopicPartition partition)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.Find(partition);
    }

    /// <inheritdoc cref="ConsumerMachine.ProcessDelivered()"/>
    public void ProcessDelivered()
    {
        using var turn = _guarded.Enter();
        turn.Machine.ProcessDelivered();
    }

    public bool TryTakeFault(out PartitionFault? fault)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TryTakeFault(out fault);
    }

    /// <summary>Waits until there may be something to pull.</summary>
    public ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellation) => _arrived.WaitAsync(timeout, cancellation);

    /// <inheritdoc cref="ConsumerMachine.TryPull"/>
    public bool TryPull(int recordsMax, ref PulledRecords pulled)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TryPull(recordsMax, ref pulled);
    }

    /// <inheritdoc cref="ConsumerMachine.TryPeek(ref DecodedChunk?, out int, out TopicPartitionOffset)"/>
    public PeekResult TryPeek(ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TryPeek(ref chunk, out index, out end);
    }

    /// <inheritdoc cref="ConsumerMachine.TryFollow"/>
    public bool TryFollow(DecodedChunk chunk, int index)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TryFollow(chunk, index);
    }

    /// <inheritdoc cref="ConsumerMachine.TryAdvance"/>
    public bool TryAdvance(DecodedChunk chunk, int index)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TryAdvance(chunk, index);
    }

    /// <inheritdoc cref="ConsumerMachine.TrySkip"/>
    public bool TrySkip(TopicPartition partition, long offset)
    {
        using var turn = _guarded.Enter();
        return turn.Machine.TrySkip(partition, offset);
    }

    // What the machine wants done

    void IConsumerEffectPerformer.Perform(ConsumerEffects effects)
    {
        foreach (var fault in effects.Told) ConsumerLog.Fault(_options.Connections.Logger, fault.Kind, fault.Partition, fault.From, fault.Reason);
        if (effects.Nodes is { } nodes) _desk.FetchFrom(nodes);
        for (var at = 0; at < effects.Decode.Count; at++) Decode(effects.Decode[at]);
        for (var at = 0; at < effects.Refresh.Count; at++) _connections.Metadata.RequestRefresh(effects.Refresh[at], _options.AllowAutoCreate);
        if (effects.MustWakeAll) _desk.WakeAll();
        else
            for (var at = 0; at < effects.Wake.Count; at++) _desk.Wake(effects.Wake[at]);
        if (effects.MustLookUp) _finder.Wake();
        if (effects.HasArrived) _arrived.Set();
        if (effects.HasProcessed) _processed.Set();
    }

    void Decode(PartitionFeed feed) => ThreadPool.UnsafeQueueUserWorkItem((Decoder)(feed.Companion ??= new Decoder(feed, _guarded, _options)), preferLocal: false);

    void OnMetadata(MetadataView view)
    {
        string[] topics;
        using (var turn = _guarded.Enter())
        {
            topics = [.. turn.Machine.Topics];
            turn.Machine.Learn(view, _guarded.Now);
        }
        // So they stay among those that are kept up to date.
        foreach (var topic in topics) _connections.Metadata.Find(topic);
    }

    // Closing

    GuardedMachine.Turn Open()
    {
        var turn = _guarded.Enter();
        if (!turn.Machine.IsClosed) return turn;
        turn.Dispose();
        throw new ObjectDisposedException(typeof(IConsumer<,>).Name);
    }

    /// <summary>Stops delivery, then fetching. What was handed out stays valid until it is released.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var turn = _guarded.Enter())
        {
            if (turn.Machine.IsClosed) return;
            turn.Machine.Close();
        }
        ConsumerMetrics.Ended(this);
        _connections.Metadata.Changed -= OnMetadata;
        await _closing.CancelAsync().ConfigureAwait(false);
        await _desk.DisposeAsync().ConfigureAwait(false);
        await _finder.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }
}
