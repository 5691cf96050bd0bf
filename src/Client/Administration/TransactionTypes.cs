namespace Semel.Client.Administration;

/// <summary>A transactional id that a coordinator knows.</summary>
/// <param name="State">Kafka's word, such as Ongoing.</param>
internal sealed record ListedTransaction(string TransactionalId, NodeId Coordinator, ProducerId ProducerId, string State);

/// <summary>What its coordinator knows of a transactional id.</summary>
/// <param name="Start">When its transaction began, in milliseconds since 1970; null when none is open.</param>
/// <param name="Partitions">Those that take part, in order.</param>
internal sealed record TransactionDescription(string TransactionalId, NodeId Coordinator, string State, ProducerId ProducerId, ProducerEpoch ProducerEpoch, TimeSpan Timeout, long? Start, IReadOnlyList<TopicPartition> Partitions);

/// <summary>Which transaction of a partition is to be aborted: the marker says so.</summary>
internal sealed record AbortedWriter(TopicPartition Partition, ProducerId ProducerId, ProducerEpoch ProducerEpoch, int CoordinatorEpoch);
