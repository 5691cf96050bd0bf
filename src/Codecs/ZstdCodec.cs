using System.Buffers;
using Semel.Protocol;
using Semel.Protocol.Records;
using ZstdSharp;

namespace Semel.Codecs;

/// <summary>
/// Zstandard. Blocks are opened in one step into memory that is enlarged and filled anew while it is too small: a stepwise reader would take the window that the frame's header
/// asks for, up to 128 MiB, before it has seen a byte.
/// </summary>
sealed class ZstdCodec : RecordCodec
{
    const int DefaultLevel = 3;

    /// <summary>What a first try has room for, by what records usually become.</summary>
    const long UsualExpansion = 8;

    /// <summary>Above it a compressor takes tens of megabytes, which nobody should keep for the next time.</summary>
    const int HighestKeptLevel = 12;

    public static readonly ZstdCodec Instance = new();

    readonly ContextPool<Compressor> _compressors = new(static () => new Compressor(DefaultLevel));
    readonly ContextPool<Decompressor> _decompressors = new(static () => new Decompressor());

    public override CompressionCodec Kind => CompressionCodec.Zstd;
    public override (int Lowest, int Highest) Levels => (-131072, 22);

    public override void Compress(ReadOnlySpan<byte> plain, int? level, IBufferWriter<byte> target)
    {
        CheckLevel(level);
        var compressor = _compressors.Rent();
        var isKept = false;
        try
        {
            compressor.Level = level ?? DefaultLevel;
            target.Advance(compressor.Wrap(plain, target.GetSpan(Compressor.GetCompressBound(plain.Length))));
            isKept = compressor.Level <= HighestKeptLevel;
        }
        finally
        {
            if (isKept) _compressors.Return(compressor); else compressor.Dispose();
        }
    }

    public override RecordFaultKind Decompress(ReadOnlySpan<byte> block, PooledBytes target)
    {
        var decompressor = _decompressors.Rent();
        try
        {
            var room = Math.Min(FirstTry(block), target.Left);
            while (true)
            {
                var span = target.GetSpan((int)Math.Min(Math.Max(1, room), int.MaxValue));
                if (span.Length > target.Left) span = span[..(int)target.Left];
                if (decompressor.TryUnwrap(block, span, out var written))
                {
                    target.Advance(written);
                    return RecordFaultKind.None;
                }
                if (span.Length == target.Left) return RecordFaultKind.DecompressedSize;
                room = Math.Min(4L * span.Length, target.Left);
            }
        }
        catch (DecompressedLimitException)
        {
            return RecordFaultKind.DecompressedSize;
        }
        catch (ZstdException)
        {
            return RecordFaultKind.Compression;
        }
        finally
        {
            _decompressors.Return(decompressor);
        }
    }

    public override long ExpectedBytes(ReadOnlySpan<byte> block) => FirstTry(block);

    /// <summary>What the frames say that they become at most, which may be a lie: believed up to what usually becomes of so many bytes.</summary>
    static long FirstTry(ReadOnlySpan<byte> block)
    {
        var usual = Math.Max(1, UsualExpansion * block.Length);
        try
        {
            return (long)Math.Min((ulong)usual, Math.Max(1, Decompressor.GetDecompressedSize(block)));
        }
        catch (ZstdException)
        {
            return usual;
        }
    }
}
