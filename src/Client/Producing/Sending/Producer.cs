using System.Runtime.CompilerServices;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>The typed face of a <see cref="ProducerEngine"/>: turns keys and values into bytes on the caller's thread, before anything is accepted.</summary>
internal sealed class Producer<TKey, TValue>(ProducerEngine engine, ISerializer<TKey> keys, ISerializer<TValue> values) : IProducer<TKey, TValue>, IConnectedClient
{
    readonly RecordEncoder<TKey, TValue> _encoder = new(keys, values);

    public ProducerInfo Info => new(engine.Identity.Id, engine.Identity.Epoch, engine.Options.Effective, engine.Admission.Memory.Used);

    public ConnectionSummary Connections => engine.Connections;

    public event Action<ProducerEvent>? Events
    {
        add => engine.Events += value;
        remove => engine.Events -= value;
    }

    public event Action<BrokerUnreachable>? Unreachable
    {
        add => engine.Outages.Told += value;
        remove => engine.Outages.Told -= value;
    }

    public bool TryProduce(string topic, in RawRecord record, out Delivery delivery) =>
        engine.Admission.TryAppend(topic, record, null, out delivery);

    public ValueTask<Delivery> EnqueueAsync(string topic, in RawRecord record, CancellationToken cancellation) => engine.Admission.AppendAsync(topic, record, null, cancellation);

    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellation) => engine.FlushAsync(cancellation);

    public ValueTask<DeliveryResult> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellation) =>
        AwaitAsync(Enqueue(topic, null, message, cancellation), cancellation);

    public ValueTask<DeliveryResult> ProduceAsync(TopicPartition partition, Message<TKey, TValue> message, CancellationToken cancellation) =>
        AwaitAsync(Enqueue(partition.Topic, partition.Partition, message, cancellation), cancellation);

    public ValueTask<Delivery> EnqueueAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellation) => Enqueue(topic, null, message, cancellation);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal static async ValueTask<DeliveryResult> AwaitAsync(ValueTask<Delivery> accepting, CancellationToken cancellation)
    {
        var delivery = await accepting.ConfigureAwait(false);
        return cancellation.CanBeCanceled ? await delivery.AsTask(cancellation).ConfigureAwait(false) : await delivery.ConfigureAwait(false);
    }

    /// <param name="only">The generation that the record is for; null for whichever is current.</param>
    internal ValueTask<Delivery> Enqueue(string topic, int? partition, in Message<TKey, TValue> message, CancellationToken cancellation, Generation? only = null)
    {
        var buffer = SerializationBuffer.Rent();
        try
        {
            return engine.Admission.AppendAsync(topic, Encode(buffer, topic, partition, message), only, cancellation);
        }
        finally
        {
            buffer.Return();
        }
    }

    public bool TryProduce(string topic, in Message<TKey, TValue> message, out Delivery delivery) => TryProduce(topic, message, null, out delivery);

    /// <inheritdoc cref="Enqueue" path="/param"/>
    internal bool TryProduce(string topic, in Message<TKey, TValue> message, Generation? only, out Delivery delivery)
    {
        var buffer = SerializationBuffer.Rent();
        try
        {
            return engine.Admission.TryAppend(topic, Encode(buffer, topic, null, message), only, out delivery);
        }
        finally
        {
            buffer.Return();
        }
    }

    public void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>>? deliveryHandler) => Produce(topic, message, deliveryHandler, null);

    /// <inheritdoc cref="Enqueue" path="/param"/>
    internal void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>>? deliveryHandler, Generation? only)
    {
        var buffer = SerializationBuffer.Rent();
        try
        {
            var callback = deliveryHandler is null ? null : new DeliveryCallback<TKey, TValue>(deliveryHandler, message);
            engine.Admission.Append(topic, Encode(buffer, topic, null, message), only, callback);
        }
        finally
        {
            buffer.Return();
        }
    }

    RawRecord Encode(SerializationBuffer buffer, string topic, int? partition, in Message<TKey, TValue> message) => _encoder.Encode(buffer, topic, partition, message);

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    public void Dispose() => engine.Close();
}
