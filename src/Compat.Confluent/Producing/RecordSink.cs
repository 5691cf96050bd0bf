namespace Semel.Compat.Confluent;

/// <summary>Where records go: a producer, or the transaction that is open.</summary>
interface IRecordSink
{
    bool TryProduce(string topic, in Inner.RawRecord record, out Inner.Delivery delivery);
    ValueTask<Inner.Delivery> EnqueueAsync(string topic, in Inner.RawRecord record);
}

sealed class ProducerSink(Inner.IProducer producer) : IRecordSink
{
    public bool TryProduce(string topic, in Inner.RawRecord record, out Inner.Delivery delivery) => producer.TryProduce(topic, record, out delivery);
    public ValueTask<Inner.Delivery> EnqueueAsync(string topic, in Inner.RawRecord record) => producer.EnqueueAsync(topic, record);
}
