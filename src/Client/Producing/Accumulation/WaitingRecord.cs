using System.Buffers;

namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// A record that could not be accepted at once, with a copy of its bytes. Either its caller awaits that it is accepted, or it is one of Produce: to its caller it
/// is accepted, and its callback is told how it ends. One of Produce, and one that is brought for one generation and no other, belongs to that already: whoever
/// seals it waits for the record, also when its caller does not (a transaction is never committed without a record that was brought before).
/// </summary>
internal sealed class WaitingRecord
{
    readonly int _keyLength, _valueLength;
    readonly bool _hasKey, _hasValue;
    byte[] _bytes;
    readonly Headers? _headers;
    readonly Offer _offer;
    readonly TaskCompletionSource<Delivery>? _accepted;
    Generation? _joined;
    Delivery _delivery;
    Exception? _failure;

    /// <param name="isAwaited">Whether the caller awaits <see cref="Task"/>.</param>
    /// <param name="reservedBytes">Taken from the memory for the copy, where nobody else bounds the number of waiting records.</param>
    public WaitingRecord(TopicAccumulator topic, in RawRecord record, in Offer offer, bool isAwaited, TimeSpan enteredAt, long reservedBytes = 0)
    {
        Topic = topic;
        (_hasKey, _keyLength, _hasValue, _valueLength) = (record.HasKey, record.Key.Length, record.HasValue, record.Value.Length);
        _bytes = ArrayPool<byte>.Shared.Rent(_keyLength + _valueLength);
        record.Key.CopyTo(_bytes);
        record.Value.CopyTo(_bytes.AsSpan(_keyLength));
        Partition = record.Partition;
        _headers = record.Headers is { Count: > 0 } given ? Copy(given) : null;
        _offer = offer;
        EnteredAt = enteredAt;
        ReservedBytes = reservedBytes;
        if (isAwaited) _accepted = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    static Headers Copy(Headers given)
    {
        var copy = new Headers();
        foreach (var (key, value) in given) copy.Add(key, value?.ToArray());
        return copy;
    }

    public TopicAccumulator Topic { get; }
    public int? Partition { get; }
    public TopicPartition Name => new(Topic.Name, Partition ?? -1);
    public TimeSpan EnteredAt { get; }
    public CancellationTokenRegistration Cancellation { get; set; }
    public long ReservedBytes { get; private set; }

    /// <summary>Only while it is awaited.</summary>
    public Task<Delivery> Task => _accepted!.Task;
    public bool IsAwaited => _accepted is not null;
    public DeliveryCallback? Callback => _offer.Callback;

    /// <summary>The only generation that it may be accepted for; null for whichever is current.</summary>
    public Generation? Generation => _offer.Generation;

    /// <summary>The generation that it belongs to while it waits; null when it is awaited and may go into any.</summary>
    public Generation? Joined => _joined;

    /// <summary>It comes into the room, under the room's lock.</summary>
    /// <returns>False when the generation that it is for takes no more records.</returns>
    public bool TryEnter(Generations generations)
    {
        if (_offer.GenerationIn(generations) is not { } generation) return false;
        if (IsAwaited && Generation is null) return true;
        _joined = generation;
        generation.Join();
        return true;
    }

    public AppendOutcome TryAppend(out Delivery delivery) => Topic.TryAppend(
        RawRecord.Of(_bytes.AsSpan(0, _keyLength), _hasKey, _bytes.AsSpan(_keyLength, _valueLength), _hasValue, Partition, default, _headers), OfferNow(), out delivery);

    Offer OfferNow() => _joined is null ? _offer : _offer with { Generation = _joined, IsMember = true };

    public void ReturnReserved(MemoryBudget memory)
    {
        memory.Return(ReservedBytes);
        ReservedBytes = 0;
    }

    /// <summary>What became of it, under the room's lock; its caller is told later, by <see cref="Tell"/>.</summary>
    public void Accept(Delivery delivery) => _delivery = delivery;

    /// <inheritdoc cref="Accept"/>
    public void Refuse(Exception failure) => _failure = failure;

    /// <summary>Outside of every lock.</summary>
    /// <param name="refused">Takes the failure; of a record that is awaited its caller knows already.</param>
    public void Tell(MemoryBudget memory, Action<WaitingRecord, ProduceException> refused)
    {
        Cancellation.Dispose();
        ReturnReserved(memory);
        ReturnBytes();
        if (_failure is null) _accepted?.TrySetResult(_delivery);
        else
        {
            _accepted?.TrySetException(_failure);
            refused(this, _failure as ProduceException ?? Refusals.NoPartition(Name, _failure));
        }
        _joined?.Leave(0, _failure is null ? 0 : 1);
    }

    void ReturnBytes()
    {
        var bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Its caller took it out of the line.</summary>
    public void Cancel(CancellationToken cancellation)
    {
        ReturnBytes();
        Callback?.Withdraw();
        _accepted?.TrySetCanceled(cancellation);
        _joined?.Leave(0, 0);
    }
}
