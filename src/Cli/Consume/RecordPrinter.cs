using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Cli.Consume;

/// <summary>Prints the records of batches, up to as many as are wanted, and knows where reading would go on. Nothing of a record is copied but its headers.</summary>
/// <param name="most">Null for no end.</param>
public sealed class RecordPrinter(OutputText output, IRecordFormat format, long? most, bool flushEach)
{
    readonly Dictionary<TopicPartition, long> _next = [];

    public long RecordCount { get; private set; }

    public bool IsFull => most is { } count && RecordCount >= count;

    /// <summary>Of each partition of which something was printed, the offset behind it.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Next => _next;

    public void Print(ConsumeBatch<byte[], byte[]> batch)
    {
        foreach (var record in batch)
        {
            if (IsFull) return;
            format.Write(output, new ShownRecord
            {
                Topic = record.Topic, Partition = record.Partition, Offset = record.Offset, Timestamp = record.Timestamp.UnixMilliseconds, TimestampType = record.Timestamp.Type,
                KeyIsNull = record.KeyIsNull, Key = record.RawKey, ValueIsNull = record.ValueIsNull, Value = record.RawValue, Headers = HeadersOf(record),
            });
            RecordCount++;
            _next[record.TopicPartition] = record.Offset + 1;
            if (flushEach) output.Flush();
        }
    }

    static IReadOnlyList<RecordHeader> HeadersOf(in RecordView<byte[], byte[]> record)
    {
        if (record.HeaderCount == 0) return [];
        var copied = new List<RecordHeader>(record.HeaderCount);
        foreach (var header in record.Headers) copied.Add(new RecordHeader(header.KeyText, header.ValueIsNull ? (ReadOnlyMemory<byte>?)null : header.Value.ToArray()));
        return copied;
    }
}
