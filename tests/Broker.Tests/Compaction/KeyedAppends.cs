using System.Globalization;
using System.Text;
using Semel.Broker.Compaction;
using Semel.Log;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Compaction;

/// <summary>Appends small keyed records to a log, as a state machine does, and knows the newest value of each key.</summary>
internal sealed class KeyedAppends(int keys) : ICompactable
{
    const int BatchesAtOnce = 64;

    readonly long[] _newest = new long[keys];
    long _written;

    public ILog? Log { get; set; }
    public string LogName => Log?.Name ?? "";
    public long Bound => BoundIs ?? Log?.Bounds.EndOffset ?? 0;
    public long? BoundIs { get; set; }
    public TimeSpan TombstoneRetention => TimeSpan.Zero;
    public Func<ProducerId, bool>? IsProducerNeeded => null;

    /// <summary>Appends batches of one record each, many at once.</summary>
    /// <param name="sealing">Told when a part was sealed.</param>
    public async Task Append(int count, Action sealing)
    {
        var templates = Enumerable.Range(0, BatchesAtOnce).Select(_ => Template()).ToArray();
        for (var done = 0; done < count;)
        {
            var batches = new List<ReadOnlyMemory<byte>>(BatchesAtOnce);
            var end = Log!.Bounds.EndOffset;
            for (; batches.Count < BatchesAtOnce && done < count; done++) batches.Add(Next(templates[batches.Count], end + batches.Count));
            if ((await Log.AppendAsync(batches, end)).Rolled) sealing();
        }
    }

    const int NumberWidth = 12;

    static byte[] Template()
    {
        using var builder = new RecordBatchBuilder(1024);
        builder.TryAppend(1_700_000_000_000, Encoding.ASCII.GetBytes("transactional-id-" + new string('0', NumberWidth)), keyIsNull: false, Encoding.ASCII.GetBytes("state " + new string('0', NumberWidth)), valueIsNull: false);
        builder.Close(CompressionCodec.None);
        builder.Stamp(ProducerId.None, ProducerEpoch.None, SequenceNumber.None, transactional: false);
        return builder.Bytes.ToArray();
    }

    byte[] Next(byte[] batch, long offset)
    {
        var key = (int)(_written * 7919 % keys);
        _newest[key] = _written;
        var at = batch.AsSpan().IndexOf("transactional-id-"u8) + "transactional-id-".Length;
        key.TryFormat(batch.AsSpan(at, NumberWidth), out _, "D12", CultureInfo.InvariantCulture);
        at = batch.AsSpan().IndexOf("state "u8) + "state ".Length;
        _written++.TryFormat(batch.AsSpan(at, NumberWidth), out _, "D12", CultureInfo.InvariantCulture);
        RecordBatchHeader.TryRead(batch, out var header);
        (header with { BaseOffset = offset, Crc = Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)) }).Write(batch);
        return batch;
    }

    /// <summary>What a reader folds out of the log is the newest value of each key.</summary>
    /// <returns>How many records were read.</returns>
    public int Check()
    {
        var found = new Dictionary<string, string>();
        var (records, due) = (0, Log!.Bounds.StartOffset);
        while (due < Log.Bounds.EndOffset)
        {
            using var read = Log.Read(due, long.MaxValue, 1 << 20);
            Assert.False(read.Bytes.IsEmpty);
            foreach (var batch in RecordBatches.Split(read.Bytes))
            {
                Assert.True(batch.Header.BaseOffset >= due);
                due = batch.Header.NextOffset;
                using var reader = new RecordBatchReader(batch.Bytes.Span);
                while (reader.MoveNext()) found[Encoding.ASCII.GetString(reader.Key)] = Encoding.ASCII.GetString(reader.Value);
                records += batch.Header.RecordCount;
            }
        }
        Assert.Equal(Math.Min(keys, _written), found.Count);
        foreach (var (key, value) in found) Assert.Equal(_newest[int.Parse(key.AsSpan("transactional-id-".Length), CultureInfo.InvariantCulture)], long.Parse(value.AsSpan("state ".Length), CultureInfo.InvariantCulture));
        return records;
    }
}
