using Semel.Client.Metadata;

namespace Semel.Client.Consuming;

/// <summary>Which partitions are read, and from where: by the application's own word, all at once, or one by one as a group gives and takes them.</summary>
internal static class AssignmentRule
{
    /// <summary>Exactly these from now on.</summary>
    /// <exception cref="ArgumentException">One of them names no partition or no offset, or is named twice; then nothing has changed.</exception>
    public static void Replace(ConsumerTurn turn, IReadOnlyCollection<TopicPartitionOffset> partitions, in Moment moment)
    {
        Check(partitions);
        Clear(turn);
        foreach (var partition in partitions)
        {
            var feed = Open(turn, partition.TopicPartition);
            MoveTo(turn, feed, partition.Offset, moment);
        }
        Changed(turn);
    }

    /// <summary>A group's: nothing of them is read before <see cref="Start"/>, or a seek, and <see cref="Unbar"/>. Others keep their positions, what is fetched of them, and their pause.</summary>
    public static IReadOnlyList<PartitionFeed> Add(ConsumerTurn turn, IReadOnlyList<TopicPartition> partitions)
    {
        var added = new List<PartitionFeed>(partitions.Count);
        foreach (var partition in partitions)
        {
            if (turn.State.Find(partition) is { } held) Close(turn, held);
            var feed = Open(turn, partition);
            feed.Position.Await();
            feed.Position.Bar();
            added.Add(feed);
        }
        Changed(turn);
        return added;
    }

    /// <summary>The group's offset is known, or it has none and the policy says where to begin. Whoever sought meanwhile, or took the partition away, was first.</summary>
    public static void Start(ConsumerTurn turn, PartitionFeed feed, in StartPosition start, in Moment moment)
    {
        if (feed.IsUnassigned || feed.Position.State != PositionState.Starting) return;
        if (start.Offset >= 0)
        {
            feed.Position.Start(start.Offset, start.LeaderEpoch);
            feed.Position.Committed(start.Offset);
        }
        else if (start.Reset.Query(moment.Wall) is { } query) feed.Position.SeekBy(query);
        else turn.State.Tell(feed.Position.Stop(new PartitionFault(ConsumeFault.OffsetOutOfRange, feed.Position.Partition, -1, null, ErrorCode.None,
            $"the group has committed no offset for {feed.Position.Partition}, and auto.offset.reset is none. Seek to go on")));
        turn.State.WakeFetchers(feed);
        turn.State.Effects.LookUp();
    }

    /// <summary>The handlers that were told of them have run.</summary>
    public static void Unbar(ConsumerTurn turn, IEnumerable<PartitionFeed> feeds)
    {
        foreach (var feed in feeds)
        {
            if (feed.IsUnassigned) continue;
            feed.Position.Unbar();
            turn.State.WakeFetchers(feed);
        }
        turn.State.Effects.Arrived();
    }

    /// <summary>Going to be another member's: nothing of them is handed out or fetched from now on (C-10).</summary>
    public static void Bar(ConsumerTurn turn, IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            if (turn.State.Find(partition) is not { } feed) continue;
            if (turn.State.Fault == PlantedFault.DeliversDuringRevocation) continue;
            feed.Position.Bar();
            turn.Line.Discard(feed);
        }
        turn.State.Effects.Arrived();
    }

    /// <summary>Not ours any more. Others keep what they have.</summary>
    public static void Remove(ConsumerTurn turn, IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            if (turn.State.Find(partition) is { } feed) Close(turn, feed);
        turn.State.ForgetFaults();
        Changed(turn);
    }

    public static void Clear(ConsumerTurn turn) => Remove(turn, [.. turn.State.Feeds.Keys]);

    /// <summary>What was fetched is dropped, and the partition goes on from the offset.</summary>
    public static void MoveTo(ConsumerTurn turn, PartitionFeed feed, Offset offset, in Moment moment)
    {
        var position = feed.Position;
        if (offset.Value >= 0) position.SeekTo(offset.Value);
        else if (offset == Offset.Stored) position.Await();
        else if (offset == Offset.Beginning) position.SeekBy(OffsetQuery.Earliest);
        else if (offset == Offset.End) position.SeekBy(OffsetQuery.Latest);
        else if (turn.State.Options.Reset.Query(moment.Wall) is { } query) position.SeekBy(query);
        else turn.State.Tell(position.Stop(new PartitionFault(ConsumeFault.OffsetOutOfRange, position.Partition, -1, null, ErrorCode.None,
            $"{position.Partition} was assigned without an offset, and auto.offset.reset is none. Seek, or assign with an offset")));
        turn.Line.Discard(feed);
    }

    /// <summary>What the application has in hand of the partition is not finished, and is handed out again.</summary>
    public static void TakeBack(ConsumerTurn turn, PartitionFeed feed)
    {
        if (!feed.IsInHand || feed.IsUnassigned) return;
        turn.Line.Forget(feed);
        feed.Position.TakeBack();
        turn.State.WakeFetchers(feed);
    }

    static PartitionFeed Open(ConsumerTurn turn, TopicPartition partition)
    {
        if (!turn.State.Counters.TryGetValue(partition.Topic, out var counter)) turn.State.Counters[partition.Topic] = counter = new TopicCounter();
        var feed = new PartitionFeed(new PartitionPosition(partition, turn.State.Fault), counter);
        turn.State.Feeds[partition] = feed;
        feed.FetchTurn = turn.State.Turns.AddLast(feed);
        return feed;
    }

    static void Close(ConsumerTurn turn, PartitionFeed feed)
    {
        feed.IsUnassigned = true;
        feed.Position.Unassign();
        turn.Line.Forget(feed);
        turn.State.Turns.Remove(feed.FetchTurn!);
        turn.State.Feeds.Remove(feed.Position.Partition);
    }

    static void Changed(ConsumerTurn turn)
    {
        var options = turn.State.Options;
        turn.Line.BufferedPerPartition = Math.Max(options.PartitionFetchMaxBytes, options.QueuedMaxBytes / Math.Max(1, turn.State.Feeds.Count));
        turn.State.Effects.LookUp();
        // Who waits for a record that will not come any more looks again.
        turn.State.Effects.Arrived();
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
        if (position.Offset.Value >= 0 || position.Offset == Offset.Beginning || position.Offset == Offset.End || position.Offset == Offset.Unset || position.Offset == Offset.Stored) return;
        throw new ArgumentException($"{position}: an offset is a number from 0 on, Offset.Beginning, Offset.End, Offset.Stored for what the group has committed, or Offset.Unset for what auto.offset.reset says");
    }
}

/// <summary>Where a partition of a group begins.</summary>
/// <param name="Offset">What the group has committed; -1 for nothing.</param>
/// <param name="LeaderEpoch">Committed with it; -1 for none.</param>
/// <param name="Reset">Where to begin when nothing is committed.</param>
internal readonly record struct StartPosition(long Offset, int LeaderEpoch, ResetPolicy Reset);
