using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming.Reading;

/// <summary>
/// Everything that assigned partitions have, fetched ahead and decoded, to be pulled in order.
///
///   fetchers, two loops per broker -> fetched chunks, per partition -> one decoder -> decoded chunks -> the line of partitions that have some -> pull
///
/// The rules are those of <see cref="PartitionPosition"/>, <see cref="FetchPlan"/> and <see cref="DeliveryLine"/>; the pieces around them share
/// <see cref="AssignedPartitions"/> and its lock. A partition is read ahead until its share of the memory is full, and again when the application has taken some.
///
/// Thread safe; one pull at a time.
/// </summary>
internal sealed class RecordSource : IAsyncDisposable, IDeliveryHost
{
    readonly ClusterConnections _connections;
    readonly ConsumerOptions _options;
    readonly CancellationTokenSource _closing = new();
    readonly AssignedPartitions _assigned;
    readonly FetchDesk _desk;
    readonly PositionFinder _finder;

    public RecordSource(ClusterConnections connections, ConsumerOptions options)
    {
        _connections = connections;
        _options = options;
        _assigned = new AssignedPartitions(options, connections.Metadata, this, HasRoom);
        _desk = new FetchDesk(_assigned, connections, options, _closing.Token);
        _finder = new PositionFinder(_assigned, _desk, connections, options, _closing.Token);
        connections.Metadata.Changed += OnMetadata;
    }

    /// <summary>Fetched and not released, in bytes.</summary>
    public long BufferedBytes => _assigned.Memory.UsedBytes;

    // Assignment

    public void Assign(IReadOnlyCollection<TopicPartitionOffset> partitions)
    {
        lock (_assigned.Gate)
        {
            CheckOpen();
            _assigned.Assign(partitions, this);
        }
        foreach (var topic in partitions.Select(static partition => partition.Topic).Distinct()) _connections.Metadata.RequestRefresh(topic, _options.AllowAutoCreate);
        OnMetadata(_connections.Metadata.View);
    }

    public void Unassign()
    {
        lock (_assigned.Gate)
        {
            CheckOpen();
            _assigned.Clear();
        }
    }

    public IReadOnlySet<TopicPartition> Assignment
    {
        get { lock (_assigned.Gate) return _assigned.Names; }
    }

    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    /// <exception cref="ArgumentException">The offset is none.</exception>
    public void Seek(in TopicPartitionOffset target)
    {
        AssignedPartitions.CheckOffset(target);
        lock (_assigned.Gate)
        {
            CheckOpen();
            var feed = _assigned.Find(target.TopicPartition) ?? throw NotAssigned(target.TopicPartition);
            _assigned.MoveTo(feed, target.Offset);
            _assigned.Learn(feed, _connections.Metadata.View);
            _desk.Wake(feed);
        }
        _finder.Wake();
        _assigned.Arrived.Set();
    }

    /// <returns>False when it is not assigned, or paused already.</returns>
    public bool TryPause(TopicPartition partition)
    {
        lock (_assigned.Gate) return _assigned.Find(partition) is { Position.IsPaused: false } feed && (feed.Position.IsPaused = true);
    }

    /// <returns>False when it is not assigned.</returns>
    public bool TryResume(TopicPartition partition)
    {
        lock (_assigned.Gate)
        {
            if (_assigned.Find(partition) is not { } feed) return false;
            feed.Position.IsPaused = false;
            _assigned.Line.MarkReady(feed);
            _assigned.Decoding.Start(feed);
            _desk.Wake(feed);
        }
        _assigned.Arrived.Set();
        return true;
    }

    public static InvalidOperationException NotAssigned(TopicPartition partition) => new($"{partition} is not assigned to this consumer");

    /// <returns>Null when it is not assigned.</returns>
    public PartitionPositions? Positions(TopicPartition partition)
    {
        lock (_assigned.Gate)
        {
            if (_assigned.Find(partition)?.Position is not { } position) return null;
            return new PartitionPositions(position.DeliveredOffset, position.ProcessedOffset, position.EndOffset(_options.Isolation), position.HighWatermark,
                position.LastStableOffset, position.LogStartOffset, position.State == PositionState.Stopped);
        }
    }

    /// <summary>Brokers were asked where partitions end, for this isolation level.</summary>
    public void LearnEnds(IReadOnlyDictionary<TopicPartition, long> ends)
    {
        lock (_assigned.Gate)
            foreach (var (partition, end) in ends) _assigned.Find(partition)?.Position.LearnEnd(end, _options.Isolation);
    }

    // Pulling

    /// <summary>The application is done with everything that it was given.</summary>
    public void ProcessDelivered()
    {
        lock (_assigned.Gate) _assigned.Line.ProcessDelivered();
    }

    public bool TryTakeFault(out PartitionFault? fault)
    {
        lock (_assigned.Gate) return _assigned.TryTakeFault(out fault);
    }

