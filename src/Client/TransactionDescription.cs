namespace Semel.Client;

/// <summary>A transactional id that a coordinator knows.</summary>
/// <param name="State">Kafka's word, such as Ongoing.</param>
public sealed record ListedTransaction(string TransactionalId, NodeId Coordinator, ProducerId ProducerId, string State);

/// <summary>What its coordinator knows of a transactional id.</summary>
/// <param name="Start">When its transaction began, in milliseconds since 1970; null when none is open.</param>
/// <param name="Partitions">Those that take part, in order.</param>
public sealed record TransactionDescription(string TransactionalId, NodeId Coordinator, string State, ProducerId ProducerId, ProducerEpoch ProducerEpoch, TimeSpan Timeout, long? Start, IReadOnlyList<TopicPartition> Partitions);

/// <summary>A transaction that is open in a partition and of which its coordinator knows nothing: <see cref="ProducerDescription"/> tells its producer, epoch and coordinator epoch.</summary>
public sealed record HangingTransaction(TopicPartition Partition, ProducerId ProducerId, ProducerEpoch ProducerEpoch, int CoordinatorEpoch);

/// <summary>What fencing a transactional id's producers left behind: nobody has this id and epoch.</summary>
public sealed record FencedProducer(ProducerId ProducerId, ProducerEpoch ProducerEpoch);
