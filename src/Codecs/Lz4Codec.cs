using System.Buffers;
using K4os.Compression.LZ4;
using K4os.Compression.LZ4.Streams;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Codecs;

/// <summary>LZ4 in its frame format. One frame is written, whose blocks stand by themselves: the Java client and others refuse linked ones, and stop at the first frame. Joined frames are read.</summary>
sealed class Lz4Codec : RecordCodec
{
    const int Fastest = 0, Smallest = 12, FirstOfHighCompression = 3;

    public static readonly Lz4Codec Instance = new();

    public override CompressionCodec Kind => CompressionCodec.Lz4;

    /// <summary>0 to 2 are the fast compressor, 3 to 12 the slow ones; up to 17, as Kafka allows, is as 12.</summary>
    public override (int Lowest, int Highest) Levels => (Fastest, 17);

    public override void Compress(ReadOnlySpan<byte> plain, int? level, IBufferWriter<byte> target)
    {
        CheckLevel(level);
        var given = Math.Min(level ?? Fastest, Smallest);
        LZ4Frame.Encode(plain, target, new LZ4EncoderSettings
        {
            ChainBlocks = false,
            CompressionLevel = given < FirstOfHighCompression ? LZ4Level.L00_FAST : (LZ4Level)given,
        });
    }

    public override unsafe RecordFaultKind Decompress(ReadOnlySpan<byte> block, PooledBytes target)
    {
        try
        {
            fixed (byte* start = block)
            {
                using var source = new UnmanagedMemoryStream(start, block.Length);
                do
                {
                    var before = source.Position;
                    ReadFrames(source, target);
                    // A reader ends at an empty frame as at the end: what stands behind it is for the next one.
                    if (source.Position == before) return RecordFaultKind.Compression;
                }
                while (source.Position < source.Length);
            }
            return RecordFaultKind.None;
        }
        catch (DecompressedLimitException)
        {
            return RecordFaultKind.DecompressedSize;
        }
        catch (SystemException exception) when (exception is not OutOfMemoryException)
        {
            // The library has many words for a damaged frame, and for skippable frames and dictionaries, which Kafka does not have.
            return RecordFaultKind.Compression;
        }
    }

    static void ReadFrames(UnmanagedMemoryStream source, PooledBytes target)
    {
        using var reader = LZ4Frame.Decode(source, extraMemory: 0, leaveOpen: true);
        while (reader.ReadManyBytes(target.GetSpan()) is > 0 and var count) target.Advance(count);
    }
}