    /// <summary>Waits until there may be something to pull.</summary>
    public ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellation) => _assigned.Arrived.WaitAsync(timeout, cancellation);

    public bool IsClosed => _assigned.IsClosed;

    /// <summary>Hands out records that are here, of as many partitions as it takes to fill the pull.</summary>
    /// <returns>False when there is nothing to hand out: perhaps a fault has to be told first.</returns>
    public bool TryPull(int recordsMax, ref PulledRecords pulled)
    {
        lock (_assigned.Gate)
        {
            _assigned.Line.ProcessDelivered();
            if (!_assigned.HasFaults) _assigned.Line.Pull(recordsMax, ref pulled);
        }
        return !pulled.IsEmpty;
    }

    /// <summary>The next record, without moving past it; or the end of a partition, which is moved past.</summary>
    /// <param name="chunk">Held by the caller until it gives another one: the record's chunk.</param>
    /// <param name="end">The partition whose end was reached, when this returns <see cref="PeekResult.End"/>.</param>
    public PeekResult TryPeek(ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        lock (_assigned.Gate)
        {
            _assigned.Line.ProcessDelivered();
            if (!_assigned.HasFaults) return _assigned.Line.Peek(ref chunk, out index, out end);
            (index, end) = (0, default);
            return PeekResult.Nothing;
        }
    }

    /// <summary>Moves past the record that was peeked at.</summary>
    /// <returns>False when it is not wanted any more: somebody sought, paused or unassigned meanwhile.</returns>
    public bool TryAdvance(DecodedChunk chunk, int index)
    {
        lock (_assigned.Gate) return _assigned.Line.TryAdvance(chunk, index);
    }

    /// <summary>Moves past one record, when the position stands right before it.</summary>
    public bool TrySkip(TopicPartition partition, long offset)
    {
        lock (_assigned.Gate)
            return _assigned.Find(partition) is { } feed && feed.Decoded.TryPeek(out var chunk) && chunk.Left > 0 && chunk[chunk.Taken].Offset == offset && _assigned.Line.TryAdvance(chunk, chunk.Taken);
    }

    void IDeliveryHost.Ended(PartitionFeed feed, in ChunkEnding ending)
    {
        switch (ending.Kind)
        {
            case EndingKind.OutOfRange:
                if (feed.Position.OutOfRange(_assigned.ResetQuery) is { } outOfRange) _assigned.Tell(outOfRange);
                _finder.Wake();
                break;
            case EndingKind.Damaged:
                if (feed.Position.Damaged(ending.Offset, ending.Reason!, _assigned.Now, _options.Pauses) is { } damaged) _assigned.Tell(damaged);
                _connections.Metadata.RequestRefresh(feed.Position.Partition.Topic);
                _desk.Wake(feed);
                break;
            case EndingKind.Fault:
                _assigned.Tell(feed.Position.Stop(ending.Fault!));
                break;
        }
    }

    void IDeliveryHost.HasRoom(PartitionFeed feed) => _desk.Wake(feed);

    // Decoding

    /// <summary>Decodes what a partition has waiting, until enough is ahead or the memory is full. Called on a thread of the pool, once at a time per partition.</summary>
    public void Decode(PartitionFeed feed)
    {
        while (TakeFetched(feed, out var granted) is { } fetched)
        {
            var (decoded, rest) = DecodeOne(fetched, granted);
            lock (_assigned.Gate) _assigned.Line.Enqueue(decoded, rest);
            _assigned.Arrived.Set();
        }
    }

    FetchedChunk? TakeFetched(PartitionFeed feed, out long granted)
    {
        lock (_assigned.Gate) return _assigned.Decoding.Next(feed, out granted);
    }

    (DecodedChunk Decoded, FetchedChunk? Left) DecodeOne(FetchedChunk fetched, long granted)
    {
        try
        {
            return ChunkDecoder.Decode(fetched, _options, _assigned.Memory, granted);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Not a fault of the data that anybody foresaw, but no reason to end the process.
            fetched.Frame?.Release();
            var fault = new PartitionFault(ConsumeFault.CorruptRecord, fetched.Feed.Position.Partition, fetched.FetchOffset, null, ErrorCode.CorruptMessage,
                $"decoding {fetched.Feed.Position.Partition} from offset {fetched.FetchOffset} on failed: {failure.Message}");
            return (new DecodedChunk(fetched.Feed, fetched.Epoch, _assigned.Memory, granted: 0) { NextOffset = fetched.FetchOffset, Ending = ChunkEnding.Of(fault), FetchedBytes = fetched.Records.Length }, null);
        }
    }

    /// <summary>Memory was let go that somebody waited for.</summary>
    void HasRoom()
    {
        lock (_assigned.Gate) _assigned.Decoding.StartWaiting();
        _desk.WakeAll();
    }

    // Metadata and closing

    void OnMetadata(MetadataView view)
    {
        lock (_assigned.Gate)
        {
            if (_assigned.IsClosed) return;
            foreach (var feed in _assigned.Turns) _assigned.Learn(feed, view);
            _desk.EnsureFetchers();
            _desk.WakeAll();
        }
        _finder.Wake();
    }

    void CheckOpen() => ObjectDisposedException.ThrowIf(_assigned.IsClosed, typeof(IConsumer<,>));

    /// <summary>Stops delivery, then fetching. What was handed out stays valid until it is released.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_assigned.Gate)
        {
            if (_assigned.IsClosed) return;
            _assigned.Close();
        }
        _connections.Metadata.Changed -= OnMetadata;
        _assigned.Arrived.Set();
        await _closing.CancelAsync().ConfigureAwait(false);
        await _desk.DisposeAsync().ConfigureAwait(false);
        await _finder.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }
}
