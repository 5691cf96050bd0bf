using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Codecs;

/// <summary>A gzip file of one or more members.</summary>
sealed class GzipCodec : RecordCodec
{
    /// <summary>Ten bytes of header, eight of trailer, and at least two of an empty deflate block.</summary>
    const int SmallestMember = 20;

    const int DefaultLevel = -1;

    public static readonly GzipCodec Instance = new();

    /// <summary>How each member begins: the two bytes of gzip's mark and the method, deflate.</summary>
    static ReadOnlySpan<byte> MemberHead => [0x1f, 0x8b, 8];

    public override CompressionCodec Kind => CompressionCodec.Gzip;

    /// <summary>0 stores, 1 is the fastest, 9 the smallest, -1 the library's default.</summary>
    public override (int Lowest, int Highest) Levels => (DefaultLevel, 9);

    public override void Compress(ReadOnlySpan<byte> plain, int? level, IBufferWriter<byte> target)
    {
        CheckLevel(level);
        using var stream = new BufferWriterStream(target);
        using var gzip = new GZipStream(stream, new ZLibCompressionOptions { CompressionLevel = level ?? DefaultLevel }, leaveOpen: true);
        gzip.Write(plain);
    }

    public override unsafe RecordFaultKind Decompress(ReadOnlySpan<byte> block, PooledBytes target)
    {
        if (block.Length < SmallestMember) return RecordFaultKind.Compression;
        try
        {
            fixed (byte* start = block)
            {
                using var source = new UnmanagedMemoryStream(start, block.Length);
                using var gzip = new GZipStream(source, CompressionMode.Decompress);
                while (gzip.Read(target.GetSpan()) is > 0 and var count) target.Advance(count);
            }
        }
        catch (InvalidDataException)
        {
            return RecordFaultKind.Compression;
        }
        catch (DecompressedLimitException)
        {
            return RecordFaultKind.DecompressedSize;
        }
        return TrailerFits(block, target.Length) ? RecordFaultKind.None : RecordFaultKind.Compression;
    }

    /// <summary>What the trailer of the last member says, mostly the only one.</summary>
    public override long ExpectedBytes(ReadOnlySpan<byte> block) =>
        Math.Max(1, block.Length < SmallestMember ? block.Length : BinaryPrimitives.ReadUInt32LittleEndian(block[^4..]));

    /// <summary>
    /// The base library takes a block that ends too early, or that has other bytes after its last member, for a whole one. The last four bytes of
    /// a whole one are the length of its last member (modulo 2^32): all that came out, unless the head of a second member is somewhere in between.
    /// </summary>
    static bool TrailerFits(ReadOnlySpan<byte> block, int length)
    {
        var lastMember = BinaryPrimitives.ReadUInt32LittleEndian(block[^4..]);
        return lastMember == (uint)length || (lastMember < (uint)length && block[1..].IndexOf(MemberHead) >= 0);
    }
}
