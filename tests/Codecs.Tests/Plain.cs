using System.Text;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Codecs.Tests;

/// <summary>What is compressed in these tests, and the ways in and out.</summary>
static class Plain
{
    public static readonly CompressionCodec[] Codecs = [CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd];

    /// <summary>Bytes that repeat themselves now and then, as records do.</summary>
    public static byte[] Text(int length, int seed = 1)
    {
        var random = new Random(seed);
        var text = new StringBuilder(length + 64);
        while (text.Length < length) text.Append($"{{\"order\":{random.Next(1000)},\"customer\":\"{random.NextInt64():x}\",\"paid\":true}}");
        return Encoding.ASCII.GetBytes(text.ToString())[..length];
    }

    public static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Compress(CompressionCodec codec, ReadOnlySpan<byte> plain, int? level = null)
    {
        using var target = new PooledBytes(0);
        CodecTable.Of(codec).Compress(plain, level, target);
        return target.Written.ToArray();
    }

    public static RecordFaultKind Open(CompressionCodec codec, ReadOnlySpan<byte> block, out byte[] plain, int limit = 1 << 26)
    {
        using var target = new PooledBytes(0, limit);
        var fault = CodecTable.Of(codec).Decompress(block, target);
        plain = fault == RecordFaultKind.None ? target.Written.ToArray() : [];
        return fault;
    }

    public static byte[] Opened(CompressionCodec codec, ReadOnlySpan<byte> block)
    {
        Assert.Equal(RecordFaultKind.None, Open(codec, block, out var plain));
        return plain;
    }
}
