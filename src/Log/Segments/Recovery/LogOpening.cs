using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Recovery;

/// <summary>What an opened log begins with.</summary>
/// <param name="Gaps">What of it cannot be read, as far as that is known.</param>
/// <param name="Missing">What is known of segments whose files are not there: somebody may put them back.</param>
/// <param name="Parts">Null when no part of it was ever replaced.</param>
sealed record OpenedLog(LogDescriptor Descriptor, SegmentList Segments, SnapshotFiles Snapshots, LogRecovery Recovery, LogPoint Durable, IReadOnlyList<Gap> Gaps, SegmentPrint[] Missing, PartsFile? Parts);

/// <summary>
/// Opens a log's folder. A log that was closed in order is taken as it is. Otherwise everything from its recovery point on is verified and indexed, and what follows
/// the last sound batch is cut off: with all later segments, indexes and snapshots, so that nothing outlives the bytes it describes. Index files that were lost are made again.
/// What lies below the durable mark is never cut: there a bad batch is damage, and then nothing is changed at all. Damage below the recovery point, or below a sound snapshot,
/// does not keep the log closed: it becomes a hole, and the rest is served.
/// </summary>
sealed class LogOpening
{
    readonly string _name, _folder;
    readonly LogOptions _options;
    readonly SegmentStoreOptions _store;
    readonly RecoveryLedger _ledger;
    readonly LogDescriptor _descriptor;
    readonly PartsFile? _parts;
    readonly SnapshotFiles _snapshots;
    readonly Dictionary<long, SegmentPrint> _prints = [];
    readonly List<Segment> _segments = [], _indexedAgain = [], _strays = [];
    readonly List<Gap> _gaps = [];
    readonly Dictionary<long, (SegmentName Name, long Length)> _files = [];
    FolderContent _content = null!;
    List<long> _below = [];
    LogMarks _marks;
    long? _snapshotOffset;
    long _scanned;

    /// <exception cref="LogDamagedException">The folder is not that of the log, or does not tell.</exception>
    /// <exception cref="LogStoreException">This user may not read it.</exception>
    public LogOpening(string name, string folder, LogOptions options, SegmentStoreOptions store, RecoveryLedger ledger)
    {
        (_name, _folder, _options, _store, _ledger) = (name, folder, options, store, ledger);
        _descriptor = LogDescriptor.Read(folder, store.Read);
        if (_descriptor.Name != name)
            throw new LogDamagedException($"the folder {folder} of the log {name} says, in its log.descriptor, that it is the log {_descriptor.Name}: put each folder back into its own place");
        if (ledger.IdentityOf(name) is { } known && known != _descriptor.Identity)
            throw new LogDamagedException($"the folder {folder} says, in its log.descriptor, that it is another log {name} than the one that was here: one that was deleted, or of another data folder. Put the right one back");
        _parts = PartsFile.Read(folder, _descriptor.Identity, store.Read);
        _snapshots = new SnapshotFiles(folder, _descriptor.Identity, store);
    }

    public ulong Identity => _descriptor.Identity;

    public OpenedLog Open()
    {
        try
        {
            _content = FolderContent.Of(_folder, _parts);
            foreach (var (name, length) in _content.Segments) _files[name.BaseOffset] = (name, length);
            foreach (var stray in _content.Strays) PassOver(stray);
            foreach (var offset in _content.SnapshotOffsets) _snapshots.Found(offset);
            var known = _ledger.Of(_descriptor.Identity);
            _marks = Settled(known.Marks);
            foreach (var print in known.Segments.Where(print => print.BaseOffset >= SettledTo)) _prints[print.BaseOffset] = print;
            foreach (var part in _parts?.Parts ?? []) _prints[part.Print.BaseOffset] = part.Print;
            var bases = BasesKept(hasPrintsOfAll: known.Segments.Length > 0);
            if (bases.Count == 0) _segments.Add(CreateAt(_descriptor.StartOffset));
            var isClean = OpenSegments(bases);
            Inspect();
            IndexAgain(isClean);
            var torn = isClean ? null : Verify();
            if (isClean) EnsureOwn(_segments[^1]);
            Tidy();
            var recovery = new LogRecovery(isClean && _indexedAgain.Count == 0, _scanned, torn?.Bytes ?? 0, Detail(torn), _content.LastModified);
            _snapshots.RemoveAbove(_segments[^1].Published.EndOffset);
            return new OpenedLog(_descriptor, new SegmentList([.. _segments]), _snapshots, recovery, _marks.Durable, _gaps, Missing(), _parts);
        }
        catch
        {
            foreach (var segment in _segments) segment.Dispose();
            throw;
        }
        finally
        {
            foreach (var stray in _strays) stray.Dispose();
        }
    }

