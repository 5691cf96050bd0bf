namespace Semel.Client.Consuming;

/// <summary>Everything of a partition below the offset is finished.</summary>
/// <param name="LeaderEpoch">Of the last record below; -1 when it is not known.</param>
internal readonly record struct FinishedOffset(TopicPartition Partition, long NextOffset, int LeaderEpoch);

/// <summary>
/// What a commit says that was given no offsets: for each partition how far it is finished, if that is news to the group.
///
/// Positions move over a marker or an aborted batch only when every record before was handed out, and what was fetched ahead moves none. So no commit, by interval,
/// at a revocation or at the end, covers a record that was not handed out (C-51a).
/// </summary>
internal static class CommitRule
{
    /// <param name="among">Only these; null for all.</param>
    public static List<FinishedOffset> Finished(ConsumerState state, IReadOnlyCollection<TopicPartition>? among)
    {
        var finished = new List<FinishedOffset>();
        foreach (var feed in state.Feeds.Values)
        {
            if (among is not null && !among.Contains(feed.Position.Partition)) continue;
            var next = feed.Position.FinishedOffset(state.Options.StoreTiming);
            if (next >= 0 && next != feed.Position.CommittedOffset) finished.Add(new FinishedOffset(feed.Position.Partition, next, feed.Position.DeliveredLeaderEpoch));
        }
        return finished;
    }

    /// <summary>The coordinator has taken them.</summary>
    public static void Committed(ConsumerState state, IEnumerable<FinishedOffset> offsets)
    {
        foreach (var offset in offsets) state.Find(offset.Partition)?.Position.Committed(offset.NextOffset);
    }
}
