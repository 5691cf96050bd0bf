using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>Where callers bring their records: each is accepted at once, waits its turn in the <see cref="WaitingRoom"/>, or is refused. Thread safe.</summary>
internal sealed class RecordEntrance(IAccumulatorPort port, TopicAccumulators topics, WaitingRoom room, TopicLookup lookup, TimeProvider time)
{
    Error? _refusal;

    /// <summary>Why no record is accepted any more; null while they are.</summary>
    public Error? Refusal => Volatile.Read(ref _refusal);

    /// <summary>Accepts a record if that is possible at once.</summary>
    /// <exception cref="ProduceException">The record can never be accepted.</exception>
    public AppendOutcome TryAppend(string topic, in RawRecord record, DeliveryCallback? callback, out Delivery delivery, out TopicAccumulator accumulator)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (Refusal is { } reason) throw Refusals.Closed(NameOf(topic, record), reason);
        accumulator = topics.Get(topic);
        if (room.MustQueue(accumulator))
        {
            delivery = default;
            return AppendOutcome.MustQueue;
        }
        var outcome = accumulator.TryAppend(record, TimestampOf(record), callback, out delivery);
        switch (outcome)
        {
            case AppendOutcome.TooLarge: throw Refusals.TooLarge(NameOf(topic, record));
            case AppendOutcome.Closed: throw Refusals.Closed(NameOf(topic, record), port.ClosedBy);
            case AppendOutcome.NeedsMetadata: lookup.Begin(accumulator); break;
        }
        return outcome;
    }

    /// <summary>Accepts a record, now or in its turn.</summary>
    public ValueTask<Delivery> AppendAsync(string topic, in RawRecord record, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled<Delivery>(cancellation);
        var outcome = TryAppend(topic, record, null, out var delivery, out var accumulator);
        if (outcome is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch) return new ValueTask<Delivery>(delivery);
        var waiting = new WaitingRecord(accumulator, record, TimestampOf(record), null, port.Now);
        Wait(waiting, outcome, cancellation);
        return new ValueTask<Delivery>(waiting.Task);
    }

    /// <summary>Accepts a record, now or in its turn, and tells the callback how it ended.</summary>
    /// <exception cref="ProduceException">There is no memory even to wait.</exception>
    public void Append(string topic, in RawRecord record, DeliveryCallback? callback)
    {
        var outcome = TryAppend(topic, record, callback, out _, out var accumulator);
        if (outcome is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch) return;
        long reserved = record.Key.Length + record.Value.Length;
        if (outcome == AppendOutcome.NeedsMemory || !port.Memory.TryTake(reserved)) throw Refusals.QueueFull(NameOf(topic, record));
        var waiting = new WaitingRecord(accumulator, record, TimestampOf(record), callback ?? new NoHandler(), port.Now) { ReservedBytes = reserved };
        Wait(waiting, outcome, CancellationToken.None);
    }

    void Wait(WaitingRecord waiting, AppendOutcome because, CancellationToken cancellation)
    {
        room.Enter(waiting, because, cancellation);
        if (!waiting.Topic.Has(waiting.Partition)) lookup.Begin(waiting.Topic);
    }

    static TopicPartition NameOf(string topic, in RawRecord record) => new(topic, record.Partition ?? -1);

    long TimestampOf(in RawRecord record) => record.Timestamp.IsSet ? record.Timestamp.UnixMilliseconds : time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Refuses new records; those that Produce took may still wait for their topic, which stays open for them.</summary>
    /// <param name="reason">Told to whoever brings a record later; the first reason stays.</param>
    public void RefuseNew(Error reason)
    {
        Interlocked.CompareExchange(ref _refusal, reason, null);
        room.CloseDoor();
        foreach (var topic in topics.All)
            if (topic.WaitingCount == 0) topic.Close();
    }

    /// <summary>Refuses new records and those that wait; those accepted go on.</summary>
    /// <inheritdoc cref="RefuseNew"/>
    public void RefuseAll(Error reason)
    {
        Interlocked.CompareExchange(ref _refusal, reason, null);
        room.Close();
        foreach (var topic in topics.All) topic.Close();
    }
}
