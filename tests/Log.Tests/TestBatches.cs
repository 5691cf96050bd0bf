using System.Buffers.Binary;
using Semel.Codecs;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Log.Tests;

/// <summary>Batches as a partition would append them.</summary>
static class TestBatches
{
    public const long FirstTimestamp = 1_700_000_000_000;

    /// <summary>A batch whose records are one millisecond apart.</summary>
    public static ReadOnlyMemory<byte> Of(long baseOffset, int records = 1, int valueBytes = 20, long timestamp = FirstTimestamp, CompressionCodec codec = CompressionCodec.None) =>
        WithTimestamps(baseOffset, [.. Enumerable.Range(0, records).Select(record => timestamp + record)], valueBytes, codec);

    public static ReadOnlyMemory<byte> WithTimestamps(long baseOffset, long[] timestamps, int valueBytes = 20, CompressionCodec codec = CompressionCodec.None)
    {
        using var builder = new RecordBatchBuilder(64 << 20);
        var value = new byte[valueBytes];
        for (var record = 0; record < timestamps.Length; record++)
        {
            new Random((int)baseOffset + record).NextBytes(value);
            builder.TryAppend(timestamps[record], default, keyIsNull: true, value, valueIsNull: false);
        }
        builder.Close(codec, null, CodecTable.All);
        builder.Stamp(ProducerId.None, ProducerEpoch.None, SequenceNumber.None, transactional: false);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, baseOffset, 0);
        return batch;
    }

    /// <summary>A batch of one record that takes as many offsets as a batch can: what follows it lies 2^31 offsets later.</summary>
    public static ReadOnlyMemory<byte> Widest(long baseOffset, long timestamp) =>
        Changed(Of(baseOffset, 1, 100, timestamp).ToArray(), header => header with { LastOffsetDelta = int.MaxValue });

    /// <summary>The batch without some of its records, as compaction leaves it: the others keep their offsets, and it keeps its range.</summary>
    public static ReadOnlyMemory<byte> Without(ReadOnlyMemory<byte> batch, Func<int, bool> isGone)
    {
        RecordBatchHeader.TryRead(batch.Span, out var header);
        var kept = new List<byte>(batch[..RecordBatchHeader.Size].ToArray());
        var (largest, count, start) = (-1L, 0, 0);
        var area = batch.Span[RecordBatchHeader.Size..];
        var records = new RecordEnumerator(header, area);
        while (records.MoveNext())
        {
            var end = records.HeadersAt + records.HeadersLength;
            if (!isGone(records.OffsetDelta))
            {
                kept.AddRange(area[start..end]);
                (largest, count) = (Math.Max(largest, records.Timestamp), count + 1);
            }
            start = end;
        }
        return Changed([.. kept], header => header with { BatchLength = kept.Count - RecordBatchHeader.LengthPrefix, RecordCount = count, MaxTimestamp = count > 0 ? largest : header.MaxTimestamp });
    }

    /// <summary>The batch with another codec in its attributes and a right CRC: bytes that nobody can look into.</summary>
    public static ReadOnlyMemory<byte> Claiming(ReadOnlyMemory<byte> batch, CompressionCodec codec) => Changed(batch.ToArray(), header => header with { Attributes = BatchAttributes.Of(codec) });

    static byte[] Changed(byte[] batch, Func<RecordBatchHeader, RecordBatchHeader> change)
    {
        RecordBatchHeader.TryRead(batch, out var header);
        change(header).Write(batch);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)));
        return batch;
    }

    public static byte[] Joined(params IEnumerable<ReadOnlyMemory<byte>> batches) => [.. batches.SelectMany(batch => batch.ToArray())];

    /// <summary>The offset after the batch.</summary>
    public static long End(ReadOnlyMemory<byte> batch) => RecordBatchHeader.TryRead(batch.Span, out var header) ? header.NextOffset : throw new ArgumentException("no batch");
}
