using System.Buffers;
using Semel.Log.Batches;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>
/// One file of batches with its two sparse indexes, in Kafka's format byte for byte.
/// <para>
/// Made empty, or opened with the length and end that are known of it. The log's writer adds at the end while it is the last one; then it is sealed
/// and never changes. Readers see what was published: a batch is written first and its bytes are counted afterwards, so no reader meets half of one.
/// Any thread may force it. It ends by being closed, or by being removed, when readers under way get an <see cref="ObjectDisposedException"/>.
/// </para>
/// </summary>
sealed class Segment : IDisposable
{
    /// <summary>How many offsets it may hold: its indexes count them from its base offset in 31 bits. A single batch never has more.</summary>
    public const int MostOffsets = int.MaxValue;

    /// <summary>Up to here small batches are copied together into one write; larger ones are gathered where they lie.</summary>
    const int LargestCopy = 256 << 10;

    /// <summary>What lies below the end of what is published, or forced, all of one moment.</summary>
    public readonly record struct Extent(int Length, long EndOffset, TimestampedOffset Largest);

    readonly Lock _gate = new(), _forcing = new();
    readonly OffsetIndex _offsets;
    readonly TimeIndex _times;
    readonly SegmentFile _file;
    readonly OpenFiles _openFiles;
    Extent _published, _forced;
    int _bytesSinceEntry;
    bool _sealed, _indexesForced, _gone;

    Segment(OpenFiles files, string folder, long baseOffset)
    {
        (BaseOffset, _openFiles) = (baseOffset, files);
        _file = new SegmentFile(files, folder, baseOffset, SegmentName.LogSuffix);
        _offsets = new OffsetIndex(new SegmentFile(files, folder, baseOffset, SegmentName.OffsetIndexSuffix), baseOffset);
        _times = new TimeIndex(new SegmentFile(files, folder, baseOffset, SegmentName.TimeIndexSuffix), baseOffset);
    }

    /// <summary>A new empty segment; the folder still has to be forced.</summary>
    public static Segment Create(OpenFiles files, string folder, long baseOffset, DateTimeOffset now)
    {
        var segment = new Segment(files, folder, baseOffset) { Began = now };
        segment._file.Create();
        // What a crash left under this name belongs to a segment that never was.
        File.Delete(segment._offsets.Entries.Path);
        File.Delete(segment._times.Entries.Path);
        segment._published = segment._forced = new Extent(0, baseOffset, TimeIndex.None);
        return segment;
    }

    /// <summary>An existing segment, not yet looked into.</summary>
    /// <param name="known">What is known to be forced of it.</param>
    public static Segment Existing(OpenFiles files, string folder, long baseOffset, Extent known, bool isSealed)
    {
        var segment = new Segment(files, folder, baseOffset) { _published = known, _forced = known, _sealed = isSealed, _indexesForced = true };
        segment.Began = File.GetCreationTimeUtc(segment.FilePath);
        segment.HasIndexFiles = segment._offsets.Entries.TryLoad() & segment._times.Entries.TryLoad();
        // Without an entry all of it counts towards the first one, however often it was closed meanwhile.
        if (segment._offsets.Entries.Count == 0) segment._bytesSinceEntry = known.Length;
        return segment;
    }

    public long BaseOffset { get; }
    public string FilePath => _file.Path;

    /// <summary>When it was begun: what its age is counted from.</summary>
    public DateTimeOffset Began { get; private set; }

    public void BeginAt(DateTimeOffset now) => Began = now;

    /// <summary>Whether both index files were there when it was opened, of sizes that they can have.</summary>
    public bool HasIndexFiles { get; private set; }

    public OffsetIndex Offsets => _offsets;
    public TimeIndex Times => _times;

    public Extent Published
    {
        get
        {
            lock (_gate) return _published;
        }
    }

    public Extent Forced
    {
        get
        {
            lock (_gate) return _forced;
        }
    }

    public bool IsSealed
    {
        get
        {
            lock (_gate) return _sealed;
        }
    }

    /// <summary>The largest timestamp of a sealed segment was found out.</summary>
    public Extent Learn(TimestampedOffset largest)
    {
        lock (_gate) return _published = _published with { Largest = largest };
    }

