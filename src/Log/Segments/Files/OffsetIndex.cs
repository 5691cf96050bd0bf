using System.Buffers.Binary;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>
/// Kafka's sparse offset index of one segment: entries of 8 bytes, the last offset of a batch less the segment's base offset, and the batch's position.
/// It is a hint: <see cref="IndexHints"/> checks the batch that an entry names.
/// </summary>
sealed class OffsetIndex(SegmentFile file, long baseOffset) : IDisposable
{
    public const int EntrySize = 8;

    public EntryFile Entries { get; } = new(file, EntrySize);

    public void Add(long lastOffset, int position)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt32BigEndian(entry, (int)(lastOffset - baseOffset));
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], position);
        Entries.Add(entry);
    }

    /// <summary>The last entry whose batch ends at or before an offset; <see cref="Begin"/> when there is none.</summary>
    public (long LastOffset, int Position) LastUpTo(long offset)
    {
        int low = 0, high = Entries.Count;
        var last = Begin;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Entry(middle) is { } entry && entry.LastOffset <= offset) (low, last) = (middle + 1, entry);
            else high = middle;
        }
        return last;
    }

    (long LastOffset, int Position) Begin => (baseOffset - 1, 0);

    (long LastOffset, int Position)? Entry(int index)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        return Entries.TryRead(index, entry) ? Decode(entry) : null;
    }

    (long LastOffset, int Position) Decode(ReadOnlySpan<byte> entry) =>
        (baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry), BinaryPrimitives.ReadInt32BigEndian(entry[4..]));

    /// <summary>After a crash: drops the entries at or after a position, and everything from the first entry on that is not larger than the one before, as garbage is not.</summary>
    /// <returns>The position of the last entry left; 0 when none is.</returns>
    public int KeepBelow(int position)
    {
        var (lastOffset, lastPosition) = (baseOffset - 1, -1);
        var all = Entries.ReadWritten();
        var count = 0;
        for (; count * EntrySize < all.Length; count++)
        {
            var (offset, at) = Decode(all[(count * EntrySize)..]);
            if (offset <= lastOffset || at <= lastPosition || at >= position) break;
            (lastOffset, lastPosition) = (offset, at);
        }
        Entries.HoldAt(count);
        return Math.Max(0, lastPosition);
    }

    public void Force(IForce force) => Entries.Force(force);
    public void Dispose() => Entries.Dispose();
}