    /// <summary>Below this the list of parts is the one that knows.</summary>
    long SettledTo => _parts?.SettledTo ?? 0;

    /// <summary>The recovery points may be from before parts were replaced: what is in the list of parts was forced.</summary>
    LogMarks Settled(LogMarks marks)
    {
        if (SettledTo == 0 || marks.Recovery.SegmentBase >= SettledTo) return marks;
        var point = new LogPoint(SettledTo, SettledTo, 0);
        return new LogMarks(false, point, TimeIndex.None, marks.Durable.Offset > point.Offset ? marks.Durable : point);
    }

    SegmentPrint[] Missing() => _gaps.Count == 0 ? [] : [.. _prints.Values.Where(print => print.EndOffset > _descriptor.StartOffset && !_files.ContainsKey(print.BaseOffset))];

    /// <summary>Of the segment that is written to it is asked at once whether it is the log's.</summary>
    void EnsureOwn(Segment segment)
    {
        try
        {
            segment.EnsureOwn();
        }
        catch (Exception damage) when (damage is LogDamagedException or ReadFailedException && IsBelowSnapshot(segment, segment.Published, isOpenEnded: false, damage.Message))
        {
            // It is a hole now.
        }
    }

    string? Detail(TornTail? torn)
    {
        List<string> sentences = [];
        if (_ledger.RestoredBytes(_descriptor.Identity) is var restored and not 0) sentences.Add($"{restored} bytes were restored from the journal.");
        if (_indexedAgain.Count > 0) sentences.Add($"The index files of {_indexedAgain.Count} segments were missing or cut and were made again, from {_indexedAgain[0].FilePath} on.");
        if (!_descriptor.IsWhole) sentences.Add("One of the two copies of its descriptor was damaged.");
        foreach (var stray in _strays) sentences.Add($"The file {stray.FilePath} is no segment of this log and was passed over.");
        if (torn?.Detail is { } cut) sentences.Add(cut);
        return sentences.Count == 0 ? null : string.Join(' ', sentences);
    }

    /// <summary>The newest sound snapshot: what lies below it need not be folded again, and was there once. -1 when there is none.</summary>
    long SnapshotOffset => _snapshotOffset ??= _snapshots.Load(long.MaxValue, long.MaxValue)?.Offset ?? -1;

    /// <summary>Up to where the log was durable, by what is known of it.</summary>
    long DurableOffset => _ledger.MayHaveLostTails || !_content.SnapshotOffsets.Exists(offset => offset > _marks.Durable.Offset) ? _marks.Durable.Offset : Math.Max(_marks.Durable.Offset, SnapshotOffset);

