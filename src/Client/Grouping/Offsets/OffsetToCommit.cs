namespace Semel.Client.Grouping.Offsets;

/// <summary>What a group is to remember of a partition.</summary>
/// <param name="Offset">The next one to be read; at least 0.</param>
/// <param name="LeaderEpoch">Of the record before it; -1 when it is not known.</param>
internal readonly record struct OffsetToCommit(TopicPartition Partition, long Offset, int LeaderEpoch = -1, string? Metadata = null);

/// <summary>What a group remembers of a partition.</summary>
/// <param name="LeaderEpoch">-1 when it was not told.</param>
internal readonly record struct StoredOffset(long Offset, int LeaderEpoch, string? Metadata);
