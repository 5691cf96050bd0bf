using System.Buffers.Binary;
using System.Text;
using Semel.Codecs;
using Semel.Machines.Compaction;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Compaction;

/// <summary>A record of a test: a key and a value, null where there is none.</summary>
internal readonly record struct TestRecord(string? Key, string? Value)
{
    public static implicit operator TestRecord((string? Key, string? Value) record) => new(record.Key, record.Value);
}

/// <summary>A list of batches that a test appends to and compacts, as a log does with its sealed parts.</summary>
internal sealed class CompactionRun
{
    public const long Timestamp = 1_700_000_000_000;

    public List<byte[]> Batches { get; private set; } = [];
    public long End { get; private set; }

    public CompactionRun Append(params TestRecord[] records) => Append(-1, 0, -1, isTransactional: false, records);

    public CompactionRun Append(long producer, short epoch, int sequence, bool isTransactional, TestRecord[] records, CompressionCodec codec = CompressionCodec.None)
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        for (var at = 0; at < records.Length; at++)
        {
            var (key, value) = (records[at].Key is { } k ? Encoding.UTF8.GetBytes(k) : [], records[at].Value is { } v ? Encoding.UTF8.GetBytes(v) : Array.Empty<byte>());
            builder.TryAppend(Timestamp + End + at, key, records[at].Key is null, value, records[at].Value is null);
        }
        builder.Close(codec, null, CodecTable.All);
        builder.Stamp(new ProducerId(producer), new ProducerEpoch(epoch), sequence, isTransactional);
        return Add(builder.Bytes.ToArray());
    }

    public CompactionRun Transactional(long producer, params TestRecord[] records) => Append(producer, 0, -1, isTransactional: true, records);
    public CompactionRun Commit(long producer, short epoch = 0) => Add(ControlRecord.EndTransactionMarker(commit: true, new ProducerId(producer), new ProducerEpoch(epoch), 3, Timestamp + End));
    public CompactionRun Abort(long producer, short epoch = 0) => Add(ControlRecord.EndTransactionMarker(commit: false, new ProducerId(producer), new ProducerEpoch(epoch), 3, Timestamp + End));

    public CompactionRun Add(byte[] batch)
    {
        RecordBatchHeader.StampPlace(batch, End, 0);
        Batches.Add(batch);
        End = Header(batch).NextOffset;
        return this;
    }

    public static RecordBatchHeader Header(byte[] batch)
    {
        RecordBatchHeader.TryRead(batch, out var header);
        return header;
    }

    /// <summary>Replaces the batches by what a compaction leaves of them.</summary>
    /// <returns>How often they were looked at.</returns>
    public int Compact(CompactionPolicy policy)
    {
        Batches = Compact(Batches, static batch => batch, static (_, changed) => changed, policy, out var looks);
        return looks;
    }

    /// <summary>What a compaction leaves of batches, whatever a test keeps beside them.</summary>
    public static List<T> Compact<T>(IReadOnlyList<T> batches, Func<T, byte[]> bytesOf, Func<T, byte[], T> changed, CompactionPolicy policy, out int looks)
    {
        var compactor = new Compactor(policy with { Codecs = CodecTable.All });
        while (compactor.BeginLook())
        {
            foreach (var batch in batches.Select(bytesOf)) compactor.Look(Header(batch), batch);
        }
        compactor.BeginDeciding();
        var left = new List<T>();
        foreach (var entry in batches)
        {
            var batch = bytesOf(entry);
            var before = (byte[])batch.Clone();
            var decision = compactor.Decide(Header(batch), batch);
            Assert.Equal(before, batch);
            if (decision.Fate == BatchFate.Kept) left.Add(entry);
            else if (decision.Fate == BatchFate.Changed) left.Add(changed(entry, AssertWhole(batch, decision.Replacement.ToArray())));
        }
        looks = compactor.Looks;
        return left;
    }

    public CompactionRun Compacted(CompactionPolicy? policy = null)
    {
        Compact(policy ?? new CompactionPolicy { BeginsAtLogStart = true });
        return this;
    }

    /// <summary>What a changed batch keeps: its place, its producer, its sequence, and each record that is left byte for byte.</summary>
    static byte[] AssertWhole(byte[] before, byte[] after)
    {
        var (old, now) = (Header(before), Header(after));
        Assert.True(RecordBatch.HasValidCrc(after));
        Assert.Equal((old.BaseOffset, old.LastOffsetDelta, old.ProducerId, old.ProducerEpoch, old.BaseSequence, old.BaseTimestamp), (now.BaseOffset, now.LastOffsetDelta, now.ProducerId, now.ProducerEpoch, now.BaseSequence, now.BaseTimestamp));
        Assert.Equal((old.Attributes.IsTransactional, old.Attributes.IsControl, old.LeaderEpoch), (now.Attributes.IsTransactional, now.Attributes.IsControl, now.LeaderEpoch));
        Assert.Equal(after.Length, now.SizeInBytes);
        var records = RecordsOf(before).ToDictionary(record => record.Offset);
        foreach (var record in RecordsOf(after)) Assert.Equal(records[record.Offset], record);
        Assert.Equal(RecordsOf(after).Select(record => record.Timestamp).DefaultIfEmpty(old.MaxTimestamp).Max(), now.MaxTimestamp);
        return after;
    }

    public static List<(long Offset, long Timestamp, string? Key, string? Value)> RecordsOf(byte[] batch)
    {
        var found = new List<(long, long, string?, string?)>();
        if (Header(batch).Attributes.Codec != CompressionCodec.None && RecordBatch.Validate(batch, new RecordReading(CodecTable.All)) is { Kind: RecordFaultKind.Compression }) return found;
        using var records = new RecordBatchReader(batch, new RecordReading(CodecTable.All));
        while (records.MoveNext()) found.Add((records.Offset, records.Timestamp, records.KeyIsNull ? null : Encoding.UTF8.GetString(records.Key), records.ValueIsNull ? null : Encoding.UTF8.GetString(records.Value)));
        return found;
    }

    /// <summary>The data batches and markers that are left, as text: base offset, then what is in it.</summary>
    public string[] Left => [.. Batches.Select(batch => $"{Header(batch).BaseOffset}:{(Header(batch).Attributes.IsControl ? ControlRecord.Read(batch).Type.ToString() : string.Join(',', RecordsOf(batch).Select(record => $"{record.Key ?? "null"}={record.Value ?? "null"}")))}")];

    /// <summary>The batch as one whose codec nobody here can open.</summary>
    public CompactionRun AppendUnreadable(params TestRecord[] records)
    {
        Append(records);
        var batch = Batches[^1];
        (Header(batch) with { Attributes = BatchAttributes.Of(CompressionCodec.Zstd) }).Write(batch);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)));
        return this;
    }
}
