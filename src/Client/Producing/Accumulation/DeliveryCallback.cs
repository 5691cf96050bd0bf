namespace Semel.Client.Producing.Accumulation;

/// <summary>Who is told how one record of Produce ended: its handler, and the flushes that began while it waited to be accepted.</summary>
internal abstract class DeliveryCallback
{
    List<FlushWait>? _flushes;

    public int Index { get; private set; }
    protected long Timestamp { get; private set; }

    /// <summary>Told when the record is accepted.</summary>
    public void Place(int index, long timestamp)
    {
        Index = index;
        Timestamp = timestamp;
    }

    /// <summary>Only while the record waits, under its room's lock.</summary>
    public void AddFlush(FlushWait flush)
    {
        flush.AddRecord();
        (_flushes ??= []).Add(flush);
    }

    public bool IsFlushed => _flushes is not null;

    /// <summary>The record has ended.</summary>
    /// <returns>Whether a caller of FlushAsync is told.</returns>
    public bool NoteFlushes(FlushTally tally)
    {
        var isTold = false;
        if (_flushes is null) return false;
        foreach (var flush in _flushes)
        {
            flush.Note(tally);
            isTold |= flush.IsAwaitedByCaller;
        }
        return isTold;
    }

    public virtual bool HasHandler => true;

    public abstract void Run(DeliveryGroup group);

    /// <summary>The record was never accepted.</summary>
    public abstract void Fail(ProduceException failure);
}

/// <summary>Nobody gave a handler.</summary>
internal sealed class NoHandler : DeliveryCallback
{
    public override bool HasHandler => false;
    public override void Run(DeliveryGroup group) { }
    public override void Fail(ProduceException failure) { }
}

internal sealed class DeliveryCallback<TKey, TValue>(Action<DeliveryReport<TKey, TValue>> handler, Message<TKey, TValue> message) : DeliveryCallback
{
    public override void Run(DeliveryGroup group) => handler(group.Report(Index, Timestamp, message));

    public override void Fail(ProduceException failure) => handler(new DeliveryReport<TKey, TValue>(
        message, new TopicPartitionOffset(failure.TopicPartition, Offset.Unset), message.Timestamp, failure.Status, failure));
}
