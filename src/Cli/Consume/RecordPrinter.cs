using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Cli.Consume;

/// <summary>Prints the records of batches, up to as many as are wanted, and knows where reading would go on. Nothing of a record is copied but its
/// headers.</summary>
/// <param name="most">Null for no end.</param>
public sealed class RecordPrinter(OutputText output, IRecordFormat format, long? most, bool flushEach)
{
    readonly Dictionary<TopicPartition, long> _next = [];
    readonly Lock _gate = new();

    public long RecordCount { get; private set; }

    public bool IsFull => most is { } count && RecordCount >= count;

    /// <summary>Of each partition of which something was printed, the offset to go on from. Thread safe.</summary>
    public IReadOnlyList<TopicPartitionOffset> Next()
    {
        lock (_gate) return [.. _next.Select(next => new TopicPartitionOffset(next.Key, next.Value))];
    }

    public void Print(ConsumeBatch<byte[], byte[]> batch)
    {
        var printed = PrintRecords(batch);
        lock (_gate)
        {
            // Behind the last record there may be markers of transactions, which nobody has to read again.
            if (printed == batch.Count)
                foreach (var next in batch.NextOffsets) _next[next.TopicPartition] = next.Offset.Value;
            else
                for (var index = 0; index < printed; index++) _next[batch[index].TopicPartition] = batch[index].Offset + 1;
        }
    }

    /// <returns>How many of them were wanted.</returns>
    int PrintRecords(ConsumeBatch<byte[], byte[]> batch)
    {
        var printed = 0;
        foreach (var record in batch)
        {
            if (IsFull) return printed;
            format.Write(output, new ShownRecord
            {
                Topic = record.Topic, Partition = record.Partition, Offset = record.Offset, Timestamp = record.Timestamp.UnixMilliseconds,
                TimestampType = record.Timestamp.Type,
                KeyIsNull = record.KeyIsNull, Key = record.RawKey, ValueIsNull = record.ValueIsNull, Value = record.RawValue, Headers = HeadersOf(record),
            });
            RecordCount++;
            printed++;
            if (flushEach) output.Flush();
        }
        return printed;
    }

    static IReadOnlyList<RecordHeader> HeadersOf(in RecordView<byte[], byte[]> record)
    {
        if (record.HeaderCount == 0) return [];
        var copied = new List<RecordHeader>(record.HeaderCount);
        foreach (var header in record.Headers)
            copied.Add(new RecordHeader(header.KeyText, header.ValueIsNull ? (ReadOnlyMemory<byte>?)null : header.Value.ToArray()));
        return copied;
    }
}