    /// <summary>The base offsets without the segments wholly below the start, which a trimming left that did not come to its end, and without files that are no segments of the log.</summary>
    /// <param name="hasPrintsOfAll">The recovery points know all segments below the recovery point.</param>
    List<long> BasesKept(bool hasPrintsOfAll)
    {
        // What the recovery points know nothing of, among the segments that they know, is a file that somebody put there.
        List<long> bases = [.. _content.Segments.Keys.Select(static name => name.BaseOffset)];
        if (hasPrintsOfAll) bases = bases.FindAll(baseOffset => baseOffset <= _prints.Keys.Min() || baseOffset >= _marks.Recovery.SegmentBase || _prints.ContainsKey(baseOffset) || !PassOver(baseOffset));
        var start = _descriptor.StartOffset;
        // The segment that the start lies in is kept, and all below it go: so it must be one.
        int first;
        while ((first = bases.FindLastIndex(baseOffset => baseOffset <= start)) >= 0 && !_prints.ContainsKey(bases[first]) && IsStray(bases[first]))
        {
            PassOver(bases[first]);
            bases = [.. bases[..first], .. bases[(first + 1)..]];
        }
        if (bases.Count == 0)
        {
            if (DurableOffset > start) throw new LogDamagedException($"the log in {_folder} has no segment, but it had offsets {start} to {DurableOffset}");
            return bases;
        }
        if (bases[0] > start)
        {
            var firstName = FileNameOf(bases[0]);
            if (_marks.Recovery.Offset < bases[0] && SnapshotOffset < bases[0])
                throw new LogDamagedException($"the log in {_folder} starts at offset {start}, but its first segment is {firstName}: an earlier one is missing");
            _gaps.Add(new Gap(start, bases[0], $"no file in {_folder} holds them, the first is {firstName}"));
        }
        _below = bases[..Math.Max(0, first)];
        return bases[Math.Max(0, first)..];
    }

    bool PassOver(long baseOffset) => PassOver(NameOf(baseOffset));

    bool PassOver(SegmentName name)
    {
        _strays.Add(Segment.Existing(_store.Files, _folder, name, default, isSealed: true));
        return true;
    }

    /// <summary>The name of the file that holds, or should hold, the segment of a base offset.</summary>
    SegmentName NameOf(long baseOffset)
    {
        if (_files.TryGetValue(baseOffset, out var file)) return file.Name;
        return _parts?.Parts.FirstOrDefault(part => part.Print.BaseOffset == baseOffset) is { Generation: > 0 } part ? part.Name : new SegmentName(baseOffset, 0);
    }

    string FileNameOf(long baseOffset) => NameOf(baseOffset).With(SegmentName.LogSuffix);
    string PathOf(long baseOffset) => Path.Combine(_folder, FileNameOf(baseOffset));

    void MendDescriptor()
    {
        try
        {
            _descriptor.Replace(_folder, _store.Force, _store.Points);
        }
        catch (IOException)
        {
            // As on a full device: the copy that is left serves until the next opening.
        }
    }

    /// <summary>The log is sound, or its damage is known: what was left half done is removed, and the indexes that were made may be written.</summary>
    void Tidy()
    {
        foreach (var segment in _segments) segment.ReleaseIndexes();
        // Where they cannot be written, as on a full device, they stay in memory, and the next opening makes them again.
        foreach (var segment in _indexedAgain) segment.TrySettleIndexes(_store.Force);
        if (!_descriptor.IsWhole) MendDescriptor();
        foreach (var file in _content.Unfinished) File.Delete(file);
        foreach (var below in _below) Segment.Existing(_store.Files, _folder, NameOf(below), default, isSealed: true).Remove();
        if (_below.Count > 0) _store.Force.Directory(_folder);
        if (_parts is { IsWhole: false }) MendParts(_parts);
        // Where something is missing, what was replaced may be of use to somebody.
        if (_content.Leftovers.Count > 0 && _gaps.Count == 0) RemoveLeftovers();
    }

    void MendParts(PartsFile parts)
    {
        try
        {
            parts.Replace(_folder, _store.Force, _store.Points);
        }
        catch (IOException failure) when (failure is not ForceFailedException)
        {
            // As on a full device: the copy that is left serves until the next opening.
        }
    }

    /// <summary>That they were replaced may not be on the device yet.</summary>
    void RemoveLeftovers()
    {
        _store.Force.Directory(_folder);
        foreach (var path in _content.Leftovers)
        {
            _store.Points.Reached("recovery.before-unlink-leftover");
            File.Delete(path);
        }
        _store.Force.Directory(_folder);
    }

    Segment CreateAt(long baseOffset)
    {
        var segment = Segment.Create(_store.Files, _folder, baseOffset, _store.Time.GetUtcNow());
        _store.Force.Directory(_folder);
        return segment;
    }

