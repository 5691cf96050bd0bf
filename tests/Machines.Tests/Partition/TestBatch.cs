using System.Buffers.Binary;
using Semel.Codecs;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Partition;

/// <summary>A batch as a producer would send it, in words short enough for a test.</summary>
public static class TestBatch
{
    public static byte[] Of(long producerId, short epoch, int baseSequence, int records = 1, bool transactional = false, long timestamp = 1_000, string? key = "k",
        CompressionCodec codec = CompressionCodec.None, string value = "v")
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        for (var i = 0; i < records; i++)
            builder.TryAppend(timestamp + i, key is null ? [] : System.Text.Encoding.UTF8.GetBytes(key), key is null, System.Text.Encoding.UTF8.GetBytes(value), false);
        builder.Close(codec, null, CodecTable.All);
        builder.Stamp(new ProducerId(producerId), new ProducerEpoch(epoch), baseSequence, transactional);
        return builder.Bytes.ToArray();
    }

    /// <summary>A batch without a producer id.</summary>
    public static byte[] Plain(int records = 1, long timestamp = 1_000, string? key = "k") => Of(-1, -1, -1, records, timestamp: timestamp, key: key);

    public static RecordBatchHeader Header(ReadOnlySpan<byte> batch)
    {
        Assert.True(RecordBatchHeader.TryRead(batch, out var header));
        return header;
    }

    /// <summary>The batch with another header, and the checksum that belongs to it.</summary>
    public static byte[] With(byte[] batch, Func<RecordBatchHeader, RecordBatchHeader> change)
    {
        var changed = (byte[])batch.Clone();
        change(Header(batch)).Write(changed);
        return WithCrc(changed);
    }

    public static byte[] WithCrc(byte[] batch)
    {
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)));
        return batch;
    }
}
