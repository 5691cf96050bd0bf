using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Cli.Consume;

/// <summary>
/// Pulls records and prints them until a limit is reached. Nothing of a record is copied but its headers. May be run again after a failure that was dealt
/// with.
/// </summary>
public sealed class TopicReading(IConsumer<byte[], byte[]> consumer, OutputText output, IRecordFormat format, ReadingLimits limits, bool flushEach, TimeProvider time, TroubleWatch watch)
{
    readonly HashSet<TopicPartition> _unfinished = [];

    public long RecordCount { get; private set; }

    /// <summary>The partitions are known, and waiting for records has begun.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>No record came for as long as the limits say.</summary>
    public bool TimedOut { get; private set; }

    /// <exception cref="ConsumeException">Something about a partition that stops it.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        if (!HasBegun) _unfinished.UnionWith(consumer.Assignment);
        HasBegun = true;
        while (_unfinished.Count > 0 && !IsCountReached && await PullAsync(stop).ConfigureAwait(false) is { } batch)
        {
            using (batch)
            {
                watch.Worked();
                Print(batch);
                if (!limits.AtEnd) continue;
                foreach (var end in batch.PartitionEnds) _unfinished.Remove(end.TopicPartition);
            }
        }
    }

    bool IsCountReached => limits.Count is { } count && RecordCount >= count;

    /// <returns>Null when the silence has lasted too long.</returns>
    async ValueTask<ConsumeBatch<byte[], byte[]>?> PullAsync(CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var pull = consumer.ConsumeBatchAsync(limited.Token);
        if (pull.IsCompleted) return await pull.ConfigureAwait(false);
        // Whoever reads along must see what there is before we wait for more.
        output.Flush();
        using var silence = limits.Silence is { } limit ? new CancellationTokenSource(limit, time) : null;
        await using var registration = silence?.Token.Register(limited.Cancel) ?? default;
        try
        {
            return await pull.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            TimedOut = true;
            return null;
        }
    }

    void Print(ConsumeBatch<byte[], byte[]> batch)
    {
        foreach (var record in batch)
        {
            if (IsCountReached) return;
            format.Write(output, new ShownRecord
            {
                Topic = record.Topic, Partition = record.Partition, Offset = record.Offset, Timestamp = record.Timestamp.UnixMilliseconds, TimestampType = record.Timestamp.Type,
                KeyIsNull = record.KeyIsNull, Key = record.RawKey, ValueIsNull = record.ValueIsNull, Value = record.RawValue, Headers = HeadersOf(record),
            });
            RecordCount++;
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
