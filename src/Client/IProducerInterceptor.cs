namespace Semel.Client;

/// <summary>
/// Sees every record of a producer when it is brought and when it has its final report. Given with <c>AddInterceptor</c>; several are called in the order in which
/// they were given. What one throws is logged and keeps neither the record nor another interceptor from going on. Called from many threads at the same time.
/// </summary>
public interface IProducerInterceptor
{
    /// <summary>
    /// A record is brought: on the caller's thread, after its key and value were serialised and before it is accepted. Headers may be added and removed; they are the
    /// record's own copy.
    /// </summary>
    void OnSend(in OutgoingRecord record);

    /// <summary>
    /// A record has its final report, or was refused: on the thread pool, before its delivery handler, in the order of the records of a partition. Not called for a
    /// record whose caller took it back before it was accepted.
    /// </summary>
    /// <param name="result">Its partition is -1 when none had been chosen, its offset <see cref="Offset.Unset"/> when it has none.</param>
    /// <param name="failure">Null when nothing failed.</param>
    /// <param name="headers">As they were after OnSend.</param>
    void OnAcknowledgement(in DeliveryResult result, ProduceException? failure, Headers headers);
}

/// <summary>A record on its way into a producer. Its bytes are valid during the call only.</summary>
public readonly ref struct OutgoingRecord
{
    readonly RawRecord _record;

    internal OutgoingRecord(string topic, in RawRecord record, Headers headers)
    {
        Topic = topic;
        Headers = headers;
        _record = record;
    }

    public string Topic { get; }
    /// <summary>The one that the caller named; null when the partitioner is going to choose.</summary>
    public int? Partition => _record.Partition;
    public bool KeyIsNull => !_record.HasKey;
    /// <summary>Empty when it is null.</summary>
    public ReadOnlySpan<byte> Key => _record.Key;
    public bool ValueIsNull => !_record.HasValue;
    /// <summary>Empty when it is null.</summary>
    public ReadOnlySpan<byte> Value => _record.Value;
    /// <summary>Not set when the caller left it to the producer.</summary>
    public Timestamp Timestamp => _record.Timestamp;
    /// <summary>The record's own copy: what is changed here is sent.</summary>
    public Headers Headers { get; }
}
