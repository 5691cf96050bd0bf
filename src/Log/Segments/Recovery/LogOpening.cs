using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>What an opened log begins with.</summary>
sealed record OpenedLog(LogDescriptor Descriptor, SegmentList Segments, SnapshotFiles Snapshots, LogRecovery Recovery, LogPoint Durable);

/// <summary>
/// Opens a log's folder. A log that was closed in order is taken as it is. Otherwise everything from its recovery point on is verified and indexed, and what follows
/// the last sound batch is cut off: with all later segments, indexes and snapshots, so that nothing outlives the bytes it describes. Index files that were lost are made again.
/// What lies below the durable mark is never cut: there a bad batch is damage, and then nothing is changed at all.
/// </summary>
sealed class LogOpening(string folder, LogOptions options, SegmentStoreOptions store, RecoveryLedger ledger)
{
    readonly LogDescriptor _descriptor = LogDescriptor.Read(folder);
    readonly FolderContent _content = FolderContent.Of(folder);
    readonly List<Segment> _segments = [], _indexedAgain = [];
    LogMarks _marks;
    long _scanned;

    public OpenedLog Open()
    {
        try
        {
            _marks = ledger.MarksOf(_descriptor.Identity);
            var bases = BasesKept();
            if (bases.Count == 0) _segments.Add(CreateFirst());
            var isClean = OpenSegments(bases);
            IndexAgain(isClean);
            var torn = isClean ? null : Verify(bases);
            Tidy();
            var recovery = new LogRecovery(isClean && _indexedAgain.Count == 0, _scanned, torn?.Bytes ?? 0, Detail(torn), _content.LastModified);
            return new OpenedLog(_descriptor, new SegmentList([.. _segments]), Snapshots(), recovery, _marks.Durable);
        }
        catch
        {
            foreach (var segment in _segments) segment.Dispose();
            throw;
        }
    }

    string? Detail(TornTail? torn)
    {
        List<string> sentences = [];
        if (ledger.RestoredBytes(_descriptor.Identity) is var restored and not 0) sentences.Add($"{restored} bytes were restored from the journal.");
        if (_indexedAgain.Count > 0) sentences.Add($"The index files of {_indexedAgain.Count} segments were missing or cut and were made again, from {_indexedAgain[0].FilePath} on.");
        if (!_descriptor.IsWhole) sentences.Add("One of the two copies of its descriptor was damaged.");
        if (torn?.Detail is { } cut) sentences.Add(cut);
        return sentences.Count == 0 ? null : string.Join(' ', sentences);
    }

    /// <summary>The base offsets without the segments wholly below the start, which a trimming left that did not come to its end.</summary>
    List<long> BasesKept()
    {
        var bases = _content.SegmentBases;
        if (bases.Count == 0 && _marks.Durable.Offset > _descriptor.StartOffset)
            throw new LogDamagedException($"the log in {folder} has no segment, but it had offsets {_descriptor.StartOffset} to {_marks.Durable.Offset}");
        if (bases.Count > 0 && bases[0] > _descriptor.StartOffset)
            throw new LogDamagedException($"the log in {folder} starts at offset {_descriptor.StartOffset}, but its first segment is {SegmentName.Of(bases[0], SegmentName.LogSuffix)}: an earlier one is missing");
        var first = Math.Max(0, bases.FindLastIndex(baseOffset => baseOffset <= _descriptor.StartOffset));
        return bases[first..];
    }

    void MendDescriptor()
    {
        try
        {
            _descriptor.Replace(folder, store.Force, store.Points);
        }
        catch (IOException)
        {
            // As on a full device: the copy that is left serves until the next opening.
        }
    }

    /// <summary>The log is sound: what was left half done is removed, and the indexes that were made may be written.</summary>
    void Tidy()
    {
        foreach (var segment in _segments) segment.ReleaseIndexes();
        // Where they cannot be written, as on a full device, they stay in memory, and the next opening makes them again.
        foreach (var segment in _indexedAgain) segment.TrySettleIndexes(store.Force);
        if (!_descriptor.IsWhole) MendDescriptor();
        foreach (var file in _content.Unfinished) File.Delete(file);
        var first = _segments[0].BaseOffset;
        foreach (var below in _content.SegmentBases.Where(baseOffset => baseOffset < first)) Segment.Existing(store.Files, folder, below, default, isSealed: true).Remove();
        if (_content.SegmentBases.Count > 0 && _content.SegmentBases[0] < first) store.Force.Directory(folder);
    }

    Segment CreateFirst()
    {
        var segment = Segment.Create(store.Files, folder, _descriptor.StartOffset, store.Time.GetUtcNow());
        store.Force.Directory(folder);
        return segment;
    }

    /// <returns>Whether the log ends where it was closed, so that nothing has to be verified.</returns>
    bool OpenSegments(List<long> bases)
    {
        if (bases.Count == 0) return true;
        if (_marks.Recovery.SegmentBase < bases[0]) _marks = _marks with { Recovery = new LogPoint(bases[0], bases[0], 0), Largest = TimeIndex.None };
        if (_marks.Durable.Offset < _marks.Recovery.Offset) _marks = _marks with { Durable = _marks.Recovery };
        if (!bases.Contains(_marks.Recovery.SegmentBase))
            throw new LogDamagedException($"the segment {SegmentName.Of(_marks.Recovery.SegmentBase, SegmentName.LogSuffix)} of the log in {folder} is missing");
        for (var at = 0; at < bases.Count; at++) _segments.Add(OpenSegment(bases[at], at + 1 < bases.Count ? bases[at + 1] : null));
        var (last, length) = (_segments[^1], FileLength(_segments[^1]));
        return _marks.WasClosed && _marks.Durable == _marks.Recovery && last.BaseOffset == _marks.Recovery.SegmentBase && length == _marks.Recovery.Position;
    }

