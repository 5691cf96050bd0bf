using Semel.Protocol.Records;

namespace Semel.LogBench;

/// <summary>A batch of about a size, and the stamping that a partition does.</summary>
static class BenchBatch
{
    public static byte[] Of(int bytes)
    {
        using var builder = new RecordBatchBuilder(bytes + 4096);
        var value = new byte[Math.Max(1, Math.Min(1000, bytes - 80))];
        Random.Shared.NextBytes(value);
        do builder.TryAppend(1_700_000_000_000, default, keyIsNull: true, value, valueIsNull: false);
        while (builder.SizeInBytes + value.Length < bytes);
        builder.Close(Protocol.CompressionCodec.None);
        return builder.Bytes.ToArray();
    }

    /// <returns>The offset after it.</returns>
    public static long Stamp(byte[] batch, long offset)
    {
        RecordBatchHeader.StampPlace(batch, offset, 0);
        RecordBatchHeader.TryRead(batch, out var header);
        return header.NextOffset;
    }
}
