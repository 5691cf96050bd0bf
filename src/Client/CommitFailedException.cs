namespace Semel.Client;

/// <summary>
/// Offsets were not committed, because the partitions are not, or not any more, those of this member of the group: after it was away for too long, or had been told
/// that they are revoked. Whoever has them now reads those records again. The consumer joins again by itself; nothing is to be repeated.
/// </summary>
public sealed class CommitFailedException : KafkaException
{
    internal CommitFailedException(Error error, IReadOnlyList<TopicPartition> partitions) : base(error, ErrorClass.Application) => Partitions = partitions;

    /// <summary>Whose offsets were not committed.</summary>
    public IReadOnlyList<TopicPartition> Partitions { get; }
}
