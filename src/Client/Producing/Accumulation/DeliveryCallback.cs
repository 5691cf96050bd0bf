namespace Semel.Client.Producing.Accumulation;

/// <summary>Told how one record ended: a handler of the application, or who watches all records.</summary>
internal abstract class DeliveryCallback
{
    public int Index { get; private set; }
    protected long Timestamp { get; private set; }

    /// <summary>Told when the record is accepted.</summary>
    public virtual void Place(int index, long timestamp)
    {
        Index = index;
        Timestamp = timestamp;
    }

    /// <summary>Whether the application is told.</summary>
    public virtual bool IsHandler => true;

    public abstract void Run(DeliveryGroup group);

    /// <summary>The record was never accepted.</summary>
    public abstract void Fail(ProduceException failure);

    /// <summary>Its caller took the record back before it was accepted.</summary>
    public virtual void Withdraw() { }
}

internal sealed class DeliveryCallback<TKey, TValue>(Action<DeliveryReport<TKey, TValue>> handler, Message<TKey, TValue> message) : DeliveryCallback
{
    public override void Run(DeliveryGroup group) => handler(group.Report(Index, Timestamp, message));

    public override void Fail(ProduceException failure) => handler(new DeliveryReport<TKey, TValue>(
        message, new TopicPartitionOffset(failure.TopicPartition, Offset.Unset), message.Timestamp, failure.Status, failure));
}
