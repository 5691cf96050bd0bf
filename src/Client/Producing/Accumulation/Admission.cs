namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Where callers bring their records: each is accepted at once, waits its turn in the <see cref="WaitingRoom"/>, or is refused. It has the topics they go to and
/// the generation to which those accepted now belong. Thread safe.
/// </summary>
internal sealed class Admission : IDisposable
{
    static readonly Error ClosedByCaller = new(LocalErrorCode.Closed, "the producer is closed");

    readonly Batches _batches;
    readonly RecordWatch _watch;
    readonly Action<TopicAccumulator> _lookUp;
    readonly TimeProvider _time;
    readonly Generations _generations = new();
    Error? _refusal;

    /// <param name="lookUp">Asks the cluster about a topic for which somebody waits.</param>
    /// <param name="refused">See <see cref="WaitingRoom"/>.</param>
    /// <param name="beforeNew">See <see cref="TopicAccumulators"/>.</param>
    public Admission(Batches batches, MemoryBudget memory, IPartitioner? partitioner, RecordWatch watch, Action<TopicAccumulator> lookUp,
        Action<WaitingRecord, ProduceException> refused, Action beforeNew, TimeProvider time)
    {
        (_batches, Memory, _watch, _lookUp, _time) = (batches, memory, watch, lookUp, time);
        Topics = new TopicAccumulators(memory, _generations, batches, partitioner, beforeNew);
        Room = new WaitingRoom(batches, memory, _generations, refused, () => ClosedBy, time);
    }

    public MemoryBudget Memory { get; }
    public WaitingRoom Room { get; }
    public TopicAccumulators Topics { get; }

    /// <summary>What the records belong to that are accepted now.</summary>
    public Generation Current => _generations.Current;

    /// <summary>Why no record is accepted any more.</summary>
    public Error ClosedBy => Volatile.Read(ref _refusal) ?? ClosedByCaller;

    /// <summary>Accepts a record if that is possible at once.</summary>
    /// <param name="only">The only generation that it may belong to; null for whichever is current.</param>
    /// <exception cref="Exception">
    /// The record can never be accepted: a <see cref="ProduceException"/>, or what the generation says of records that come too late.
    /// </exception>
    public bool TryAppend(string topic, in RawRecord record, Generation? only, out Delivery delivery)
    {
        if (!_watch.IsOn) return IsAccepted(Append(topic, record, new Offer(TimestampOf(record), null, only), out delivery, out _));
        delivery = default;
        // Who watches is not told of a record that will have to be brought again.
        if (MustWait(topic, record)) return false;
        DeliveryCallback? callback = null;
        var watched = _watch.Begin(topic, record, ref callback);
        try
        {
            if (IsAccepted(Append(topic, watched, new Offer(TimestampOf(record), callback, only), out delivery, out _))) return true;
            callback?.Withdraw();
            return false;
        }
        catch (Exception failure)
        {
            _watch.Refused(callback, NameOf(topic, record), failure);
            throw;
        }
    }

