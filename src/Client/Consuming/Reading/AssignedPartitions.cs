using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming.Reading;

/// <summary>
/// The assigned partitions and what is on its way from them to the application: what the fetchers, the decoders, the position finder and the pull share.
/// All of it is read and changed under <see cref="Gate"/>, which is held for a few instructions per chunk; sending, receiving and decoding go on outside.
/// </summary>
internal sealed class AssignedPartitions
{
    readonly Dictionary<TopicPartition, PartitionFeed> _feeds = [];
    readonly Queue<PartitionFault> _faults = new();
    readonly ConsumerOptions _options;
    readonly long _start;
    bool _isClosed;

    public AssignedPartitions(ConsumerOptions options, MetadataCache metadata, IDeliveryHost host, Action hasRoom)
    {
        _options = options;
        _start = options.Time.GetTimestamp();
        Metadata = metadata;
        Arrived = new Signal(options.Time);
        Memory = new FetchMemory(options.QueuedMaxBytes, hasRoom);
        Decoding = new DecodingLine(Memory);
        Line = new DeliveryLine(host, Decoding);
    }

    public Lock Gate { get; } = new();
    public MetadataCache Metadata { get; }

    /// <summary>Set when there may be something to pull or to tell.</summary>
    public Signal Arrived { get; }
    public DecodingLine Decoding { get; }
    public DeliveryLine Line { get; }
    public FetchMemory Memory { get; }

    /// <summary>In the order in which they are asked for: who had something goes to the end (C-24).</summary>
    public LinkedList<PartitionFeed> Turns { get; } = new();
    public bool IsClosed => Volatile.Read(ref _isClosed);
    public bool HasFaults => _faults.Count > 0;

    /// <summary>The time since the consumer was made, on a clock that is never set.</summary>
    public TimeSpan Now => _options.Time.GetElapsedTime(_start);

    public OffsetQuery? ResetQuery => _options.Reset.Query(new Instant(_options.Time.GetUtcNow().ToUnixTimeMilliseconds()));

    public PartitionFeed? Find(TopicPartition partition) => _feeds.GetValueOrDefault(partition);
    public HashSet<TopicPartition> Names => [.. _feeds.Keys];

    public void Assign(IReadOnlyCollection<TopicPartitionOffset> partitions, RecordSource source)
    {
        Check(partitions);
        Clear();
        foreach (var partition in partitions)
        {
            var feed = new PartitionFeed(new PartitionPosition(partition.TopicPartition), source);
            _feeds[partition.TopicPartition] = feed;
            feed.FetchTurn = Turns.AddLast(feed);
            MoveTo(feed, partition.Offset);
        }
        Line.BufferedPerPartition = Math.Max(_options.PartitionFetchMaxBytes, _options.QueuedMaxBytes / Math.Max(1, _feeds.Count));
    }

    static void Check(IReadOnlyCollection<TopicPartitionOffset> partitions)
    {
        var named = new HashSet<TopicPartition>();
        foreach (var partition in partitions)
        {
            if (partition.Partition < 0 || partition.Topic is null || !MetadataCache.CanBeTopic(partition.Topic)) throw new ArgumentException($"{partition} names no partition", nameof(partitions));
            if (!named.Add(partition.TopicPartition)) throw new ArgumentException($"{partition.TopicPartition} is named twice", nameof(partitions));
            CheckOffset(partition);
        }
    }

    /// <exception cref="ArgumentException">The offset is neither a number from 0 on nor one of the special ones.</exception>
    public static void CheckOffset(in TopicPartitionOffset position)
    {
        if (position.Offset.Value >= 0 || position.Offset == Offset.Beginning || position.Offset == Offset.End || position.Offset == Offset.Unset) return;
        if (position.Offset == Offset.Stored)
            throw new ArgumentException($"{position}: Offset.Stored is what a group has committed, and this client has no groups yet. "
                + "Give an offset that you kept yourself, or Offset.Unset for what auto.offset.reset says");
        throw new ArgumentException($"{position}: an offset is a number from 0 on, Offset.Beginning, Offset.End, or Offset.Unset for what auto.offset.reset says");
    }

    /// <summary>What was fetched is dropped, and the partition goes on from the offset.</summary>
    public void MoveTo(PartitionFeed feed, Offset offset)
    {
        var position = feed.Position;
        if (offset.Value >= 0) position.SeekTo(offset.Value);
        else if (offset == Offset.Beginning) position.SeekBy(OffsetQuery.Earliest);
        else if (offset == Offset.End) position.SeekBy(OffsetQuery.Latest);
        else if (ResetQuery is { } query) position.SeekBy(query);
        else Tell(position.Stop(new PartitionFault(ConsumeFault.OffsetOutOfRange, position.Partition, -1, null, ErrorCode.None,
            $"{position.Partition} was assigned without an offset, and auto.offset.reset is none. Seek, or assign with an offset")));
        Line.Discard(feed);
    }

    public void Clear()
    {
        foreach (var feed in _feeds.Values)
        {
            feed.IsUnassigned = true;
            feed.Position.Unassign();
            Line.Discard(feed);
        }
        _feeds.Clear();
        Turns.Clear();
        Decoding.Clear();
        Line.Clear();
        // What there was to say about them is of no interest any more.
        _faults.Clear();
    }

    public void Close()
    {
        Clear();
        Volatile.Write(ref _isClosed, true);
    }

    public void Tell(PartitionFault fault)
    {
        if (IsClosed) return;
        ConsumerLog.Fault(_options.Connections.Logger, fault.Kind, fault.Partition, fault.From, fault.Reason);
        _faults.Enqueue(fault);
        Arrived.Set();
    }

    public bool TryTakeFault(out PartitionFault? fault) => _faults.TryDequeue(out fault);

    /// <summary>Takes over what the metadata says about a partition.</summary>
    public void Learn(PartitionFeed feed, MetadataView view)
    {
        // Asking the cache, not the picture: so the topic stays among those that are kept up to date.
        Metadata.Find(feed.Position.Partition.Topic);
        if (view.Find(feed.Position.Partition.Topic) is not { } topic || topic.Find(feed.Position.Partition.Partition) is not { } partition) return;
        if (feed.Position.Learn(topic, partition) is not { } fault) return;
        Line.Discard(feed);
        Tell(fault);
    }

    /// <summary>
    /// Drops what paused partitions have in store; they fetch it again. Only when there is no memory for the others: the store would otherwise keep those from being
    /// read as long as the pause lasts.
    /// </summary>
    /// <returns>Whether there was anything.</returns>
    public bool DropPaused()
    {
        var any = false;
        foreach (var feed in Turns)
        {
            if (!feed.Position.IsPaused || feed.BufferedBytes == 0) continue;
            feed.Position.Rewind();
            Line.Discard(feed);
            any = true;
        }
        return any;
    }
}
