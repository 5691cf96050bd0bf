using Semel.Log.Batches;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Recovery;
using Semel.Protocol.Records;

namespace Semel.Log.Segments;

/// <summary>
/// A log in a folder of segment files.
/// <para>
/// It is opened by <see cref="LogOpening"/>, then its one writer appends: the batches go into the last segment, from where readers may have them at once, and to the
/// committer, which makes them durable together with those of other logs. An error while writing ends the writer, because nobody knows what is in the file then; the
/// rest goes on until the log is closed. Closing forces everything and notes that it was closed in order, so that opening it again needs no scan.
/// </para>
/// </summary>
sealed class SegmentLog : ILog
{
    readonly SegmentLogStore _store;
    readonly SegmentStoreOptions _storeOptions;
    readonly LogOptions _options;
    readonly string _folder;
    readonly SnapshotFiles _snapshots;
    readonly LogHoles _holes;
    readonly SegmentPrint[] _missing;
    readonly LogReader _reader = new();
    PendingAppend? _pending;
    readonly Lock _closing = new(), _inspecting = new(), _listing = new();
    readonly PartsFile? _partsWhenOpened;
    PartReplacements? _replacements;
    readonly byte[] _folderPath;
    readonly FolderStamp _folderStamp;
    long _seenGeneration;
    LogDescriptor _descriptor;
    SegmentList _segments;
    LogPoint _durablePoint;
    KnownLog? _known;
    SegmentList? _knownOf;
    long _startOffset, _endOffset, _durableEnd;
    volatile Exception? _failure;
    volatile bool _isDoubted;
    bool _isClosed;

    internal SegmentLog(SegmentLogStore store, string folder, LogOptions options, SegmentStoreOptions storeOptions, OpenedLog opened)
    {
        (_store, _folder, _options, _storeOptions) = (store, folder, options, storeOptions);
        (_descriptor, _segments, _snapshots, Recovery, _durablePoint) = (opened.Descriptor, opened.Segments, opened.Snapshots, opened.Recovery, opened.Durable);
        _holes = new LogHoles(_descriptor.Name, opened.Gaps);
        _missing = opened.Missing;
        _partsWhenOpened = opened.Parts;
        _startOffset = _descriptor.StartOffset;
        _endOffset = _durableEnd = _segments.Last.Published.EndOffset;
        _folderPath = FolderStamp.PathOf(folder);
        _folderStamp = FolderStamp.Of(_folderPath) ?? default;
    }

    public string Name => _descriptor.Name;
    public ulong Identity => _descriptor.Identity;
    public int WriterEpoch => _descriptor.WriterEpoch;
    public LogRecovery Recovery { get; }
    public IReadOnlyList<LogHole> Holes => _holes.All;

    /// <summary>The start is read first: both only grow, so it is never above the end.</summary>
    public LogBounds Bounds => new(Volatile.Read(ref _startOffset), Volatile.Read(ref _endOffset));

    /// <summary>
    /// How far the log is forced at the moment, and what is forced of each segment. Null once it is being closed: its segments are gone then, of which one cannot be told that still had to be
    /// forced, and closing says itself what it leaves. Asked by one thread at a time.
    /// </summary>
    public KnownLog? Known
    {
        get
        {
            var known = KnownNow();
            return Volatile.Read(ref _isClosed) ? null : known;
        }
    }

    KnownLog KnownNow()
    {
        var (segments, at) = (Volatile.Read(ref _segments), 0);
        while (at + 1 < segments.Count && segments[at].IsSettled) at++;
        var forced = segments[at].Forced;
        var recovery = new LogPoint(forced.EndOffset, segments[at].BaseOffset, forced.Length);
        var marks = new LogMarks(false, recovery, forced.Largest, recovery.Offset > _durablePoint.Offset ? recovery : _durablePoint);
        // Most logs have not changed since they were asked last.
        if (_known is { } known && known.Marks == marks && _knownOf == segments && Array.TrueForAll(known.Segments, static print => print.Head is not null || print.Length == 0)) return known;
        (_known, _knownOf) = (new KnownLog(Name, marks, Prints(segments, at + 1)), segments);
        return _known;
    }

    SegmentPrint[] Prints(SegmentList segments, int count)
    {
        var prints = new SegmentPrint[count];
        for (var at = 0; at < count; at++) prints[at] = segments[at].Print;
        return _missing.Length == 0 ? prints : [.. prints.Concat(_missing.Where(print => print.EndOffset > Volatile.Read(ref _startOffset))).OrderBy(print => print.BaseOffset)];
    }

