namespace Semel.Client;

/// <summary>
/// Sends records as bytes. Every accepted record gets exactly one final report; with idempotence (the default) it is in the log at most once, and the records of a partition
/// are in the order in which they were accepted. Thread safe. Nothing is dialled before the first use.
///
/// Disposing refuses new records, delivers what was accepted, waits for its handlers, and all that for up to close.timeout.ms; then the rest ends by its true
/// state, and <see cref="RecordsGivenUp"/> says how much that was. DisposeAsync holds no thread meanwhile, Dispose holds the caller's; either may be called
/// from a handler, which does not wait for handlers then. Calls after that throw a <see cref="ProduceException"/> with <see cref="LocalErrorCode.Closed"/>.
/// </summary>
public interface IProducer : IAsyncDisposable, IDisposable
{
    /// <summary>Accepts a record without waiting and without allocating.</summary>
    /// <param name="delivery">The record's way to its final report.</param>
    /// <returns>False when it would have to wait: for memory, for the topic's metadata, or behind somebody who waits. <see cref="EnqueueAsync"/> waits.</returns>
    /// <exception cref="ProduceException">The record can never be accepted.</exception>
    bool TryProduce(string topic, in RawRecord record, out Delivery delivery);

    /// <summary>Accepts a record: its order is fixed and its bytes are copied. Waits, in the order of the calls, for memory and metadata for up to max.block.ms.</summary>
    /// <param name="cancellation">Withdraws the record while it is not accepted.</param>
    /// <exception cref="ProduceException">It was not accepted; nothing of it was sent.</exception>
    ValueTask<Delivery> EnqueueAsync(string topic, in RawRecord record, CancellationToken cancellation = default);

    /// <summary>
    /// Sends what was accepted before the call without lingering, and waits for its final reports and until their handlers have run (those excepted when a
    /// handler calls). The result counts all records accepted before the call that no earlier flush has counted. Throws only when it is cancelled or the
    /// producer is closed.
    /// </summary>
    ValueTask<FlushResult> FlushAsync(CancellationToken cancellation = default);

    /// <summary>The producer as it is at this moment.</summary>
    ProducerInfo Info { get; }

    /// <summary>What the producer has done since it was built, and what it has in hand. Costs nothing before it is called; may be called after disposing.</summary>
    ProducerStatistics GetStatistics();

    /// <summary>Raised on the thread pool, one event after the other.</summary>
    event Action<ProducerEvent>? Events;

    /// <summary>
    /// A broker cannot be reached: told after the first attempt that failed, once per address and cause until it is reached again. Raised on the thread pool.
    /// </summary>
    event Action<BrokerUnreachable>? Unreachable;
}

/// <summary>Sends records of one type. See <see cref="IProducer"/>.</summary>
public interface IProducer<TKey, TValue> : IProducer
{
    /// <summary>Completes when the record is persisted (acks=0: when it is written).</summary>
    /// <param name="cancellation">Withdraws the record while it is not accepted; afterwards it ends the wait only.</param>
    /// <exception cref="ProduceException">It was not delivered, or nobody knows: <see cref="ProduceException.Status"/> says which.</exception>
    ValueTask<DeliveryResult> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellation = default);

    /// <inheritdoc cref="ProduceAsync(string, Message{TKey, TValue}, CancellationToken)"/>
    ValueTask<DeliveryResult> ProduceAsync(TopicPartition partition, Message<TKey, TValue> message, CancellationToken cancellation = default);

    /// <inheritdoc cref="IProducer.EnqueueAsync"/>
    ValueTask<Delivery> EnqueueAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellation = default);

    /// <inheritdoc cref="IProducer.TryProduce"/>
    bool TryProduce(string topic, in Message<TKey, TValue> message, out Delivery delivery);

    /// <summary>Accepts a record without waiting; the handler runs on the thread pool when it has its final report, in the order of the records of a partition.</summary>
    /// <exception cref="ProduceException">The memory is full, or the record can never be accepted.</exception>
    void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>>? deliveryHandler = null);
}

/// <summary>A producer as it is at this moment.</summary>
/// <param name="ProducerId"><see cref="ProducerId.None"/> before the brokers have given one, and without idempotence.</param>
/// <param name="BufferedBytes">Of buffer.memory, used by records accepted and not finished.</param>
public sealed record ProducerInfo(ProducerId ProducerId, ProducerEpoch ProducerEpoch, EffectiveConfig EffectiveConfig, long BufferedBytes);
