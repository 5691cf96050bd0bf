namespace Semel.Compat.Confluent;

/// <summary>What a program gave to be told of its partitions; null where it gave nothing.</summary>
/// <param name="Assigned">Says where each is read from; null for wherever the group stands.</param>
/// <param name="Revoked">Told with the positions.</param>
/// <param name="Lost">The same; where there is none, <paramref name="Revoked"/> is told.</param>
sealed record RebalanceHandlers(
    Func<List<TopicPartition>, IEnumerable<TopicPartitionOffset>> Assigned,
    Func<List<TopicPartitionOffset>, IEnumerable<TopicPartitionOffset>> Revoked,
    Func<List<TopicPartitionOffset>, IEnumerable<TopicPartitionOffset>> Lost);