    /// <summary>Segments that are sealed but not forced with their indexes.</summary>
    internal IEnumerable<Segment> Unsettled => Volatile.Read(ref _segments).Sealed.Where(segment => !segment.IsSettled);

    public ValueTask<AppendOutcome> AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (WhyEnded() is { } ended) return ValueTask.FromException<AppendOutcome>(ended);
        if (expectedEndOffset != _endOffset) return new(new AppendOutcome(AppendStatus.Conflict, _endOffset, Rolled: false));
        var run = BatchRun.Measure(batches, expectedEndOffset);
        if (run.SizeInBytes == 0) return new(new AppendOutcome(AppendStatus.Appended, _endOffset, Rolled: false));
        if (run.SizeInBytes > int.MaxValue) throw new ArgumentException($"an append of {run.SizeInBytes} bytes is larger than a segment can be", nameof(batches));
        try
        {
            return Append(batches, run);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return ValueTask.FromException<AppendOutcome>(Fail(failure));
        }
    }

    /// <summary>
    /// Batches of more offsets than a segment holds are written in pieces, each into a segment of its own. They go to the committer together and when all of them are written,
    /// so nothing of an append that has failed is still being read. All of them are durable before it is done; a crash before that may leave the first of them.
    /// </summary>
    ValueTask<AppendOutcome> Append(IReadOnlyList<ReadOnlyMemory<byte>> batches, BatchRun run)
    {
        _store.BeginRun();
        var rolled = false;
        List<PendingAppend>? earlier = null;
        while (run.EndOffset - _endOffset > Segment.MostOffsets && batches.Count > 1)
        {
            var count = BatchRun.CountWithin(batches, Segment.MostOffsets);
            IReadOnlyList<ReadOnlyMemory<byte>> piece = [.. batches.Take(count)];
            var pending = new PendingAppend(this);
            Write(pending, piece, BatchRun.Measure(piece, _endOffset), ref rolled);
            (earlier ??= []).Add(pending);
            batches = [.. batches.Skip(count)];
            run = BatchRun.Measure(batches, _endOffset);
        }
        // Most logs of a broker with very many are not written to.
        var last = _pending ??= new PendingAppend(this);
        var appended = Write(last, batches, run, ref rolled);
        if (_storeOptions.Flush == FlushMode.Disk) _store.Commit(last, earlier);
        else
        {
            _store.RefuseIfGone(this);
            Committed(run.EndOffset);
        }
        return appended;
    }

    ValueTask<AppendOutcome> Write(PendingAppend pending, IReadOnlyList<ReadOnlyMemory<byte>> batches, in BatchRun run, ref bool rolled)
    {
        rolled |= RollIfDue(run);
        var segment = _segments.Last;
        var position = segment.Published.Length;
        _storeOptions.Points.Reached("log.before-write");
        segment.Write(batches, (int)run.SizeInBytes);
        _storeOptions.Points.Reached("log.after-write");
        for (var at = 0; at < batches.Count; at++)
        {
            RecordBatchHeader.TryRead(batches[at].Span, out var header);
            segment.Publish(header, _options.IndexIntervalBytes);
        }
        Volatile.Write(ref _endOffset, run.EndOffset);
        var outcome = new AppendOutcome(AppendStatus.Appended, run.EndOffset, rolled);
        return _storeOptions.Flush == FlushMode.Disk ? pending.Begin(segment, position, batches, (int)run.SizeInBytes, outcome) : new(outcome);
    }

    /// <summary>The log is durable, by its policy, up to this offset.</summary>
    internal void Committed(long endOffset) => Volatile.Write(ref _durableEnd, endOffset);

    /// <summary>An append was not made durable: this log takes no more, whatever becomes of others.</summary>
    internal void Ended(Exception failure) => _failure ??= failure;

    /// <summary>Forcing failed somewhere: nothing that is forced from here on proves that it is on the device.</summary>
    internal void EndedInDoubt(Exception failure)
    {
        _isDoubted = true;
        Ended(failure);
    }

    internal bool HasEnded => _failure is not null;

    /// <summary>Sees that the log's folder is still there, if anything came or went beside it since that was seen last.</summary>
    /// <returns>Why the log ends; null when all is well.</returns>
    internal LogStoreException? WhyGone(long generation)
    {
        if (generation == _seenGeneration) return null;
        if (FolderStamp.Of(_folderPath) is not { } now || now.Identity != _folderStamp.Identity)
            return new LogStoreException($"the folder {_folder} of the log was removed, replaced or moved away while it was in use: put it back");
        _seenGeneration = generation;
        return null;
    }

    LogFailedException Fail(Exception failure)
    {
        _failure ??= failure;
        return new LogFailedException($"writing to the log {Name} failed: {failure.Message}", failure);
    }

    bool RollIfDue(in BatchRun run)
    {
        var segment = _segments.Last;
        var length = segment.Published.Length;
        if (length == 0)
        {
            // Its age counts from its first batch.
            segment.BeginAt(_storeOptions.Time.GetUtcNow());
            return false;
        }
        var isDue = length + run.SizeInBytes > _options.SegmentBytes
            || run.EndOffset - segment.BaseOffset > Segment.MostOffsets
            // Nothing is added to a file that has a bad place.
            || segment.Runs is not null
            || _storeOptions.Time.GetUtcNow() - segment.Began >= _options.SegmentAge;
        if (isDue) Roll();
        return isDue;
    }

    /// <summary>
    /// Begins a new segment. The old one is forced in the background: until then its bytes are in the journal, whose files are not used again before.
    /// </summary>
    void Roll()
    {
        var points = _storeOptions.Points;
        points.Reached("index.write");
        var old = _segments.Last;
        old.Seal();
        points.Reached("log.roll.before-create");
        var segment = Segment.Create(_storeOptions.Files, _folder, _endOffset, _storeOptions.Time.GetUtcNow());
        points.Reached("log.roll.after-create");
        _storeOptions.Force.Directory(_folder);
        points.Reached("log.roll.after-dirsync");
        lock (_listing) Volatile.Write(ref _segments, _segments.With(segment));
        _store.Settle(old);
    }

    public LogRead Read(long fromOffset, long upToOffset, int maxBytes)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var bounds = Bounds;
        if (fromOffset < bounds.StartOffset || fromOffset > bounds.EndOffset) throw new OffsetOutOfRangeException(fromOffset, bounds);
        if (fromOffset >= Math.Min(upToOffset, bounds.EndOffset)) return LogRead.Empty;
        Segment? inspected = null;
        while (true)
        {
            var below = upToOffset;
            if (_holes.From(fromOffset) is { } hole)
            {
                if (hole.StartOffset <= fromOffset) throw new LogHoleException(hole);
                below = Math.Min(below, hole.StartOffset);
            }
            var segments = Volatile.Read(ref _segments);
            var at = segments.IndexOf(fromOffset);
            try
            {
                if (_reader.Read(segments[at], fromOffset, below, maxBytes) is { } read) return read;
                // The part has nothing from there on: the next batch is in a later one, or in a hole where that must be.
                if (at + 1 == segments.Count) return LogRead.Empty;
                fromOffset = segments[at].Published.EndOffset is var end && end > fromOffset ? end : segments[at + 1].BaseOffset;
                if (fromOffset >= Math.Min(upToOffset, bounds.EndOffset)) return LogRead.Empty;
            }
            catch (ObjectDisposedException)
            {
                ThrowIfGone(segments, fromOffset);
            }
            catch (Exception damage) when (IsDamage(damage))
            {
                Inspect(segments, at, inspected == segments[at] ? fromOffset : null, damage);
                inspected = segments[at];
            }
        }
    }

    static bool IsDamage(Exception failure) => failure is LogDamagedException or ReadFailedException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException;

    /// <summary>A segment turned out to be damaged: finds out what of it can still be read. The rest is a hole from now on.</summary>
    /// <param name="lost">An offset that can still not be read after that was done; null the first time.</param>
    void Inspect(SegmentList segments, int at, long? lost, Exception damage)
    {
        lock (_inspecting)
        {
            var segment = segments[at];
            // What was replaced meanwhile is of no interest any more.
            if (!Volatile.Read(ref _segments).Has(segment)) return;
            var known = segment.Published;
            if (at + 1 < segments.Count) known = known with { EndOffset = segments[at + 1].BaseOffset };
            if (lost is { } from)
            {
                _holes.Add([new Gap(from, known.EndOffset, damage.Message)]);
                return;
            }
            // Another reader may have met the same place at the same time.
            if (segment.Runs is not null) return;
            var inspection = new SegmentInspection(segment, known, isOpenEnded: false).Run(damage.Message);
            segment.KeepTo(inspection.Runs, inspection.End);
            _holes.Add(inspection.Gaps);
            _reader.Forget();
        }
    }

    /// <summary>A segment that is gone was trimmed or replaced, unless the log is. Returns when it is to be looked for again.</summary>
    void ThrowIfGone(SegmentList segments, long offset)
    {
        if (offset < Bounds.StartOffset) throw new OffsetOutOfRangeException(offset, Bounds);
        ObjectDisposedException.ThrowIf(_isClosed || segments == Volatile.Read(ref _segments), this);
    }

    public TimestampedOffset? FindOffset(long timestamp, long upToOffset) =>
        Search(upToOffset, (segments, bounds, holes) => TimestampSearch.First(segments, timestamp, bounds, holes, _options.Codecs));

    public TimestampedOffset? FindMaxTimestamp(long upToOffset) => 
        Search(upToOffset, (segments, bounds, holes) => TimestampSearch.Largest(segments, bounds, holes, _options.Codecs));

    TimestampedOffset? Search(long upToOffset, Func<SegmentList, LogBounds, LogHoles, TimestampedOffset?> search)
    {
        var inspected = new HashSet<Segment>();
        while (true)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var bounds = Bounds;
            bounds = bounds with { EndOffset = Math.Min(upToOffset, bounds.EndOffset) };
            if (bounds.StartOffset >= bounds.EndOffset) return null;
            var segments = Volatile.Read(ref _segments);
            try
            {
                return search(segments, bounds, _holes);
            }
            catch (ObjectDisposedException) when (!_isClosed && segments != Volatile.Read(ref _segments))
            {
                // Parts were trimmed or replaced while they were searched: begin again.
            }
            catch (SearchFailedException failed) when (IsDamage(failed.InnerException!))
            {
                var at = segments.All.IndexOf(failed.Segment);
                var isAgain = !inspected.Add(failed.Segment);
                Inspect(segments, at, isAgain ? failed.Segment.BaseOffset : null, failed.InnerException!);
                if (isAgain) _holes.ThrowIfAmong(bounds.StartOffset, bounds.EndOffset);
            }
        }
    }

    public ValueTask TrimStartAsync(long offset)
    {
        ThrowIfUnwritable();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _endOffset);
        if (offset <= _startOffset) return ValueTask.CompletedTask;
        try
        {
            Trim(offset);
            return ValueTask.CompletedTask;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ValueTask.FromException(Fail(failure));
        }
    }

    /// <summary>The new start is durable before anything is removed; a crash in between leaves segments that the next opening removes.</summary>
    void Trim(long offset)
    {
        var trimmed = _descriptor with { StartOffset = offset };
        try
        {
            trimmed.Replace(_folder, _storeOptions.Force, _storeOptions.Points);
        }
        catch (IOException failure) when (_store.Reserve.GivesWay(failure))
        {
            trimmed.Replace(_folder, _storeOptions.Force, _storeOptions.Points);
        }
        _descriptor = trimmed;
        Volatile.Write(ref _startOffset, offset);
        _holes.TrimBelow(offset);
        if (offset == _endOffset && _segments.Last.Published.Length > 0) Roll();
        SegmentList all;
        int first;
        lock (_listing)
        {
            all = _segments;
            first = all.IndexOf(offset);
            if (first > 0) Volatile.Write(ref _segments, all.From(first));
        }
        if (first == 0) return;
        _reader.Forget();
        foreach (var below in all.All[..first])
        {
            _storeOptions.Points.Reached("retention.before-unlink");
            below.Remove();
        }
        _snapshots.RemoveStrays(_segments.Bases);
        _storeOptions.Force.Directory(_folder);
        _store.Reserve.Keep();
    }

    public IReadOnlyList<LogPart> Parts()
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var segments = Volatile.Read(ref _segments);
            try
            {
                var parts = new LogPart[segments.Count];
                for (var at = 0; at < parts.Length; at++) parts[at] = PartOf(segments, at);
                return parts;
            }
            catch (ObjectDisposedException) when (!_isClosed && segments != Volatile.Read(ref _segments))
            {
                // They were trimmed or replaced meanwhile.
            }
        }
    }

    static LogPart PartOf(SegmentList segments, int at)
    {
        var (segment, isSealed) = (segments[at], at + 1 < segments.Count);
        long? largest;
        try
        {
            largest = segment.Runs is null ? IndexHints.WithLargest(segment).Largest.Timestamp : null;
        }
        catch (Exception damage) when (IsDamage(damage))
        {
            largest = null;
        }
        var published = segment.Published;
        return new LogPart(segment.BaseOffset, isSealed ? segments[at + 1].BaseOffset : published.EndOffset, published.Length, largest, isSealed, segment.Generation > 0);
    }

    public ILogReplacement BeginReplacement(long fromOffset, long upToOffset)
    {
        ThrowIfUnwritable();
        return Replacements().Begin(fromOffset, upToOffset);
    }

    /// <summary>Of most logs no part is ever replaced.</summary>
    PartReplacements Replacements()
    {
        lock (_closing)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _replacements ??= new PartReplacements(this, _folder, _options, _storeOptions, _partsWhenOpened);
        }
    }

    internal SegmentList Segments => Volatile.Read(ref _segments);

    /// <summary>Puts segments in the place of those in a range, for everybody who looks from now on.</summary>
    /// <param name="made">Those that were trimmed meanwhile are removed.</param>
    /// <returns>The segments that are not in use any more.</returns>
    internal List<Segment> Exchange(long fromOffset, long upToOffset, IReadOnlyList<Segment> made)
    {
        List<Segment> gone;
        lock (_listing)
        {
            var start = Volatile.Read(ref _startOffset);
            var all = _segments;
            gone = [.. all.Within(fromOffset, upToOffset), .. made.Where(segment => segment.Published.EndOffset <= start)];
            Volatile.Write(ref _segments, all.Exchanged(fromOffset, upToOffset, [.. made.Where(segment => segment.Published.EndOffset > start)]));
        }
        _reader.Forget();
        return gone;
    }

    /// <exception cref="LogHoleException">A hole lies among the offsets.</exception>
    internal void ThrowIfHole(long fromOffset, long upToOffset) => _holes.ThrowIfAmong(Math.Max(fromOffset, Bounds.StartOffset), upToOffset);

    /// <summary>Forcing failed while parts were replaced: as after any forced write that failed, nobody knows what is durable.</summary>
    internal LogFailedException FailStore(Exception failure)
    {
        _store.Fail(failure);
        return Fail(failure);
    }

    public void SaveSnapshot(long offset, ReadOnlySpan<byte> content)
    {
        ThrowIfUnwritable();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Volatile.Read(ref _durableEnd));
        if (_store.IsForcedLater(_folderStamp))
        {
            _snapshots.SaveUnforced(offset, content, _storeOptions.Time.GetUtcNow());
            return;
        }
        try
        {
            _snapshots.Save(offset, content, _storeOptions.Time.GetUtcNow(), _segments.Bases);
        }
        catch (IOException failure) when (_store.Reserve.GivesWay(failure))
        {
            _snapshots.Save(offset, content, _storeOptions.Time.GetUtcNow(), _segments.Bases);
        }
    }

    public void DropSnapshots(long below)
    {
        ThrowIfUnwritable();
        if (_snapshots.RemoveBelow(below)) _storeOptions.Force.Directory(_folder);
    }

    public LogSnapshot? LoadSnapshot(long below)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return _storeOptions.Files.WithRoom(() => _snapshots.Load(below, _endOffset));
    }

    internal void ThrowIfUnwritable()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (WhyEnded() is { } ended) throw ended;
    }

    LogFailedException? WhyEnded() =>
        (_failure ?? _store.Failure) is { } before ? new LogFailedException($"the writer of the log {Name} has ended: {before.Message}", before) : null;

    public void Dispose()
    {
        if (!TryClose()) return;
        if (!_store.IsForcedLater(_folderStamp) || HasEnded)
        {
            FinishClosing();
            return;
        }
        foreach (var segment in _segments.All) segment.TryWriteIndexes();
        _store.CloseLater(this);
    }

    /// <summary>The second half of closing it, when everything may have been forced at once.</summary>
    /// <param name="isAllForced">Everything has been.</param>
    internal void FinishClosing(bool isAllForced = false)
    {
        var known = ForceAll(isAllForced);
        CloseFiles();
        _store.Closed(this, known);
    }

    /// <summary>Closes it without a trace: its folder is about to go.</summary>
    internal void Abandon()
    {
        if (TryClose()) CloseFiles();
    }

    bool TryClose()
    {
        lock (_closing)
        {
            if (_isClosed) return false;
            _isClosed = true;
        }
        _replacements?.Close();
        Volatile.Read(ref _pending)?.Wait();
        return true;
    }

    /// <returns>What is known of the closed log; null when forcing failed.</returns>
    KnownLog? ForceAll(bool isAllForced)
    {
        if (_isDoubted || _store.Failure is not null) return null;
        try
        {
            var isInOrder = _failure is null;
            _snapshots.Settle(isAllForced, _segments.Bases);
            foreach (var segment in _segments.All)
            {
                segment.Force(_storeOptions.Force);
                isInOrder &= segment.TrySettleIndexes(_storeOptions.Force);
            }
            var end = _segments.Last.Forced;
            var point = new LogPoint(end.EndOffset, _segments.Last.BaseOffset, end.Length);
            return new KnownLog(Name, new LogMarks(isInOrder, point, end.Largest, point), Prints(_segments, _segments.Count));
        }
        catch (IOException failure)
        {
            _store.Fail(failure);
            return null;
        }
    }

    void CloseFiles()
    {
        foreach (var segment in _segments.All) segment.Dispose();
        _reader.Forget();
    }
}
