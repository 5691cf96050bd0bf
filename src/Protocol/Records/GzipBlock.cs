using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Semel.Protocol.Records;

/// <summary>The compressed records of one batch: a gzip file of one or more members, in and out of pooled arrays.</summary>
static class GzipBlock
{
    /// <summary>Ten bytes of header, eight of trailer, and at least two of an empty deflate block.</summary>
    const int SmallestMember = 20;

    /// <summary>How each member begins: the two bytes of gzip's mark and the method, deflate.</summary>
    static ReadOnlySpan<byte> MemberHead => [0x1f, 0x8b, 8];

    const int Lowest = -1, Highest = 9;

    /// <exception cref="ArgumentOutOfRangeException">The level is not -1 (the library's default) to 9.</exception>
    public static void CheckLevel(int level)
    {
        if (level is < Lowest or > Highest) throw new ArgumentOutOfRangeException(nameof(level), level, "a gzip level is 0 (stored) or 1 (fastest) to 9 (smallest), or -1 for the default");
    }

    /// <summary>Compresses into a rented array that has <paramref name="room"/> bytes free at its start.</summary>
    public static (byte[] Rented, int Length) Compress(ReadOnlySpan<byte> plain, int level, int room)
    {
        CheckLevel(level);
        using var target = new PooledStream(room, plain.Length / 2);
        using (var gzip = new GZipStream(target, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true)) gzip.Write(plain);
        return target.Take();
    }

    /// <summary>
    /// Decompresses into an array rented of the shared pool, which grows with what comes out and never beyond the limit: a small block that
    /// would become huge is given up when it passes the limit.
    /// </summary>
    /// <param name="rented">To be given back by the caller when no fault is returned; empty otherwise.</param>
    public static unsafe RecordFaultKind TryDecompress(ReadOnlySpan<byte> compressed, int limit, out byte[] rented, out int length)
    {
        rented = [];
        length = 0;
        if (compressed.Length < SmallestMember) return RecordFaultKind.Compression;
        var fault = RecordFaultKind.Compression;
        try
        {
            fixed (byte* start = compressed)
            {
                using var source = new UnmanagedMemoryStream(start, compressed.Length);
                using var gzip = new GZipStream(source, CompressionMode.Decompress);
                fault = Fill(gzip, compressed.Length, limit, ref rented, ref length);
            }
        }
        catch (InvalidDataException) { fault = RecordFaultKind.Compression; }
        if (fault == RecordFaultKind.None && !TrailerFits(compressed, length)) fault = RecordFaultKind.Compression;
        if (fault == RecordFaultKind.None) return fault;
        if (rented.Length > 0) ArrayPool<byte>.Shared.Return(rented);
        rented = [];
        length = 0;
        return fault;
    }

    /// <summary>What the trailer of the last member says, mostly the only one.</summary>
    public static long ExpectedBytes(ReadOnlySpan<byte> compressed) => compressed.Length < SmallestMember ? compressed.Length : BinaryPrimitives.ReadUInt32LittleEndian(compressed[^4..]);

    static RecordFaultKind Fill(GZipStream gzip, int compressedLength, int limit, ref byte[] rented, ref int length)
    {
        rented = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)limit + 1, Math.Max(1024, 4L * compressedLength)));
        while (true)
        {
            // One byte beyond the limit is enough to know that it was passed.
            var count = gzip.Read(rented, length, (int)Math.Min(rented.Length, (long)limit + 1) - length);
            if (count == 0) return RecordFaultKind.None;
            length += count;
            if (length > limit) return RecordFaultKind.DecompressedSize;
            if (length == rented.Length) Grow(ref rented, length, limit);
        }
    }

    static void Grow(ref byte[] rented, int length, int limit)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)limit + 1, 2L * rented.Length));
        rented.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(rented);
        rented = larger;
    }

    /// <summary>
    /// The base library takes a block that ends too early, or that has other bytes after its last member, for a whole one. The last four bytes of
    /// a whole one are the length of its last member (modulo 2^32): all that came out, unless the head of a second member is somewhere in between.
    /// </summary>
    static bool TrailerFits(ReadOnlySpan<byte> compressed, int length)
    {
        var lastMember = BinaryPrimitives.ReadUInt32LittleEndian(compressed[^4..]);
        return lastMember == (uint)length || (lastMember < (uint)length && compressed[1..].IndexOf(MemberHead) >= 0);
    }
}
