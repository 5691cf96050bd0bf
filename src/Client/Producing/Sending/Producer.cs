using System.Runtime.CompilerServices;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>The typed face of a <see cref="ProducerEngine"/>: turns keys and values into bytes on the caller's thread, before anything is accepted.</summary>
internal sealed class Producer<TKey, TValue>(ProducerEngine engine, ISerializer<TKey> keys, ISerializer<TValue> values) : IProducer<TKey, TValue>, IConnectedClient
{
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
    static async ValueTask<DeliveryResult> AwaitAsync(ValueTask<Delivery> accepting, CancellationToken cancellation)
    {
        var delivery = await accepting.ConfigureAwait(false);
        return cancellation.CanBeCanceled ? await delivery.AsTask(cancellation).ConfigureAwait(false) : await delivery.ConfigureAwait(false);
    }

    ValueTask<Delivery> Enqueue(string topic, int? partition, in Message<TKey, TValue> message, CancellationToken cancellation)
    {
        var buffer = SerializationBuffer.Rent();
        try
        {
            return engine.Admission.AppendAsync(topic, Encode(buffer, topic, partition, message), null, cancellation);
        }
        finally
        {
            buffer.Return();
        }
    }

    public bool TryProduce(string topic, in Message<TKey, TValue> message, out Delivery delivery)
    {
        var buffer = SerializationBuffer.Rent();
        try
        {
            return TryProduce(topic, Encode(buffer, topic, null, message), out delivery);
        }
        finally
        {
            buffer.Return();
        }
    }

    public void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>>? deliveryHandler)
    {
        var buffer = SerializationBuffer.Rent();
        try
        {
            var callback = deliveryHandler is null ? null : new DeliveryCallback<TKey, TValue>(deliveryHandler, message);
            engine.Admission.Append(topic, Encode(buffer, topic, null, message), null, callback);
        }
        finally
        {
            buffer.Return();
        }
    }

    /// <summary>The key's bytes and behind them the value's. A null is written by nobody.</summary>
    RawRecord Encode(SerializationBuffer buffer, string topic, int? partition, in Message<TKey, TValue> message)
    {
        if (message.Key is not null) Serialize(keys, message.Key, buffer, new SerializationContext(MessageComponentType.Key, topic, message.Headers),
            partition);
        var keyLength = buffer.Length;
        if (message.Value is not null) Serialize(values, message.Value, buffer, new SerializationContext(MessageComponentType.Value, topic, message.Headers),
            partition);
        return RawRecord.Of(buffer.Written[..keyLength], message.Key is not null, buffer.Written[keyLength..], message.Value is not null, partition, message.Timestamp, message.Headers);
    }

    static void Serialize<T>(ISerializer<T> serializer, T value, SerializationBuffer buffer, in SerializationContext context, int? partition)
    {
        try { serializer.Serialize(value, buffer, context); }
        catch (Exception failure) { throw Refusals.Unserializable(new TopicPartition(context.Topic, partition ?? -1), context.Component, failure); }
    }

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    public void Dispose() => engine.Close();
}