    bool MustWait(string topic, in RawRecord record)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (Volatile.Read(ref _refusal) is not null) return false;
        var accumulator = Topics.Get(topic);
        if (Room.MustQueue(accumulator)) return true;
        if (accumulator.Has(record.Partition)) return false;
        _lookUp(accumulator);
        return true;
    }

    /// <summary>Accepts a record, now or in its turn.</summary>
    /// <inheritdoc cref="TryAppend"/>
    public ValueTask<Delivery> AppendAsync(string topic, in RawRecord record, Generation? only, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled<Delivery>(cancellation);
        if (!_watch.IsOn) return AppendAsync(topic, record, new Offer(TimestampOf(record), null, only), cancellation);
        DeliveryCallback? callback = null;
        var watched = _watch.Begin(topic, record, ref callback);
        try
        {
            return AppendAsync(topic, watched, new Offer(TimestampOf(record), callback, only), cancellation);
        }
        catch (Exception failure)
        {
            _watch.Refused(callback, NameOf(topic, record), failure);
            throw;
        }
    }

    ValueTask<Delivery> AppendAsync(string topic, in RawRecord record, in Offer offer, CancellationToken cancellation)
    {
        var outcome = Append(topic, record, offer, out var delivery, out var accumulator);
        if (IsAccepted(outcome)) return new ValueTask<Delivery>(delivery);
        var waiting = new WaitingRecord(accumulator, record, offer, isAwaited: true, _batches.Now);
        Wait(waiting, outcome, cancellation);
        return new ValueTask<Delivery>(waiting.Task);
    }

    /// <summary>Accepts a record, now or in its turn, and tells the callback how it ended. To its caller it is accepted in either case.</summary>
    /// <exception cref="Exception">There is no memory even to wait, or as for <see cref="TryAppend"/>.</exception>
    public void Append(string topic, in RawRecord record, Generation? only, DeliveryCallback? callback)
    {
        if (!_watch.IsOn)
        {
            Append(topic, record, new Offer(TimestampOf(record), callback, only));
            return;
        }
        var watched = _watch.Begin(topic, record, ref callback);
        try
        {
            Append(topic, watched, new Offer(TimestampOf(record), callback, only));
        }
        catch (Exception failure)
        {
            _watch.Refused(callback, NameOf(topic, record), failure);
            throw;
        }
    }

    void Append(string topic, in RawRecord record, in Offer offer)
    {
        var outcome = Append(topic, record, offer, out _, out var accumulator);
        if (IsAccepted(outcome)) return;
        long reserved = record.Key.Length + record.Value.Length;
        if (outcome == AppendOutcome.NeedsMemory || !Memory.TryTake(reserved)) throw Refusals.QueueFull(NameOf(topic, record));
        Wait(new WaitingRecord(accumulator, record, offer, isAwaited: false, _batches.Now, reserved), outcome, CancellationToken.None);
    }

    static bool IsAccepted(AppendOutcome outcome) => outcome is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch;

    AppendOutcome Append(string topic, in RawRecord record, in Offer offer, out Delivery delivery, out TopicAccumulator accumulator)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (Volatile.Read(ref _refusal) is { } reason) throw Refusals.Closed(NameOf(topic, record), reason);
        accumulator = Topics.Get(topic);
        if (Room.MustQueue(accumulator))
        {
            delivery = default;
            return AppendOutcome.MustQueue;
        }
        var outcome = accumulator.TryAppend(record, offer, out delivery);
        switch (outcome)
        {
            case AppendOutcome.TooLarge: throw Refusals.TooLarge(NameOf(topic, record));
            case AppendOutcome.Closed: throw Refusals.Closed(NameOf(topic, record), ClosedBy);
            case AppendOutcome.Sealed: throw Refusals.Sealed(NameOf(topic, record), offer.Generation);
            case AppendOutcome.NeedsMetadata: _lookUp(accumulator); break;
        }
        return outcome;
    }

    void Wait(WaitingRecord waiting, AppendOutcome because, CancellationToken cancellation)
    {
        try
        {
            Room.Enter(waiting, because, cancellation);
        }
        catch
        {
            waiting.ReturnReserved(Memory);
            throw;
        }
        if (!waiting.Topic.Has(waiting.Partition)) _lookUp(waiting.Topic);
    }

    static TopicPartition NameOf(string topic, in RawRecord record) => new(topic, record.Partition ?? -1);

    long TimestampOf(in RawRecord record) => record.Timestamp.IsSet ? record.Timestamp.UnixMilliseconds : _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Closes the current generation over all partitions and all who wait, and begins the next one. What belongs to it is sent without lingering. Records that are
    /// brought for it alone are refused from here on, those that still wait to be accepted for it leave with the same words.
    /// </summary>
    /// <param name="refusal">The words; null for some that fit anything.</param>
    public Generation Seal(Func<TopicPartition, Exception>? refusal = null) => Seal(isWatched: true, refusal)[^1];

    /// <summary>Seals, and waits for all that was accepted before and has not ended, in whichever generation.</summary>
    /// <param name="isWatched">Whether a caller reads the result; otherwise failures are told in other ways, too.</param>
    /// <returns>What became of all of these, and of what ended before in the generations that had not ended.</returns>
    public async Task<FlushResult> FlushAsync(bool isWatched)
    {
        long delivered = 0, failed = 0;
        KafkaException? first = null;
        foreach (var generation in Seal(isWatched, null))
        {
            var ended = await generation.Ended.ConfigureAwait(false);
            delivered += ended.Delivered;
            failed += ended.Failed;
            first ??= ended.FirstError;
        }
        return new FlushResult(delivered, failed, first);
    }

    Generation[] Seal(bool isWatched, Func<TopicPartition, Exception>? refusal)
    {
        var unended = Room.Seal(isWatched, refusal);
        var sealedOne = unended[^1];
        foreach (var partition in Topics.Partitions) partition.Seal(sealedOne);
        // Nothing can join it any more, except by what belongs to it already.
        sealedOne.Leave(0, 0);
        return unended;
    }

    /// <summary>Refuses new records; those that Produce took may still wait for their topic, which stays open for them.</summary>
    /// <param name="reason">Told to whoever brings a record later; the first reason stays.</param>
    public void RefuseNew(Error reason)
    {
        Interlocked.CompareExchange(ref _refusal, reason, null);
        Room.CloseDoor();
        foreach (var topic in Topics.All)
            if (topic.WaitingCount == 0) topic.Close();
    }

    /// <summary>Refuses new records and those that wait; those accepted go on.</summary>
    /// <inheritdoc cref="RefuseNew"/>
    public void RefuseAll(Error reason)
    {
        Interlocked.CompareExchange(ref _refusal, reason, null);
        Room.Close();
        foreach (var topic in Topics.All) topic.Close();
    }

    public void Dispose() => Room.Dispose();
}