    /// <returns>Whether the log ends where it was closed, so that nothing has to be verified.</returns>
    bool OpenSegments(List<long> bases)
    {
        if (bases.Count == 0) return true;
        if (_marks.Recovery.SegmentBase < bases[0]) BeginVerifyingAt(bases[0]);
        if (_marks.Durable.Offset < _marks.Recovery.Offset) _marks = _marks with { Durable = _marks.Recovery };
        if (!bases.Contains(_marks.Recovery.SegmentBase) && WithoutRecoverySegment(bases) is { } made) _segments.Add(made);
        for (var at = 0; at < bases.Count; at++) _segments.Insert(at, OpenSegment(bases[at], at + 1 < bases.Count ? bases[at + 1] : _segments.Count > at ? _segments[^1].BaseOffset : null));
        for (var at = 0; at + 1 < _segments.Count && _segments[at].BaseOffset < _marks.Recovery.SegmentBase; at++) NoteGap(_segments[at], _segments[at + 1]);
        var last = _segments[^1];
        return _marks.WasClosed && _marks.Durable == _marks.Recovery && last.BaseOffset == _marks.Recovery.SegmentBase && Length(last) == _marks.Recovery.Position;
    }

    void BeginVerifyingAt(long baseOffset) => _marks = _marks with { WasClosed = false, Recovery = new LogPoint(baseOffset, baseOffset, 0), Largest = TimeIndex.None };

    /// <returns>The segment anew, where it held nothing.</returns>
    /// <exception cref="LogDamagedException">What it held must be verified, and no snapshot is above it.</exception>
    Segment? WithoutRecoverySegment(List<long> bases)
    {
        var missing = _marks.Recovery;
        var next = bases.Find(baseOffset => baseOffset > missing.SegmentBase);
        if (next == 0 && missing.Position == 0 && DurableOffset <= missing.Offset) return CreateAt(missing.SegmentBase);
        if (next == 0 || SnapshotOffset < next)
            throw new LogDamagedException($"the segment {PathOf(missing.SegmentBase)} of the log {_name} is missing: restore it from a copy");
        BeginVerifyingAt(next);
        return null;
    }

    /// <summary>Between two segments that need not be verified one may be missing.</summary>
    void NoteGap(Segment segment, Segment next)
    {
        var end = segment.Published.EndOffset;
        if (end >= next.BaseOffset) return;
        var missing = _prints.Keys.Where(baseOffset => baseOffset >= end && baseOffset < next.BaseOffset).Order().Select(FileNameOf).ToList();
        var names = missing.Count == 0 ? FileNameOf(end) : string.Join(", ", missing);
        _gaps.Add(new Gap(end, next.BaseOffset, $"{names} is missing in {_folder}"));
    }

    Segment OpenSegment(long baseOffset, long? nextBase)
    {
        var point = _marks.Recovery;
        var isBelow = baseOffset < point.SegmentBase;
        SegmentPrint? noted = _prints.TryGetValue(baseOffset, out var print) && baseOffset <= point.SegmentBase ? print : null;
        var known = baseOffset == point.SegmentBase ? new Segment.Extent(point.Position, point.Offset, _marks.Largest) : new Segment.Extent(0, baseOffset, TimeIndex.None);
        // Bytes that were added to a file since are none of the log's.
        if (isBelow) known = known with { Length = Math.Min(Length(baseOffset), noted?.Length ?? int.MaxValue), EndOffset = noted?.EndOffset ?? nextBase!.Value };
        return Segment.Existing(_store.Files, _folder, NameOf(baseOffset), known, isSealed: nextBase is not null, noted, isBelow);
    }

    int Length(long baseOffset)
    {
        // One that was made by this opening is empty.
        var length = _files.GetValueOrDefault(baseOffset).Length;
        return length <= int.MaxValue ? (int)length : throw new LogDamagedException($"{PathOf(baseOffset)} has {length} bytes, more than a segment can have");
    }

    int Length(Segment segment) => Length(segment.BaseOffset);

    /// <summary>Of segments that are shorter than they were it is found out at once what they still hold.</summary>
    void Inspect()
    {
        foreach (var segment in _segments)
        {
            if (segment.BaseOffset >= _marks.Recovery.SegmentBase) return;
            if (_prints.TryGetValue(segment.BaseOffset, out var noted) && Length(segment) < noted.Length)
                Inspect(segment, segment.Published, $"{segment.FilePath} has {Length(segment)} bytes, fewer than it had");
        }
    }

