namespace Semel.Client;

/// <summary>Where a consumer stands on a partition, and how far the partition goes. Offsets that are not known yet are -1.</summary>
/// <param name="Delivered">The next offset to be handed out.</param>
/// <param name="Processed">Everything below was finished: the application has come back for more since it got it.</param>
/// <param name="Committed">What the group is known to have committed: by this consumer, or before the partition came to it; -1 for nothing, or without a group.</param>
/// <param name="End">Where the partition ends for this consumer: the last stable offset with read_committed, else the high watermark. As of the last fetch.</param>
/// <param name="LastStableOffset">Below it every transaction is decided.</param>
/// <param name="IsStopped">Nothing is read until a seek: a <see cref="ConsumeException"/> said why.</param>
public readonly record struct PartitionPositions(long Delivered, long Processed, long Committed, long End, long HighWatermark, long LastStableOffset, long LogStart, bool IsStopped)
{
    /// <summary>How many offsets lie between what was finished and the end; null while one of them is not known. Markers and aborted records count until they are passed.</summary>
    public long? Lag => End < 0 || Processed < 0 ? null : Math.Max(0, End - Processed);

    /// <summary>How much a read_committed reader cannot see because transactions are open; null while that is not known.</summary>
    public long? OpenTransactionLag => HighWatermark < 0 || LastStableOffset < 0 ? null : HighWatermark - LastStableOffset;
}
