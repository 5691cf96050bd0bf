namespace Semel.Client;

/// <summary>
/// One transaction. A record that fails, awaited or not, makes it abortable: then <see cref="CommitAsync"/> refuses with that failure, so single records need
/// not be awaited. Thread safe: several tasks may write into one transaction. Disposed of before it was committed or aborted, it is aborted.
/// </summary>
public interface ITransaction : IAsyncDisposable
{
    /// <summary>
    /// Accepts a record into this transaction: its order is fixed and its bytes are copied. Waits as <see cref="IProducer.EnqueueAsync"/> does.
    /// </summary>
    /// <exception cref="ProduceException">It was not accepted. The transaction is open as before.</exception>
    /// <exception cref="KafkaException">The transaction can only be aborted, and this is why.</exception>
    /// <exception cref="InvalidOperationException">The transaction takes no records any more.</exception>
    ValueTask<Delivery> EnqueueAsync(string topic, in RawRecord record, CancellationToken cancellation = default);

    /// <summary>Accepts a record without waiting and without allocating.</summary>
    /// <returns>False when it would have to wait; <see cref="EnqueueAsync(string, in RawRecord, CancellationToken)"/> waits.</returns>
    /// <inheritdoc cref="EnqueueAsync(string, in RawRecord, CancellationToken)" path="/exception"/>
    bool TryProduce(string topic, in RawRecord record, out Delivery delivery);

    /// <summary>Accepts a record of another type than the producer's. Completes when it is accepted.</summary>
    /// <inheritdoc cref="EnqueueAsync(string, in RawRecord, CancellationToken)" path="/exception"/>
    ValueTask EnqueueAsync<K, V>(string topic, K key, V value, TopicSerdes<K, V> serdes, Headers? headers = null, CancellationToken cancellation = default);

    /// <summary>
    /// Commits offsets of a consumer group together with the transaction: each the next one to read. Later calls add to earlier ones. No topic is created by
    /// it; offsets for a topic or partition that is not there make the transaction abortable at once, and so does a topic that was made anew since: the
    /// offsets mean nothing in it.
    /// </summary>
    /// <param name="group">From the consumer whose records they are: the member is checked, so that whoever lost the partitions commits nothing
    /// (KIP-447).</param>
    /// <exception cref="ArgumentException">There is no offset, or one is negative, or lower than one that the transaction has for the partition.</exception>
    /// <exception cref="KafkaException">Abortable: the offsets were refused, and the transaction can only be aborted.</exception>
    ValueTask SendOffsetsAsync(IReadOnlyCollection<TopicPartitionOffset> offsets, ConsumerGroupMetadata group, CancellationToken cancellation = default);

    /// <summary>Waits for all records, and commits when none has failed.</summary>
    /// <exception cref="KafkaException">Abortable: something failed, nothing was committed, and the transaction can only be aborted.</exception>
    /// <exception cref="TransactionOutcomeUnknownException">The commit was sent and nobody knows whether it was carried out: call again, or
    /// <see cref="ResolveAsync"/>.</exception>
    /// <exception cref="InvalidOperationException">The transaction has ended otherwise.</exception>
    ValueTask CommitAsync(CancellationToken cancellation = default);

    /// <summary>Drops what was not sent, waits for the rest, and aborts.</summary>
    /// <exception cref="KafkaException">Retriable: the abort was not confirmed in time, and nothing will be committed; call again.</exception>
    ValueTask AbortAsync(CancellationToken cancellation = default);

    /// <summary>
    /// Which way it went, after a <see cref="TransactionOutcomeUnknownException"/>: asks until the end is definite, and where that does not tell, reads the
    /// offsets that were committed with it (those of <see cref="SendOffsetsAsync"/>, or of transaction.witness.group).
    /// </summary>
    /// <returns>Unknown only for a transaction without such offsets.</returns>
    ValueTask<TransactionOutcome> ResolveAsync(CancellationToken cancellation = default);
}

/// <summary>One transaction with records of one type. See <see cref="ITransaction"/>.</summary>
public interface ITransaction<TKey, TValue> : ITransaction
{
    /// <inheritdoc cref="ITransaction.EnqueueAsync(string, in RawRecord, CancellationToken)"/>
    ValueTask<Delivery> EnqueueAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellation = default);

    /// <inheritdoc cref="ITransaction.EnqueueAsync(string, in RawRecord, CancellationToken)"/>
    ValueTask<Delivery> EnqueueAsync(TopicPartition partition, Message<TKey, TValue> message, CancellationToken cancellation = default);

    /// <summary>Completes when the record is in the log; it is visible to readers of committed records when the transaction is committed.</summary>
    /// <exception cref="ProduceException">It was not delivered, or nobody knows: the transaction can only be aborted.</exception>
    ValueTask<DeliveryResult> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellation = default);

    /// <inheritdoc cref="ProduceAsync(string, Message{TKey, TValue}, CancellationToken)"/>
    ValueTask<DeliveryResult> ProduceAsync(TopicPartition partition, Message<TKey, TValue> message, CancellationToken cancellation = default);

    /// <inheritdoc cref="ITransaction.TryProduce"/>
    bool TryProduce(string topic, in Message<TKey, TValue> message, out Delivery delivery);

    /// <summary>Accepts a record without waiting; the handler runs on the thread pool when it has its final report.</summary>
    /// <exception cref="ProduceException">The memory is full, or the record can never be accepted.</exception>
    void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>>? deliveryHandler = null);
}

/// <summary>How keys and values of one topic become bytes, where they are not of the producer's types.</summary>
public sealed record TopicSerdes<TKey, TValue>(ISerializer<TKey> Key, ISerializer<TValue> Value)
{
    /// <summary>The serializers that come with the client.</summary>
    /// <exception cref="KafkaConfigException">There is none for a type.</exception>
    public static TopicSerdes<TKey, TValue> Default { get; } = new(
        Serializers.Default<TKey>() ?? throw Missing(typeof(TKey)), Serializers.Default<TValue>() ?? throw Missing(typeof(TValue)));

    static KafkaConfigException Missing(Type type) => new($"there is no serializer for type {type}: give one to {nameof(TopicSerdes<TKey, TValue>)}");
}
