using System.Buffers;
using Semel.Log.Batches;
using Semel.Log.Segments.Device;
using Semel.Protocol.Records;

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
    readonly SegmentPrint? _noted;
    VerifiedRanges? _verified;
    SoundRun[]? _runs;
    uint? _head;
    Extent _published, _forced;
    int _trustedFrom, _bytesSinceEntry;
    volatile bool _isHeadUnchecked;
    bool _sealed, _indexesForced, _gone, _isAsNoted;

    Segment(OpenFiles files, string folder, long baseOffset, int generation, SegmentPrint? noted = null)
    {
        (BaseOffset, Generation, _openFiles, _noted, _head) = (baseOffset, generation, files, noted, noted?.Head);
        _isHeadUnchecked = noted is not null;
        _file = new SegmentFile(files, folder, baseOffset, generation, SegmentName.LogSuffix);
        _offsets = new OffsetIndex(new SegmentFile(files, folder, baseOffset, generation, SegmentName.OffsetIndexSuffix), baseOffset);
        _times = new TimeIndex(new SegmentFile(files, folder, baseOffset, generation, SegmentName.TimeIndexSuffix), baseOffset);
    }

    /// <summary>A new empty segment; the folder still has to be forced.</summary>
    /// <param name="generation">Of the replacement that makes it; 0 for what is appended.</param>
    public static Segment Create(OpenFiles files, string folder, long baseOffset, DateTimeOffset now, int generation = 0)
    {
        var segment = new Segment(files, folder, baseOffset, generation) { Began = now };
        segment._file.Create();
        // What a crash left under this name belongs to a segment that never was.
        File.Delete(segment._offsets.Entries.Path);
        File.Delete(segment._times.Entries.Path);
        segment._published = segment._forced = new Extent(0, baseOffset, TimeIndex.None);
        return segment;
    }

    /// <summary>An existing segment, not yet looked into.</summary>
    /// <param name="known">What is known to be forced of it.</param>
    /// <param name="noted">What the recovery points say of its file; null when they say nothing.</param>
    /// <param name="isSettled">Nothing was added to it since then.</param>
    public static Segment Existing(OpenFiles files, string folder, SegmentName name, Extent known, bool isSealed, SegmentPrint? noted = null, bool isSettled = false)
    {
        var segment = new Segment(files, folder, name.BaseOffset, name.Generation, noted) { _isAsNoted = isSettled, _trustedFrom = known.Length, _published = known, _forced = known, _sealed = isSealed, _indexesForced = true };
        segment.Began = File.GetCreationTimeUtc(segment.FilePath);
        segment.HasIndexFiles = segment._offsets.Entries.TryLoad() & segment._times.Entries.TryLoad();
        // Without an entry all of it counts towards the first one, however often it was closed meanwhile.
        if (segment._offsets.Entries.Count == 0) segment._bytesSinceEntry = known.Length;
        return segment;
    }

    public long BaseOffset { get; }

    /// <summary>Which replacement of parts made it; 0 when it was appended to.</summary>
    public int Generation { get; }

    public SegmentName Name => new(BaseOffset, Generation);

    /// <summary>How its batches follow each other.</summary>
    public OffsetOrder Order => Generation == 0 ? OffsetOrder.Continuous : OffsetOrder.Rising;
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

    /// <summary>Its range ends there, although its last batch may end before.</summary>
    public void EndAt(long offset)
    {
        lock (_gate) _published = _published with { EndOffset = offset };
    }

    /// <summary>Bytes that it must have by what the recovery points or the list of parts say; null when they say nothing.</summary>
    public int? NotedLength => _noted is { Length: not SegmentPrint.UnknownLength } noted ? noted.Length : null;

    /// <summary>What can be read of it, when not all of it can; null when nothing is known to be damaged.</summary>
    public SoundRun[]? Runs => Volatile.Read(ref _runs);

    /// <summary>It was found to be damaged: reads keep to what is sound.</summary>
    /// <param name="end">Of what is there, sound or not.</param>
    public void KeepTo(SoundRun[] runs, Extent end)
    {
        lock (_gate)
        {
            // What is added from now on is sound.
            if (!_sealed && (runs.Length == 0 || runs[^1].EndPosition != end.Length)) runs = [.. runs, SoundRun.Open(end.Length, end.EndOffset)];
            else if (!_sealed) runs = [.. runs[..^1], SoundRun.Open(runs[^1].Position, runs[^1].StartOffset)];
            if (_published.Length <= end.Length) _published = end;
            _isHeadUnchecked = false;
            Volatile.Write(ref _runs, runs);
        }
    }

    /// <summary>What is forced of it, for the recovery points; of a file that has changed since, what it was.</summary>
    public SegmentPrint Print
    {
        get
        {
            lock (_gate)
            {
                if (_isAsNoted && _noted is { } noted) return noted with { Head = _head };
                return new SegmentPrint(BaseOffset, _sealed && _runs is not null ? SegmentPrint.UnknownLength : _forced.Length, _forced.EndOffset, _forced.Length > 0 ? _head : null);
            }
        }
    }

    /// <summary>The first batch was found sound, or is being written.</summary>
    public void LearnHead(ReadOnlySpan<byte> batch) => _head = HeadOf(batch);

    static uint HeadOf(ReadOnlySpan<byte> batch) => Crc32C.Compute(batch[..RecordBatchHeader.Size]);

    /// <summary>Asks the file whether it begins with the batch that the recovery points know of it.</summary>
    /// <exception cref="LogDamagedException">It does not.</exception>
    /// <exception cref="ReadFailedException">That cannot be read.</exception>
    public void EnsureOwn()
    {
        if (!_isHeadUnchecked) return;
        Span<byte> head = stackalloc byte[RecordBatchHeader.Size];
        if (_noted!.Value.Length >= head.Length)
        {
            if (FileLength < head.Length) throw DamagedAt((int)FileLength, "it has no whole batch");
            _file.Read(head, 0);
            if (_head is { } expected && HeadOf(head) != expected)
                throw new LogDamagedException($"{FilePath} does not begin, at position 0, with the batch that was forced there: it is damaged, or another file lies in its place. Restore it from a copy");
            _head ??= HeadOf(head);
        }
        _isHeadUnchecked = false;
    }

    /// <summary>Whether it begins with a sound batch that is not the one that was written there.</summary>
    public bool IsOfAnotherLog()
    {
        if (!_isHeadUnchecked || _head is not { } expected) return false;
        var length = FileLength;
        Span<byte> head = stackalloc byte[RecordBatchHeader.Size];
        if (!RecordBatchHeader.TryRead(head[..ReadWhatCanBe(head, 0, length)], out var header) || HeadOf(head) == expected || BatchFault.OfHeader(header, length) is not null) return false;
        var batch = new byte[header.SizeInBytes];
        ReadWhatCanBe(batch, 0, length);
        return BatchFault.OfBody(batch) is null;
    }

    /// <summary>Bytes of the file, which may be more than is published or less.</summary>
    public long FileLength => _file.Length;

    /// <summary>Up to which position the bytes from one on were found sound, or were written, by this process; the position itself when nobody has looked there.</summary>
    public int VerifiedFrom(int position)
    {
        var trusted = Volatile.Read(ref _trustedFrom);
        if (position >= trusted) return int.MaxValue;
        var end = Volatile.Read(ref _verified)?.EndFrom(position) ?? position;
        return end >= trusted ? int.MaxValue : end;
    }

    public void MarkVerified(int from, int to)
    {
        if (Volatile.Read(ref _verified) is null) Interlocked.CompareExchange(ref _verified, new VerifiedRanges(), null);
        _verified!.Add(from, to);
    }

    /// <summary>Reads a batch that nobody has looked at in this process, and its checksum.</summary>
    /// <exception cref="LogDamagedException">It is not sound.</exception>
    public void Verify(int position, int next)
    {
        if (VerifiedFrom(position) >= next) return;
        var rented = ArrayPool<byte>.Shared.Rent(next - position);
        try
        {
            var batch = rented.AsSpan(0, next - position);
            Read(batch, position);
            if (BatchFault.OfBody(batch) is { } fault) throw DamagedAt(position, fault);
            MarkVerified(position, next);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public LogDamagedException DamagedAt(int position, string fault) => new($"{FilePath} is damaged at position {position}: {fault}");

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
        if (position == 0) LearnHead(batches[0].Span);
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
    public void Publish(in RecordBatchHeader header, int indexInterval)
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

    /// <summary>Reads bytes that the file must have.</summary>
    /// <exception cref="ReadFailedException">The device does not give them.</exception>
    /// <exception cref="LogDamagedException">It is another file than the recovery points know.</exception>
    public void Read(Span<byte> bytes, long position)
    {
        EnsureOwn();
        _file.Read(bytes, position);
    }

    /// <summary>The same up to a length of the file, with zeros in place of what cannot be read: to look for what is whole behind such a place.</summary>
    /// <returns>How many bytes lie before that length.</returns>
    public int ReadWhatCanBe(Span<byte> bytes, long position, long length) => _file.ReadWhatCanBe(bytes, position, length);

    /// <summary>Ends it: nothing is added any more, and its last time index entry is its largest timestamp.</summary>
    public void Seal()
    {
        CompleteIndexes();
        lock (_gate) (_sealed, _indexesForced) = (true, false);
    }

    /// <summary>The log is about to be closed: writes the indexes, to be forced later. What cannot be written is made again by the next opening.</summary>
    public void TryWriteIndexes()
    {
        try
        {
            if (!_sealed && _published.Length > 0) CompleteIndexes();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Told when they are settled.
        }
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

    /// <summary>
    /// Recovery, after forcing had failed: what is published from a position on is written once more as it is there. The operating system may have taken its pages for written although they were not,
    /// and would force nothing of them otherwise.
    /// </summary>
    public void WriteAgain(int position)
    {
        var length = Published.Length;
        var rented = ArrayPool<byte>.Shared.Rent(LargestCopy);
        try
        {
            while (position < length)
            {
                var part = rented.AsSpan(0, Math.Min(LargestCopy, length - position));
                Read(part, position);
                _file.Write(part, position);
                position += part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
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
        _trustedFrom = position;
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
