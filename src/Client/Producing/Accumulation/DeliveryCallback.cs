namespace Semel.Client.Producing.Accumulation;

/// <summary>The handler of one record of Produce: told how it ended.</summary>
internal abstract class DeliveryCallback
{
    public int Index { get; private set; }
    protected long Timestamp { get; private set; }

    /// <summary>Told when the record is accepted.</summary>
    public void Place(int index, long timestamp)
    {
        Index = index;
        Timestamp = timestamp;
    }

    public abstract void Run(DeliveryGroup group);

    /// <summary>The record was never accepted.</summary>
    public abstract void Fail(ProduceException failure);
}

internal sealed class DeliveryCallback<TKey, TValue>(Action<DeliveryReport<TKey, TValue>> handler, Message<TKey, TValue> message) : DeliveryCallback
{
    public override void Run(DeliveryGroup group) => handler(group.Report(Index, Timestamp, message));

    public override void Fail(ProduceException failure) => handler(new DeliveryReport<TKey, TValue>(
        message, new TopicPartitionOffset(failure.TopicPartition, Offset.Unset), message.Timestamp, failure.Status, failure));
}
