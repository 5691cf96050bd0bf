using Semel.Client.Producing.Accumulation;
using Semel.Client.Producing.Sending;

namespace Semel.Client.Transacting.Sending;

/// <summary>The typed face of one transaction.</summary>
internal sealed class Transaction<TKey, TValue>(ProducerEngine engine, Producer<TKey, TValue> producer, TransactionEngine transactions, long number)
    : ITransaction<TKey, TValue>
{
    // Once more than one transaction on, it is not known any more, and then the call says why.
    Generation Generation => transactions.GenerationOf(number);

    public ValueTask<Delivery> EnqueueAsync(string topic, in RawRecord record, CancellationToken cancellation) =>
        engine.Admission.AppendAsync(topic, record, Generation, cancellation);

    public bool TryProduce(string topic, in RawRecord record, out Delivery delivery) => engine.Admission.TryAppend(topic, record, Generation, out delivery);

    public ValueTask EnqueueAsync<K, V>(string topic, K key, V value, TopicSerdes<K, V> serdes, Headers? headers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(serdes);
        var buffer = SerializationBuffer.Rent();
        try
        {
            var record = new RecordEncoder<K, V>(serdes.Key, serdes.Value).Encode(buffer, topic, null, new Message<K, V> { Key = key, Value = value,
                Headers = headers });
            return WithoutResult(engine.Admission.AppendAsync(topic, record, Generation, cancellation));
        }
        finally
        {
            buffer.Return();
        }
    }

    static ValueTask WithoutResult(ValueTask<Delivery> accepting)
    {
        return accepting.IsCompletedSuccessfully ? ValueTask.CompletedTask : AwaitAsync(accepting);

        static async ValueTask AwaitAsync(ValueTask<Delivery> accepting) => await accepting.ConfigureAwait(false);
    }

    public ValueTask<Delivery> EnqueueAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellation) =>
        producer.Enqueue(topic, null, message, cancellation, Generation);

    public ValueTask<Delivery> EnqueueAsync(TopicPartition partition, Message<TKey, TValue> message, CancellationToken cancellation) =>
        producer.Enqueue(partition.Topic, partition.Partition, message, cancellation, Generation);

    public ValueTask<DeliveryResult> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellation) =>
        Producer<TKey, TValue>.AwaitAsync(EnqueueAsync(topic, message, cancellation), cancellation);

    public ValueTask<DeliveryResult> ProduceAsync(TopicPartition partition, Message<TKey, TValue> message, CancellationToken cancellation) =>
        Producer<TKey, TValue>.AwaitAsync(EnqueueAsync(partition, message, cancellation), cancellation);

    public bool TryProduce(string topic, in Message<TKey, TValue> message, out Delivery delivery) =>
        producer.TryProduce(topic, message, Generation, out delivery);

    public void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>>? deliveryHandler) =>
        producer.Produce(topic, message, deliveryHandler, Generation);

    public ValueTask SendOffsetsAsync(IReadOnlyCollection<TopicPartitionOffset> offsets, ConsumerGroupMetadata group, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        ArgumentNullException.ThrowIfNull(group);
        if (offsets.Count == 0) throw new ArgumentException("there is no offset to commit", nameof(offsets));
        foreach (var offset in offsets)
        {
            if (offset.Offset.IsSpecial || offset.Partition < 0 || string.IsNullOrEmpty(offset.Topic))
                throw new ArgumentException($"{offset} is no offset that can be committed: each is the next one to read of a partition, from 0 on",
                    nameof(offsets));
        }
        return transactions.SendOffsetsAsync(number, [.. offsets], group, cancellation);
    }

    public ValueTask CommitAsync(CancellationToken cancellation) => transactions.CommitAsync(number, cancellation);

    public ValueTask AbortAsync(CancellationToken cancellation) => transactions.AbortAsync(number, cancellation);

    public ValueTask<TransactionOutcome> ResolveAsync(CancellationToken cancellation) => transactions.ResolveAsync(number, cancellation);

    public ValueTask DisposeAsync() => transactions.IsOpen(number) ? new ValueTask(transactions.TryAbortAsync(number, engine.Options.MaxBlock))
        : ValueTask.CompletedTask;
}