    void Inspect(Segment segment, Segment.Extent known, string cause)
    {
        var inspection = new SegmentInspection(segment, known, isOpenEnded: false).Run(cause);
        _gaps.AddRange(inspection.Gaps);
        segment.KeepTo(inspection.Runs, inspection.End);
    }

    /// <summary>Makes lost indexes of the segments again that are not verified anyway.</summary>
    void IndexAgain(bool isClean)
    {
        foreach (var segment in _segments)
        {
            if (!isClean && segment.BaseOffset >= _marks.Recovery.SegmentBase) break;
            if (segment.Runs is not null) continue;
            var known = segment.Published;
            try
            {
                if (!LostIndexes.AreOf(segment, _options.IndexIntervalBytes)) continue;
                _scanned += LostIndexes.MakeAgain(segment, _options.IndexIntervalBytes);
                _indexedAgain.Add(segment);
            }
            catch (Exception damage) when (segment != _segments[^1] && damage is LogDamagedException or ReadFailedException or FileNotFoundException)
            {
                Inspect(segment, known, damage.Message);
            }
        }
    }

    /// <summary>Verifies the segments from the recovery point on; cuts off a torn tail.</summary>
    TornTail? Verify()
    {
        var at = _segments.FindIndex(segment => segment.BaseOffset == _marks.Recovery.SegmentBase);
        for (; at < _segments.Count; at++)
        {
            _store.Points.Reached("recovery.each-segment");
            var segment = _segments[at];
            var end = Verify(segment);
            PassOverStrays(at + 1, end.Offset);
            var expected = at + 1 < _segments.Count ? _segments[at + 1].BaseOffset : (long?)null;
            if (end.Fault is null && (expected is null || expected == end.Offset)) continue;
            var fault = end.Fault ?? $"the file ends there, and the next segment begins at offset {expected}";
            var torn = new TornTail(segment, end, fault, _segments[(at + 1)..]);
            if (torn.WhyDamage(DurableOffset, Length(segment), _ledger.IsTailExact(_descriptor.Identity), _ledger.MayHaveLostTails) is { } damage)
            {
                var known = new Segment.Extent(Length(segment), expected ?? Math.Max(DurableOffset, end.Offset), TimeIndex.None);
                if (IsBelowSnapshot(segment, known, isOpenEnded: expected is null, $"{segment.FilePath} is damaged at position {end.Position}, where offset {end.Offset} must be: {fault}")) continue;
                throw new LogDamagedException(damage);
            }
            torn.CutOff(_folder, Length(segment), _store);
            _segments.RemoveRange(at + 1, _segments.Count - at - 1);
            ForceShown();
            return torn;
        }
        if (_segments[^1].Published.EndOffset < DurableOffset)
            throw new LogDamagedException($"{_segments[^1].FilePath} ends, at position {_segments[^1].Published.Length}, with offset {_segments[^1].Published.EndOffset}, but the log was durable up to offset {DurableOffset}; restore what is missing from a copy");
        ForceShown();
        return null;
    }

    /// <summary>A file that neither goes on where the log ends nor holds what its name says was put there by somebody.</summary>
    void PassOverStrays(int at, long due)
    {
        while (at < _segments.Count && _segments[at].BaseOffset != due && IsStray(_segments[at].BaseOffset))
        {
            _strays.Add(_segments[at]);
            _segments.RemoveAt(at);
        }
    }

