using System.Buffers;
using System.Buffers.Binary;
using Semel.Protocol;
using Semel.Protocol.Records;
using Snappier;

namespace Semel.Codecs;

/// <summary>
/// Snappy in both forms that Kafka's clients write: one raw block (librdkafka and others), or the framing of the Java library ("xerial"), a header and blocks with their lengths.
/// Both are read. The framing is written: the Java client reads nothing else.
/// </summary>
sealed class SnappyCodec : RecordCodec
{
    /// <summary>As the Java client cuts its records.</summary>
    const int PlainBlockBytes = 32 * 1024;

    const int FrameHeaderBytes = 16, LengthBytes = 4;

    /// <summary>The densest element of the format makes 64 bytes of 3.</summary>
    const long MostExpansion = 22;

    public static readonly SnappyCodec Instance = new();

    static ReadOnlySpan<byte> Magic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    /// <summary>The magic, then the version and the oldest version that can read it, both 1.</summary>
    static ReadOnlySpan<byte> FrameHeader => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];

    public override CompressionCodec Kind => CompressionCodec.Snappy;
    public override (int Lowest, int Highest) Levels => (0, 0);

    /// <param name="level">Snappy has none: whatever is given is passed over, as by Kafka's own clients.</param>
    public override void Compress(ReadOnlySpan<byte> plain, int? level, IBufferWriter<byte> target)
    {
        target.Write(FrameHeader);
        for (; plain.Length > 0; plain = plain[Math.Min(plain.Length, PlainBlockBytes)..])
        {
            var part = plain[..Math.Min(plain.Length, PlainBlockBytes)];
            var room = target.GetSpan(LengthBytes + Snappy.GetMaxCompressedLength(part.Length));
            var length = Snappy.Compress(part, room[LengthBytes..]);
            BinaryPrimitives.WriteInt32BigEndian(room, length);
            target.Advance(LengthBytes + length);
        }
    }

    public override RecordFaultKind Decompress(ReadOnlySpan<byte> block, PooledBytes target)
    {
        try
        {
            return block.StartsWith(Magic) ? DecompressFrame(block, target) : DecompressRaw(block, target);
        }
        catch (InvalidDataException)
        {
            return RecordFaultKind.Compression;
        }
        catch (DecompressedLimitException)
        {
            return RecordFaultKind.DecompressedSize;
        }
    }

    static RecordFaultKind DecompressFrame(ReadOnlySpan<byte> frame, PooledBytes target)
    {
        while (frame.Length > 0)
        {
            // Frames may be joined: the next header stands where a length would.
            if (frame.StartsWith(Magic))
            {
                if (frame.Length < FrameHeaderBytes) return RecordFaultKind.Compression;
                frame = frame[FrameHeaderBytes..];
                continue;
            }
            if (frame.Length < LengthBytes) return RecordFaultKind.Compression;
            var length = BinaryPrimitives.ReadInt32BigEndian(frame);
            frame = frame[LengthBytes..];
            if (length < 0 || length > frame.Length) return RecordFaultKind.Compression;
            if (DecompressRaw(frame[..length], target) is not RecordFaultKind.None and var fault) return fault;
            frame = frame[length..];
        }
        return RecordFaultKind.None;
    }

    static RecordFaultKind DecompressRaw(ReadOnlySpan<byte> raw, PooledBytes target)
    {
        var length = Snappy.GetUncompressedLength(raw);
        // A block begins with its length: believed only as far as so many bytes can make.
        if (length < 0 || length > MostExpansion * raw.Length) return RecordFaultKind.Compression;
        if (length > target.Left) return RecordFaultKind.DecompressedSize;
        if (!Snappy.TryDecompress(raw, target.GetSpan(length)[..length], out var written) || written != length) return RecordFaultKind.Compression;
        target.Advance(length);
        return RecordFaultKind.None;
    }
}
