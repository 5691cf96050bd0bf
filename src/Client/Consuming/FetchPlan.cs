using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

/// <summary>One partition of a planned fetch, with what it stood at when it was planned.</summary>
internal readonly record struct PlannedFetch(PartitionFeed Feed, int Ticket, long Offset, int LeaderEpoch, int LeaderEpochToConfirm)
{
    public PartitionPosition Position => Feed.Position;
    public bool IsWanted => Position.IsWanted(Ticket);
}

/// <summary>How much may be asked for, by the configuration and by what is already here.</summary>
/// <param name="PartitionBytes">Most bytes of one partition in one answer.</param>
/// <param name="BufferedPerPartition">A partition with this much waiting for the application is not asked for more (C-23).</param>
/// <param name="MaxWait">How long the broker may wait for something to come.</param>
internal readonly record struct FetchLimits(int PartitionBytes, long BufferedPerPartition, TimeSpan MaxWait);

/// <summary>
/// What to ask of one broker in one request: pure choice, no I/O.
///
/// A broker has two lanes. On the first go all partitions that can be fetched; the broker may wait there until one of them has something. What comes
/// up while that request is out (a seek, room in the buffers) and must not stand behind the wait goes on the second lane: partitions that are known
/// to have data or not known to be at their end are fetched there without any waiting, others only with a short one.
/// </summary>
internal sealed class FetchPlan
{
    static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(50);

    public required NodeId Node { get; init; }
    public required ConnectionLane Lane { get; init; }
    public required List<PlannedFetch> Partitions { get; init; }
    public required int MaxBytes { get; init; }
    public required TimeSpan MaxWait { get; init; }

    /// <param name="turns">All assigned partitions, the one whose turn it is first.</param>
    /// <param name="maxBytes">What this request may bring.</param>
    /// <returns>Null when nothing is to be fetched from this broker now.</returns>
    public static FetchPlan? Make(IEnumerable<PartitionFeed> turns, NodeId node, ConnectionLane lane, in FetchLimits limits, int maxBytes, TimeSpan now)
    {
        List<PlannedFetch>? chosen = null;
        var isUrgent = lane == ConnectionLane.UrgentFetches;
        var anyHot = false;
        foreach (var feed in turns)
        {
            var position = feed.Position;
            if (position.FetchFrom(now) != node || !position.CanFetch(now) || feed.BufferedBytes >= limits.BufferedPerPartition) continue;
            // A partition that is at its end and still named in a waiting request, if under an older epoch, is noticed there.
            if (isUrgent && !position.IsHot && position.RequestsInFlight > 0) continue;
            anyHot |= position.IsHot;
            (chosen ??= []).Add(new PlannedFetch(feed, position.NextTicket, position.FetchedOffset, position.LeaderEpoch, position.LeaderEpochToConfirm));
        }
        if (chosen is null) return null;
        if (isUrgent && anyHot) chosen.RemoveAll(static fetch => !fetch.Position.IsHot);
        return new FetchPlan
        {
            Node = node, Lane = lane, Partitions = chosen, MaxBytes = (int)Math.Min(maxBytes, (long)limits.PartitionBytes * chosen.Count),
            MaxWait = !isUrgent ? limits.MaxWait : anyHot ? TimeSpan.Zero : limits.MaxWait < ShortWait ? limits.MaxWait : ShortWait,
        };
    }
}