    /// <summary>Whether the file begins with a batch of another offset than its name says.</summary>
    bool IsStray(long baseOffset)
    {
        Span<byte> head = stackalloc byte[RecordBatchHeader.Size];
        var path = PathOf(baseOffset);
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var there = _store.Read.UpToEnd(file, path, head, 0, Length(baseOffset));
            return RecordBatchHeader.TryRead(head[..there], out var header) && Batches.BatchFault.OfHeader(header, Length(baseOffset)) is null && header.BaseOffset != baseOffset;
        }
        catch (Exception unreadable) when (unreadable is UnauthorizedAccessException || (unreadable is IOException failure && !DescriptorLimit.IsReached(failure)))
        {
            return false;
        }
    }

    /// <summary>Damage that a sound snapshot lies above need not keep the log closed: nothing of it has to be folded.</summary>
    bool IsBelowSnapshot(Segment segment, Segment.Extent known, bool isOpenEnded, string cause)
    {
        var inspection = new SegmentInspection(segment, known, isOpenEnded).Run(cause);
        // The last one must end with a batch: otherwise it is not known where the log ends.
        var endsSound = segment != _segments[^1] || (inspection.Runs is [.., var last] && last.EndPosition == known.Length);
        if (!endsSound || inspection.Gaps.Any(gap => gap.EndOffset > SnapshotOffset)) return false;
        _gaps.AddRange(inspection.Gaps);
        segment.KeepTo(inspection.Runs, inspection.End);
        return true;
    }

    ScanEnd Verify(Segment segment)
    {
        var isFirst = segment.BaseOffset == _marks.Recovery.SegmentBase;
        var trusted = isFirst ? _marks.Recovery.Position : 0;
        var length = Length(segment);
        var begin = segment.KeepIndexesBelow(Math.Min(trusted, length));
        var offset = begin == 0 ? segment.BaseOffset : OffsetAt(segment, begin, length);
        if (offset < 0) (begin, offset) = (segment.KeepIndexesBelow(0), segment.BaseOffset);
        segment.RestartAt(begin, offset, isFirst ? _marks.Largest : TimeIndex.None);
        var end = Scan(segment, length);
        if (end.Fault is not null && begin != 0 && end.Position < trusted)
        {
            // What was forced is at fault, or the index is that led there.
            segment.DropIndexes();
            end = Scan(segment, length);
        }
        return length < trusted ? end with { Fault = $"the file has {length} bytes, but the log was forced up to position {trusted} of it" } : end;
    }

    ScanEnd Scan(Segment segment, int length)
    {
        try
        {
            var end = SegmentScan.Run(segment, length, _options.IndexIntervalBytes);
            _scanned += end.ScannedBytes;
            return end;
        }
        catch (Exception failure) when (failure is ReadFailedException or LogDamagedException or FileNotFoundException)
        {
            // What was verified before is published.
            var published = segment.Published;
            return new ScanEnd(published.Length, published.EndOffset, failure.Message, 0, IsUnreadable: true);
        }
    }

    /// <returns>The base offset of the batch at a position that an index gave; -1 when none is there.</returns>
    static long OffsetAt(Segment segment, int position, int length)
    {
        try
        {
            Span<byte> window = stackalloc byte[RecordBatchHeader.Size];
            var cursor = new HeaderCursor(segment, position, length, window);
            return cursor.TryMoveNext(out _) && cursor.Header.BaseOffset >= segment.BaseOffset ? cursor.Header.BaseOffset : -1;
        }
        catch (IOException)
        {
            return -1;
        }
    }

    /// <summary>
    /// Batches that were never acknowledged but came through are part of the log from now on: readers and the writer's state are about to build on them,
    /// so they must not vanish in the next crash.
    /// </summary>
    void ForceShown()
    {
        var end = _segments[^1].Published;
        var point = new LogPoint(end.EndOffset, _segments[^1].BaseOffset, end.Length);
        if (_ledger.IsDoubted) WriteTailAgain();
        if (_store.Flush == FlushMode.Os) return;
        foreach (var segment in _segments)
        {
            if (_ledger.IsDoubted || end.EndOffset > _marks.Durable.Offset) segment.Force(_store.Force);
            else segment.NoteForced();
        }
        _marks = _marks with { Durable = point };
    }

    void WriteTailAgain()
    {
        foreach (var segment in _segments)
        {
            if (segment.BaseOffset == _marks.Recovery.SegmentBase) segment.WriteAgain(_marks.Recovery.Position);
            else if (segment.BaseOffset > _marks.Recovery.SegmentBase) segment.WriteAgain(0);
        }
    }
}
