using System.Text;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>Record batches for tests, at a given place in a log.</summary>
internal static class Batches
{
    public static byte[] Plain(long baseOffset, params string[] values) => Of(baseOffset, values);

    public static byte[] Of(long baseOffset, IReadOnlyList<string> values, long producerId = -1, bool transactional = false, CompressionCodec codec = CompressionCodec.None, int leaderEpoch = 0, long timestamp = 1000)
    {
        using var builder = new RecordBatchBuilder(64 << 20);
        foreach (var value in values)
            if (!builder.TryAppend(timestamp, default, keyIsNull: true, Encoding.UTF8.GetBytes(value), valueIsNull: false)) throw new InvalidOperationException("the batch is full");
        builder.Close(codec, null, Semel.Codecs.CodecTable.All);
        if (producerId >= 0) builder.Stamp(new ProducerId(producerId), new ProducerEpoch(0), 0, transactional);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, baseOffset, leaderEpoch);
        return batch;
    }

    public static byte[] Marker(long offset, long producerId, bool commit, int leaderEpoch = 0)
    {
        var batch = ControlRecord.EndTransactionMarker(commit, new ProducerId(producerId), new ProducerEpoch(0), 0, 1000);
        RecordBatchHeader.StampPlace(batch, offset, leaderEpoch);
        return batch;
    }

    /// <summary>Changes the header and makes the CRC right again.</summary>
    public static byte[] With(byte[] batch, Func<RecordBatchHeader, RecordBatchHeader> change)
    {
        var changed = batch.ToArray();
        RecordBatchHeader.TryRead(changed, out var header);
        change(header).Write(changed);
        RecordBatchHeader.TryRead(changed, out header);
        (header with { Crc = Crc32C.Compute(changed.AsSpan(RecordBatchHeader.CrcStart)) }).Write(changed);
        return changed;
    }

    /// <summary>As if the batch were compressed with that codec: the bits say so, the records are what they were.</summary>
    public static byte[] Pretend(byte[] batch, CompressionCodec codec) => With(batch, header => header with { Attributes = new BatchAttributes((short)(header.Attributes.Bits & ~7 | (int)codec)) });

    public static byte[] Damaged(byte[] batch)
    {
        var damaged = batch.ToArray();
        damaged[^1] ^= 1;
        return damaged;
    }
}