    Segment OpenSegment(long baseOffset, long? nextBase)
    {
        var point = _marks.Recovery;
        var known = baseOffset == point.SegmentBase ? new Segment.Extent(point.Position, point.Offset, _marks.Largest)
            : new Segment.Extent(0, baseOffset, TimeIndex.None);
        var isBelow = baseOffset < point.SegmentBase;
        if (isBelow) known = known with { Length = Length(baseOffset), EndOffset = nextBase!.Value };
        return Segment.Existing(store.Files, folder, baseOffset, known, isSealed: nextBase is not null);
    }

    int Length(long baseOffset)
    {
        var path = Path.Combine(folder, SegmentName.Of(baseOffset, SegmentName.LogSuffix));
        var length = new FileInfo(path).Length;
        return length <= int.MaxValue ? (int)length : throw new LogDamagedException($"{path} has {length} bytes, more than a segment can have");
    }

    int FileLength(Segment segment) => Length(segment.BaseOffset);

    /// <summary>Makes lost indexes of the segments again that are not verified anyway.</summary>
    void IndexAgain(bool isClean)
    {
        foreach (var segment in _segments)
        {
            if (!isClean && segment.BaseOffset >= _marks.Recovery.SegmentBase) break;
            if (!LostIndexes.AreOf(segment, options.IndexIntervalBytes)) continue;
            _scanned += LostIndexes.MakeAgain(segment, options.IndexIntervalBytes);
            _indexedAgain.Add(segment);
        }
    }

    /// <summary>Verifies the segments from the recovery point on; cuts off a torn tail.</summary>
    TornTail? Verify(List<long> bases)
    {
        for (var at = bases.IndexOf(_marks.Recovery.SegmentBase); at < _segments.Count; at++)
        {
            store.Points.Reached("recovery.each-segment");
            var segment = _segments[at];
            var expected = at + 1 < _segments.Count ? _segments[at + 1].BaseOffset : (long?)null;
            var end = Verify(segment);
            if (end.Fault is null && (expected is null || expected == end.Offset)) continue;
            var fault = end.Fault ?? $"the file ends there, and the next segment begins at offset {expected}";
            var torn = new TornTail(segment, end, fault, _segments[(at + 1)..]);
            torn.RefuseDamage(_marks.Durable, FileLength(segment), ledger.IsTailExact(_descriptor.Identity));
            torn.CutOff(folder, FileLength(segment), store);
            _segments.RemoveRange(at + 1, _segments.Count - at - 1);
            ForceShown();
            return torn;
        }
        if (_segments[^1].Published.EndOffset < _marks.Durable.Offset)
            throw new LogDamagedException($"{_segments[^1].FilePath} ends at offset {_segments[^1].Published.EndOffset}, but the log was durable up to offset {_marks.Durable.Offset}");
        ForceShown();
        return null;
    }

    ScanEnd Verify(Segment segment)
    {
        var isFirst = segment.BaseOffset == _marks.Recovery.SegmentBase;
        var trusted = isFirst ? _marks.Recovery.Position : 0;
        var length = FileLength(segment);
        if (length < trusted)
            throw new LogDamagedException($"{segment.FilePath} has {length} bytes, but the log was forced up to position {trusted} of it");
        var begin = segment.KeepIndexesBelow(trusted);
        var offset = begin == 0 ? segment.BaseOffset : OffsetAt(segment, begin, length);
        if (offset < 0) (begin, offset) = (segment.KeepIndexesBelow(0), segment.BaseOffset);
        segment.RestartAt(begin, offset, isFirst ? _marks.Largest : TimeIndex.None);
        var end = Scan(segment, length);
        if (end.Fault is null || begin == 0 || end.Position >= trusted) return end;
        // What was forced is at fault, or the index is that led there.
        segment.DropIndexes();
        return Scan(segment, length);
    }

    ScanEnd Scan(Segment segment, int length)
    {
        var end = SegmentScan.Run(segment, length, options.IndexIntervalBytes);
        _scanned += end.ScannedBytes;
        return end;
    }

    /// <returns>The base offset of the batch at a position that an index gave; -1 when none is there.</returns>
    static long OffsetAt(Segment segment, int position, int length)
    {
        Span<byte> window = stackalloc byte[Protocol.Records.RecordBatchHeader.Size];
        var cursor = new HeaderCursor(segment, position, length, window);
        return cursor.TryMoveNext(out _) && cursor.Header.BaseOffset >= segment.BaseOffset ? cursor.Header.BaseOffset : -1;
    }

    /// <summary>
    /// Batches that were never acknowledged but came through are part of the log from now on: readers and the writer's state are about to build on them,
    /// so they must not vanish in the next crash.
    /// </summary>
    void ForceShown()
    {
        var end = _segments[^1].Published;
        var point = new LogPoint(end.EndOffset, _segments[^1].BaseOffset, end.Length);
        if (store.Flush == FlushMode.Os) return;
        foreach (var segment in _segments)
        {
            if (end.EndOffset > _marks.Durable.Offset) segment.Force(store.Force);
            else segment.NoteForced();
        }
        _marks = _marks with { Durable = point };
    }

    SnapshotFiles Snapshots()
    {
        var snapshots = new SnapshotFiles(folder, store.Force, store.Points);
        foreach (var offset in _content.SnapshotOffsets) snapshots.Found(offset);
        snapshots.RemoveAbove(_segments[^1].Published.EndOffset);
        return snapshots;
    }
}
