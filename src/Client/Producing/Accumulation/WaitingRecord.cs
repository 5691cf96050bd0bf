namespace Semel.Client.Producing.Accumulation;

/// <summary>A record that could not be accepted at once, with a copy of its bytes, and the call that waits for it.</summary>
internal sealed class WaitingRecord
{
    readonly byte[]? _key, _value;
    readonly int? _partition;
    readonly Headers? _headers;
    readonly TaskCompletionSource<Delivery>? _completion;

    /// <param name="callback">Given: to its caller the record is accepted, nobody awaits it, and the callback is told how it ends. Null: the caller awaits it.</param>
    public WaitingRecord(TopicAccumulator topic, in RawRecord record, long timestamp, DeliveryCallback? callback, TimeSpan enteredAt)
    {
        Topic = topic;
        _key = record.HasKey ? record.Key.ToArray() : null;
        _value = record.HasValue ? record.Value.ToArray() : null;
        _partition = record.Partition;
        _headers = record.Headers is { Count: > 0 } given ? Copy(given) : null;
        Timestamp = timestamp;
        Callback = callback;
        EnteredAt = enteredAt;
        if (callback is null) _completion = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    static Headers Copy(Headers given)
    {
        var copy = new Headers();
        foreach (var (key, value) in given) copy.Add(key, value?.ToArray());
        return copy;
    }

    public TopicAccumulator Topic { get; }
    public int? Partition => _partition;
    public TopicPartition Name => new(Topic.Name, _partition ?? -1);
    public long Timestamp { get; }
    public DeliveryCallback? Callback { get; }
    public TimeSpan EnteredAt { get; }
    public CancellationTokenRegistration Cancellation { get; set; }

    /// <summary>Taken from the memory for the copy, where nobody else bounds the number of waiting records.</summary>
    public long ReservedBytes { get; set; }

    /// <summary>Whether a handler or a caller of FlushAsync is told of its failure.</summary>
    public bool IsFailureWatched { get; set; }

    public Task<Delivery> Task => _completion!.Task;

    public void ReturnReserved(MemoryBudget memory)
    {
        memory.Return(ReservedBytes);
        ReservedBytes = 0;
    }

    public AppendOutcome TryAppend(out Delivery delivery) => Topic.TryAppend(Record(), Timestamp, Callback, out delivery);

    RawRecord Record() => RawRecord.Of(_key, _key is not null, _value, _value is not null, _partition, default, _headers);

    public void Complete(Delivery delivery) => _completion?.TrySetResult(delivery);
    public void Fail(Exception failure) => _completion?.TrySetException(failure);
    public void Cancel(CancellationToken cancellation) => _completion?.TrySetCanceled(cancellation);
}
