using System.Buffers.Binary;
using Semel.Log.Segments.Device;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Files;

/// <summary>
/// Kafka's time index of one segment: entries of 12 bytes, the largest timestamp so far, and the last offset of the first batch that has it, less the
/// segment's base offset. A closed segment's last entry is its largest timestamp.
/// It is a hint: <see cref="IndexHints"/> checks the batch that an entry names.
/// </summary>
sealed class TimeIndex(SegmentFile file, long baseOffset) : IDisposable
{
    public const int EntrySize = 12;

    /// <summary>The timestamp of a segment without batches, as Kafka has it.</summary>
    public static readonly TimestampedOffset None = new(-1, -1);

    public EntryFile Entries { get; } = new(file, EntrySize);

    /// <summary>The largest timestamp after one more batch. That of a batch which compaction has emptied is no record's any more.</summary>
    public static TimestampedOffset With(TimestampedOffset largest, in RecordBatchHeader header) =>
        header.MaxTimestamp > largest.Timestamp && header.RecordCount > 0 ? new TimestampedOffset(header.LastOffset, header.MaxTimestamp) : largest;

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
            return count == 0 ? None : Entry(count - 1) ?? None;
        }
    }

    /// <summary>The last entry before a timestamp: every record up to its offset is older. <see cref="None"/> when there is none.</summary>
    public TimestampedOffset LastOlderThan(long timestamp) => LastThat(entry => entry.Timestamp < timestamp);

    /// <summary>The last entry whose batch lies wholly below an offset; <see cref="None"/> when there is none.</summary>
    public TimestampedOffset LastBelow(long upToOffset) => LastThat(entry => entry.Offset < upToOffset);

    TimestampedOffset LastThat(Func<TimestampedOffset, bool> isBefore)
    {
        int low = 0, high = Entries.Count;
        var last = None;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Entry(middle) is { } entry && isBefore(entry)) (low, last) = (middle + 1, entry);
            else high = middle;
        }
        return last;
    }

    TimestampedOffset? Entry(int index)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        return Entries.TryRead(index, entry) ? Decode(entry) : null;
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
            var entry = Decode(all[(count * EntrySize)..]);
            if (entry.Timestamp <= last.Timestamp || entry.Offset < last.Offset || entry.Offset < baseOffset || entry.Offset >= offset) break;
            last = entry;
        }
        Entries.HoldAt(count);
    }

    public void Force(IForce force) => Entries.Force(force);
    public void Dispose() => Entries.Dispose();
}
