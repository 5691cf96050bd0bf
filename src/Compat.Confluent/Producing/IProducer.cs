namespace Semel.Compat.Confluent;

/// <summary>Chooses the partition of a record that names none; 0 to the count less 1.</summary>
public delegate Partition PartitionerDelegate(string topic, int partitionCount, ReadOnlySpan<byte> keyData, bool keyIsNull);

/// <summary>
/// Sends records. Each accepted record ends exactly once: as its task, in its handler, or uncounted where nobody asked. Disposing delivers what was accepted
/// for up
/// to close.timeout.ms, where Confluent.Kafka's drops it. Thread safe.
/// </summary>
public interface IProducer<TKey, TValue> : IClient
{
    /// <summary>Completes when the record is persisted.</summary>
    /// <param name="cancellationToken">Ends the wait only.</param>
    /// <exception cref="ProduceException{TKey, TValue}">It was not delivered, or nobody knows: the result's status says which.</exception>
    Task<DeliveryResult<TKey, TValue>> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ProduceAsync(string, Message{TKey, TValue}, CancellationToken)"/>
    Task<DeliveryResult<TKey, TValue>> ProduceAsync(TopicPartition topicPartition, Message<TKey, TValue> message,
        CancellationToken cancellationToken = default);

    /// <summary>Accepts a record without waiting. Its handler runs on a thread of the producer's, or in <see cref="Poll"/>, in the order of the records of a
    /// partition.</summary>
    /// <exception cref="ProduceException{TKey, TValue}">It was not accepted: the queue is full (<see cref="ErrorCode.Local_QueueFull"/>), or it can never
    /// be.</exception>
    void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>> deliveryHandler = null);

    /// <inheritdoc cref="Produce(string, Message{TKey, TValue}, Action{DeliveryReport{TKey, TValue}})"/>
    void Produce(TopicPartition topicPartition, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>> deliveryHandler = null);

    /// <summary>Runs handlers on this thread, with dotnet.producer.enable.background.poll=false; otherwise there are none to run.</summary>
    /// <param name="timeout">How long to wait for the first.</param>
    /// <returns>How many ran.</returns>
    int Poll(TimeSpan timeout);

    /// <summary>Sends without lingering and waits until every record accepted has ended and its handler has run.</summary>
    /// <returns>How many have not when the time is over.</returns>
    int Flush(TimeSpan timeout);

    /// <inheritdoc cref="Flush(TimeSpan)"/>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    void Flush(CancellationToken cancellationToken = default);

    /// <summary>Takes the transactional id over: whoever had it is fenced, and what it left open is ended.</summary>
    /// <exception cref="KafkaRetriableException">Not done in time; it may be called again.</exception>
    void InitTransactions(TimeSpan timeout);

    /// <summary>From here on records belong to a transaction.</summary>
    void BeginTransaction();

    /// <inheritdoc cref="CommitTransaction(TimeSpan)"/>
    void CommitTransaction();

    /// <summary>
    /// Delivers what was produced and commits it all. When it was not done in time (<see cref="KafkaRetriableException"/>), calling it again finds out how it
    /// ended:
    /// it returns if it was committed, and throws <see cref="KafkaTxnRequiresAbortException"/> if it was not. <see cref="AbortTransaction(TimeSpan)"/> may be
    /// called as well.
    /// </summary>
    /// <exception cref="KafkaTxnRequiresAbortException">A part of it failed: abort and begin again.</exception>
    void CommitTransaction(TimeSpan timeout);

    /// <inheritdoc cref="AbortTransaction(TimeSpan)"/>
    void AbortTransaction();

    /// <summary>Takes back what was produced since the transaction began.</summary>
    /// <exception cref="KafkaException">A commit that had timed out turned out to have succeeded; the next transaction may begin.</exception>
    void AbortTransaction(TimeSpan timeout);

    /// <summary>Makes offsets of a consumer's group a part of the transaction: each is the next one to read.</summary>
    void SendOffsetsToTransaction(IEnumerable<TopicPartitionOffset> offsets, IConsumerGroupMetadata groupMetadata, TimeSpan timeout);
}
