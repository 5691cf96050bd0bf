using Microsoft.Win32.SafeHandles;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Cli.Dump;

/// <summary>
/// Walks over the batches of one segment file and checks each: header, length, order of the offsets, CRC, and the records where their codec can be read.
/// Never changes the file. After damage it goes on with the next bytes that are a whole, sound batch, so that one bad place does not hide the rest.
/// Memory is bounded by the largest batch allowed. Not thread safe.
/// </summary>
public sealed class SegmentScan(SafeFileHandle file, long length, int largestBatch = SegmentScan.DefaultLargestBatch)
{
    public const int DefaultLargestBatch = 128 << 20;

    const int SearchWindow = 1 << 20;

    byte[] _batch = new byte[64 * 1024];
    long _position;

    /// <summary>The next offset due; null before the first batch and after damage that leaves it open.</summary>
    long? _dueOffset;

    public ScannedBatch Current { get; private set; }

    public bool MoveNext()
    {
        if (_position >= length) return false;
        Current = ReadAt(_position);
        _position += Current.SizeInBytes;
        return true;
    }

    ScannedBatch ReadAt(long position)
    {
        Span<byte> start = stackalloc byte[RecordBatchHeader.Size];
        var read = RandomAccess.Read(file, start, position);
        if (!RecordBatchHeader.TryRead(start[..read], out var header))
            return Unreadable(position, null, $"{length - position} bytes at the end are too few for a batch's header: a write that was cut off");
        if (HeaderDamage(header, position) is { } damage) return Unreadable(position, header, damage);
        var bytes = ReadBatch(header, position);
        var wrongOffset = _dueOffset is { } due && header.BaseOffset != due ? $"its base offset is {header.BaseOffset} where {due} is due" : null;
        _dueOffset = header.NextOffset;
        return new ScannedBatch(position, header.SizeInBytes, header, bytes, wrongOffset ?? BodyDamage(header, bytes.Span));
    }

    string? HeaderDamage(in RecordBatchHeader header, long position)
    {
        if (header.SizeInBytes < RecordBatchHeader.Size) return $"its length field is {header.BatchLength}, which is less than a header";
        if (header.Magic != 2) return $"its magic is {header.Magic} instead of 2";
        if (header.SizeInBytes > largestBatch) return $"its length field is {header.BatchLength}, which is more than any batch may have";
        if (header.SizeInBytes > length - position) return $"it has {header.SizeInBytes} bytes by its header, but only {length - position} are there: a write that was cut off, or a damaged length";
        return null;
    }

    static string? BodyDamage(in RecordBatchHeader header, ReadOnlySpan<byte> batch)
    {
        if (!RecordBatch.HasValidCrc(batch)) return $"its CRC is {header.Crc:x8}, but that of its bytes is {Crc32C.Compute(batch[RecordBatchHeader.CrcStart..]):x8}";
        if (header.Attributes.IsControl) return null;
        return RecordBatch.Validate(batch, RecordBatchReader.DefaultDecompressedLimit) is { Kind: not RecordFaultKind.UnsupportedCodec } fault ? $"its records are malformed: {fault}" : null;
    }

    ReadOnlyMemory<byte> ReadBatch(in RecordBatchHeader header, long position)
    {
        var size = (int)header.SizeInBytes;
        if (_batch.Length < size) _batch = new byte[Math.Max(size, _batch.Length * 2)];
        var memory = _batch.AsMemory(0, size);
        for (var done = 0; done < size;)
        {
            var read = RandomAccess.Read(file, memory.Span[done..], position + done);
            if (read == 0) throw new IOException("the file became shorter while it was read");
            done += read;
        }
        return memory;
    }

    ScannedBatch Unreadable(long position, RecordBatchHeader? header, string damage)
    {
        _dueOffset = null;
        return new ScannedBatch(position, FindNext(position + 1) - position, header, default, damage);
    }

    /// <summary>The first position from which a whole batch with a right CRC begins; the end of the file when there is none.</summary>
    long FindNext(long from)
    {
        var window = new byte[Math.Min(SearchWindow, length)];
        while (from + RecordBatchHeader.Size <= length)
        {
            var filled = RandomAccess.Read(file, window, from);
            if (filled < RecordBatchHeader.Size) break;
            var last = filled - RecordBatchHeader.Size;
            for (var at = 0; at <= last; at++)
                // The magic is one byte in a fixed place: it rules out nearly every position at once.
                if (window[at + 16] == 2 && IsSound(window.AsSpan(at), from + at)) return from + at;
            from += last + 1;
        }
        return length;
    }

    bool IsSound(ReadOnlySpan<byte> start, long position) =>
        RecordBatchHeader.TryRead(start, out var header) && header is { BaseOffset: >= 0, LastOffsetDelta: >= 0 } && HeaderDamage(header, position) is null
        && RecordBatch.HasValidCrc(ReadBatch(header, position).Span);
}
