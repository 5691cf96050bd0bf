namespace Semel.Client.Consuming.Groups;

/// <summary>Streams of single partitions, as a group sees them.</summary>
internal interface IPartitionStreams
{
    /// <summary>These can be read: each gets a stream.</summary>
    void Open(IReadOnlyList<PartitionFeed> feeds);

    /// <summary>Nothing more of these comes; completed when their handlers have ended.</summary>
    Task EndAsync(IReadOnlyCollection<TopicPartition> partitions);

    /// <summary>These may be another's: their handlers are cancelled and not waited for.</summary>
    void Abandon(IReadOnlyCollection<TopicPartition> partitions);
}
