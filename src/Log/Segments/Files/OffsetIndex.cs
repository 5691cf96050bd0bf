using System.Buffers.Binary;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>
/// Kafka's sparse offset index of one segment: entries of 8 bytes, the last offset of a batch less the segment's base offset, and the batch's position.
/// It is a hint to begin at: whoever uses it checks the batch it finds there.
/// </summary>
sealed class OffsetIndex(string path, long baseOffset) : IDisposable
{
    public const int EntrySize = 8;

    public EntryFile Entries { get; } = new(path, EntrySize);

    public void Add(long lastOffset, int position)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt32BigEndian(entry, (int)(lastOffset - baseOffset));
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], position);
        Entries.Add(entry);
    }

    /// <summary>Where to begin to look for an offset: no batch before this position holds it.</summary>
    public int PositionFor(long offset)
    {
        int low = 0, high = Entries.Count;
        var position = 0;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var (lastOffset, at) = Entry(middle);
            if (lastOffset <= offset) (low, position) = (middle + 1, at);
            else high = middle;
        }
        return position;
    }

    (long LastOffset, int Position) Entry(int index)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        Entries.Read(index, entry);
        return Decode(entry);
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
            var (offset, at) = Decode(all.AsSpan(count * EntrySize));
            if (offset <= lastOffset || at <= lastPosition || at >= position) break;
            (lastOffset, lastPosition) = (offset, at);
        }
        Entries.HoldAt(count);
        return Math.Max(0, lastPosition);
    }

    public void Force(IForce force) => Entries.Force(force);
    public void Dispose() => Entries.Dispose();
}