    /// <summary>Sealed, and all of it forced with its indexes: recovery needs not look at it.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_gate) return _gone || (_sealed && _indexesForced && _forced.Length == _published.Length);
        }
    }

    /// <summary>Writes batches at the end without publishing them. When it throws, any part of them may be in the file.</summary>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> batches, int size)
    {
        var position = _published.Length;
        if (batches.Count == 1) _file.Write(batches[0].Span, position);
        else if (size > LargestCopy) _file.Write(batches, position);
        else WriteCopied(batches, size, position);
    }

    void WriteCopied(IReadOnlyList<ReadOnlyMemory<byte>> batches, int size, int position)
    {
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var at = 0;
            for (var batch = 0; batch < batches.Count; batch++)
            {
                batches[batch].Span.CopyTo(rented.AsSpan(at));
                at += batches[batch].Length;
            }
            _file.Write(rented.AsSpan(0, at), position);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Makes a written batch visible to readers and notes it in the indexes.</summary>
    public void Publish(in Semel.Protocol.Records.RecordBatchHeader header, int indexInterval)
    {
        var (position, largest) = (_published.Length, _published.Largest);
        largest = TimeIndex.With(largest, header);
        if (_bytesSinceEntry > indexInterval)
        {
            _offsets.Add(header.LastOffset, position);
            _times.Add(largest);
            _bytesSinceEntry = 0;
        }
        _bytesSinceEntry += (int)header.SizeInBytes;
        lock (_gate) _published = new Extent(position + (int)header.SizeInBytes, header.NextOffset, largest);
    }

    /// <returns>How many bytes were read; fewer than asked at the end of the file.</returns>
    public int Read(Span<byte> bytes, long position)
    {
        var read = 0;
        while (read < bytes.Length)
        {
            var count = _file.Read(bytes[read..], position + read);
            if (count == 0) break;
            read += count;
        }
        return read;
    }

    /// <summary>Ends it: nothing is added any more, and its last time index entry is its largest timestamp.</summary>
    public void Seal()
    {
        CompleteIndexes();
        lock (_gate) (_sealed, _indexesForced) = (true, false);
    }

    /// <summary>The log is closed: makes sure that the indexes are complete and durable.</summary>
    /// <returns>False when they could not be written, as on a full device; the next opening makes them again.</returns>
    public bool TrySettleIndexes(IForce force)
    {
        try
        {
            if (_published.Length == 0) return true;
            if (!_sealed) CompleteIndexes();
            ForceIndexes(force);
            return true;
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException || (failure is IOException and not ForceFailedException))
        {
            return false;
        }
    }

    /// <summary>Completes the index files for what is published, so that nobody has to make them again.</summary>
    void CompleteIndexes()
    {
        _times.Add(_published.Largest);
        _times.Entries.Flush();
        _offsets.Entries.Flush();
    }

    /// <summary>Forces what is published, and the indexes of a sealed segment.</summary>
    public void Force(IForce force)
    {
        lock (_forcing)
        {
            Extent extent;
            bool isSealed;
            lock (_gate)
            {
                if (_gone) return;
                (extent, isSealed) = (_published, _sealed);
            }
            try
            {
                _file.Force(force);
                if (isSealed && !_indexesForced) ForceIndexes(force);
            }
            catch (ObjectDisposedException) when (_gone)
            {
                return;
            }
            lock (_gate) _forced = extent;
        }
    }

    /// <summary>Recovery: all that is published is known to be forced.</summary>
    public void NoteForced() => _file.NoteForced();

    void ForceIndexes(IForce force)
    {
        _offsets.Force(force);
        _times.Force(force);
        lock (_gate) _indexesForced = true;
    }

    /// <summary>Recovery: cuts the file at the end of what is published, and forces that. It becomes the last segment.</summary>
    public void CutOff(IForce force)
    {
        _file.SetLength(_published.Length);
        _file.Force(force);
        lock (_gate) (_sealed, _forced) = (false, _published);
    }

    /// <summary>Recovery is done: the indexes it made may be written.</summary>
    public void ReleaseIndexes()
    {
        _offsets.Entries.Release();
        if (_times.Entries.Release() && _sealed) _times.Add(_published.Largest);
    }

    /// <summary>Recovery, before anything is written: forgets the index entries that may be wrong, and what follows the last one left.</summary>
    /// <param name="below">The position up to which entries can be trusted if they are in order.</param>
    /// <returns>Where to begin to scan: at the batch of the last entry left.</returns>
    public int KeepIndexesBelow(int below)
    {
        var position = _offsets.KeepBelow(below);
        _indexesForced = false;
        return position;
    }

    /// <summary>Recovery, before anything is written: forgets all index entries, and publishing starts again at the first batch. All of it stays as forced as it was.</summary>
    public void DropIndexes()
    {
        _offsets.KeepBelow(0);
        RestartAt(0, BaseOffset, TimeIndex.None);
    }

    /// <summary>Recovery: publishing starts again at this place. The bytes below it are forced, those above may not be.</summary>
    public void RestartAt(int position, long offset, TimestampedOffset largest)
    {
        _times.KeepBelow(offset);
        _file.NoteUnforced();
        _bytesSinceEntry = 0;
        lock (_gate) _published = new Extent(position, offset, largest);
    }

    /// <summary>It was opened and is not needed at the moment.</summary>
    public void Rest()
    {
        _openFiles.Rest(_file);
        _offsets.Entries.Rest(_openFiles);
        _times.Entries.Rest(_openFiles);
    }

    /// <summary>Closes its files. Reads under way end first; later ones are refused.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _gone = true;
        }
        _file.Dispose();
        _offsets.Dispose();
        _times.Dispose();
    }

    /// <summary>Removes its files; the folder still has to be forced.</summary>
    public void Remove()
    {
        Dispose();
        File.Delete(FilePath);
        File.Delete(_offsets.Entries.Path);
        File.Delete(_times.Entries.Path);
    }
}
