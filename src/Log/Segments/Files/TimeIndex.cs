using System.Buffers.Binary;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>
/// Kafka's time index of one segment: entries of 12 bytes, the largest timestamp so far, and the last offset of the first batch that has it, less the
/// segment's base offset. A closed segment's last entry is its largest timestamp.
/// </summary>
sealed class TimeIndex(string path, long baseOffset) : IDisposable
{
    public const int EntrySize = 12;

    /// <summary>The timestamp of a segment without batches, as Kafka has it.</summary>
    public static readonly TimestampedOffset None = new(-1, -1);

    public EntryFile Entries { get; } = new(path, EntrySize);

    /// <summary>Adds an entry unless its timestamp is no larger than that of the last one.</summary>
    public void Add(TimestampedOffset largest)
    {
        if (largest.Timestamp <= Last.Timestamp) return;
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt64BigEndian(entry, largest.Timestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], (int)(largest.Offset - baseOffset));
        Entries.Add(entry);
    }

    public TimestampedOffset Last
    {
        get
        {
            var count = Entries.Count;
            return count == 0 ? None : Entry(count - 1);
        }
    }

    /// <summary>Where to begin to look for a timestamp: every record below this offset is older.</summary>
    public long OffsetFor(long timestamp)
    {
        int low = 0, high = Entries.Count;
        var offset = baseOffset;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var entry = Entry(middle);
            if (entry.Timestamp < timestamp) (low, offset) = (middle + 1, entry.Offset);
            else high = middle;
        }
        return offset;
    }

    /// <summary>The last entry whose batch lies wholly below an offset; <see cref="None"/> when there is none.</summary>
    public TimestampedOffset LastBelow(long upToOffset)
    {
        int low = 0, high = Entries.Count;
        var last = None;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var entry = Entry(middle);
            if (entry.Offset < upToOffset) (low, last) = (middle + 1, entry);
            else high = middle;
        }
        return last;
    }

    TimestampedOffset Entry(int index)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        Entries.Read(index, entry);
        return Decode(entry);
    }

    TimestampedOffset Decode(ReadOnlySpan<byte> entry) =>
        new(baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[8..]), BinaryPrimitives.ReadInt64BigEndian(entry));

    /// <summary>After a crash: drops the entries at or after an offset, and everything from the first entry on that is not larger than the one before.</summary>
    public void KeepBelow(long offset)
    {
        var last = None with { Offset = baseOffset - 1 };
        var all = Entries.ReadWritten();
        var count = 0;
        for (; count * EntrySize < all.Length; count++)
        {
            var entry = Decode(all.AsSpan(count * EntrySize));
            if (entry.Timestamp <= last.Timestamp || entry.Offset < last.Offset || entry.Offset < baseOffset || entry.Offset >= offset) break;
            last = entry;
        }
        Entries.HoldAt(count);
    }

    public void Force(IForce force) => Entries.Force(force);
    public void Dispose() => Entries.Dispose();
}
