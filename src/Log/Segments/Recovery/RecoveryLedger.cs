using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// Keeps the store's recovery points: those of open logs are asked for when they are saved, those of closed ones are remembered. So it knows which logs there must be,
/// and which were deleted while what is on the disk may still speak of them. Thread safe.
/// </summary>
sealed class RecoveryLedger
{
    readonly Lock _gate = new(), _saving = new();
    readonly string _path;
    readonly SegmentStoreOptions _options;
    readonly Dictionary<ulong, SegmentLog> _open = [];
    readonly Dictionary<ulong, long> _restored = [];
    readonly HashSet<ulong> _closed = [];
    readonly Dictionary<string, ulong> _identities = [];
    readonly List<DeletedLog> _deleted = [];
    RecoveryPoints _points;
    bool _tailsAreExact;
    volatile bool _isReplayUnsaved, _isDoubted;
    byte[] _saved;

    RecoveryLedger(string path, SegmentStoreOptions options, RecoveryPoints points, byte[] saved, bool wasFound)
    {
        (_path, _options, _points, _saved, WasFound) = (path, options, points, saved, wasFound);
        _tailsAreExact = wasFound && points.Flush == FlushMode.Disk;
        MayHaveLostTails = options.Flush == FlushMode.Os || (wasFound && points.Flush == FlushMode.Os);
        foreach (var (identity, log) in points.Logs)
        {
            if (log.Name is { } name) _identities[name] = identity;
        }
    }

    /// <summary>A log that was deleted, and its empty folder, which says so until neither the recovery points nor the journal speak of it.</summary>
    /// <param name="JournalUpTo">The journal holds nothing of it from this sequence on.</param>
    readonly record struct DeletedLog(ulong Log, string Folder, long JournalUpTo);

    /// <summary>Forcing has failed in this process: what the operating system shows of files need not be on the device.</summary>
    public bool IsDoubted => _isDoubted;

    /// <summary>Forcing has failed.</summary>
    public void Doubt() => _isDoubted = true;

    /// <summary>The logs that are open have ended; what is known of them for certain is kept.</summary>
    public void EndAll()
    {
        lock (_gate)
        {
            NoteOpen();
            _open.Clear();
        }
    }

    void NoteOpen()
    {
        foreach (var log in _open.Values)
            if (log.Known is { } known) _points.Logs[log.Identity] = known;
    }

    /// <summary>Whether there was a file and it was whole.</summary>
    public bool WasFound { get; }

    /// <summary>What the last run left, brought up to date by the journal.</summary>
    public RecoveryPoints Points => _points;

    /// <summary>
    /// Whether the durable mark of the log is where its acknowledged bytes end, so that whatever follows is a torn tail. Otherwise a bad batch before a good one
    /// must be taken for damage.
    /// </summary>
    public bool IsTailExact(ulong log)
    {
        lock (_gate) return _tailsAreExact || (_options.Flush == FlushMode.Disk && _closed.Contains(log));
    }

    /// <summary>Whether what lies in a log's files may be shorter than what was once said to be durable, because only the operating system had it.</summary>
    public bool MayHaveLostTails { get; }

    /// <summary>Nothing is known of the folder.</summary>
    public static RecoveryLedger Unknown(SegmentStoreOptions options) => new(PathIn(options), options, RecoveryPoints.None, [], wasFound: false);

    static string PathIn(SegmentStoreOptions options) => Path.Combine(options.Directory, RecoveryPoints.FileName);

    public static RecoveryLedger Load(SegmentStoreOptions options)
    {
        var path = PathIn(options);
        var bytes = ReadFile(path, options.Read);
        var points = RecoveryPoints.Decode(bytes);
        return new RecoveryLedger(path, options, points ?? RecoveryPoints.None, bytes, points is not null);
    }

    /// <summary>What cannot be read is as good as missing: everything is scanned. Only what this user may not read is sound perhaps, and said so.</summary>
    static byte[] ReadFile(string path, IRead read)
    {
        try
        {
            return read.All(path);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new LogStoreException($"the file {path} cannot be read by this user: {denied.Message} Give this user the right to read and write what is in the data folder.", denied);
        }
        catch (IOException unreadable) when (!DescriptorLimit.IsReached(unreadable))
        {
            return [];
        }
    }

    /// <summary>The names of the logs that must be there, as far as they are known.</summary>
    public string[] Names
    {
        get
        {
            lock (_gate) return [.. _identities.Keys];
        }
    }

    /// <summary>A log's folder tells a name that the points do not know, as those of the first version do not.</summary>
    public void Named(ulong log, string name)
    {
        lock (_gate)
        {
            if (!_points.Logs.TryGetValue(log, out var known) || known.Name is not null) return;
            _points.Logs[log] = known with { Name = name };
            _identities[name] = log;
        }
    }

    /// <summary>The identity of the log of a name; null when none is known.</summary>
    public ulong? IdentityOf(string name)
    {
        lock (_gate) return _identities.TryGetValue(name, out var identity) ? identity : null;
    }

    /// <summary>The name of a log; null when it is not known.</summary>
    public string? NameOf(ulong log)
    {
        lock (_gate) return _points.Logs.GetValueOrDefault(log)?.Name;
    }

    /// <summary>Whether nobody needs the log's bytes any more. A file of the first version says nothing of logs that were deleted before it was written.</summary>
    public bool WasDeleted(ulong log)
    {
        lock (_gate) return _deleted.Exists(deleted => deleted.Log == log) || (WasFound && !_points.HasNames && !_points.Logs.ContainsKey(log));
    }

    /// <summary>The journal has been replayed.</summary>
    /// <param name="run">The run that its groups were of.</param>
    /// <param name="isIntact">All of it was there.</param>
    public void Replayed(uint run, ReplayTargets targets, bool isIntact)
    {
        lock (_gate)
        {
            Add(targets);
            _points = _points with { Run = Math.Max(run, _points.Run), IsJournalInUse = false, JournalFrom = 0 };
            _tailsAreExact &= isIntact;
            _isReplayUnsaved = true;
        }
        try
        {
            Save(null);
        }
        catch (IOException failure) when (failure is not ForceFailedException)
        {
            // As on a full device: it can be read, and before anything is written this comes first.
        }
    }

    /// <summary>Before the journal's files are used again: they are needed as long as this does not lie on the disk.</summary>
    public void SaveReplayed()
    {
        if (_isReplayUnsaved) Save(null);
    }

    /// <summary>What had been kept aside of a log is in its segments now.</summary>
    public void Restored(ReplayTargets targets)
    {
        lock (_gate) Add(targets);
        if (targets.Kept.Count == 0) Save(null);
    }

    void Add(ReplayTargets targets)
    {
        foreach (var (log, point) in targets.Durable)
        {
            var known = _points.Logs.GetValueOrDefault(log) ?? new KnownLog(null, NoMarks, []);
            if (point.Offset > known.Marks.Durable.Offset) _points.Logs[log] = known with { Marks = known.Marks with { Durable = point } };
        }
        foreach (var (log, bytes) in targets.RestoredBytes) _restored[log] = bytes;
    }

    /// <summary>How many bytes of the log came from the journal when the store was opened.</summary>
    public long RestoredBytes(ulong log) => _restored.GetValueOrDefault(log);

    /// <summary>Of a log that nothing is known of: all of it must be scanned.</summary>
    static LogMarks NoMarks => new(false, new LogPoint(0, -1, 0), TimeIndex.None, new LogPoint(0, -1, 0));

    /// <summary>What is known of a log.</summary>
    public KnownLog Of(ulong log)
    {
        lock (_gate) return _points.Logs.GetValueOrDefault(log) ?? new KnownLog(null, NoMarks, []);
    }

    /// <summary>A new log has one empty segment.</summary>
    public void Created(ulong log, string name)
    {
        var point = new LogPoint(0, 0, 0);
        lock (_gate)
        {
            _points.Logs[log] = new KnownLog(name, new LogMarks(WasClosed: true, point, TimeIndex.None, point), []);
            _identities[name] = log;
        }
    }

    public void Opened(SegmentLog log)
    {
        lock (_gate)
        {
            _open[log.Identity] = log;
            _identities[log.Name] = log.Identity;
        }
    }

    /// <param name="known">Null when forcing failed, and what was known before is all that is known.</param>
    public void Closed(SegmentLog log, KnownLog? known)
    {
        lock (_gate)
        {
            _open.Remove(log.Identity);
            if (known is null) return;
            _points.Logs[log.Identity] = known;
            _closed.Add(log.Identity);
        }
    }

    /// <summary>A log was deleted.</summary>
    /// <param name="folder">Its empty folder.</param>
    /// <param name="journalUpTo">The journal holds nothing of it from this sequence on.</param>
    public void Deleted(ulong log, string folder, long journalUpTo)
    {
        lock (_gate)
        {
            _open.Remove(log);
            if (_points.Logs.Remove(log, out var known) && known.Name is { } name && _identities.GetValueOrDefault(name) == log) _identities.Remove(name);
            _deleted.Add(new DeletedLog(log, folder, journalUpTo));
        }
    }

    /// <summary>Before the first append of this opening: from here on a crash means recovery.</summary>
    /// <param name="journalFileBytes">The size of each of the journal's files; 0 when there are none.</param>
    public uint BeginRun(ulong secret, int journalFileBytes)
    {
        lock (_gate)
        {
            _points = _points with { Run = _points.Run + 1, Secret = secret, IsJournalInUse = _options.Flush == FlushMode.Disk, Flush = _options.Flush, JournalFrom = 0, JournalFileBytes = journalFileBytes };
        }
        Save(null);
        return _points.Run;
    }

    /// <summary>After a checkpoint. Durable when it returns.</summary>
    /// <param name="journalFrom">The sequence from which the journal is needed; null when that did not move.</param>
    public void Save(long? journalFrom)
    {
        lock (_saving)
        {
            byte[] encoded;
            DeletedLog[] forgotten;
            lock (_gate)
            {
                NoteOpen();
                if (journalFrom is { } from) _points = _points with { JournalFrom = from };
                encoded = _points.Encode();
                forgotten = _deleted.Count == 0 ? [] : [.. _deleted.Where(deleted => !_points.IsJournalInUse || deleted.JournalUpTo <= _points.JournalFrom)];
            }
            if (!encoded.AsSpan().SequenceEqual(_saved))
            {
                AtomicFile.Replace(_path, encoded, _options.Force, _options.Points, "recovery.points");
                _saved = encoded;
            }
            _isReplayUnsaved = false;
            foreach (var deleted in forgotten) Forget(deleted);
        }
    }

    void Forget(DeletedLog deleted)
    {
        try
        {
            if (Directory.Exists(deleted.Folder)) Directory.Delete(deleted.Folder, recursive: true);
            lock (_gate) _deleted.Remove(deleted);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It stays for the next time; nothing depends on its going.
        }
    }

    /// <summary>Everything is forced and every log is closed: the journal is not needed any more.</summary>
    public void SaveClosed()
    {
        lock (_gate) _points = _points with { IsJournalInUse = false, JournalFrom = 0 };
        // A store that never held anything leaves no file.
        if (_points.Run > 0 || _points.Logs.Count > 0 || _saved.Length > 0 || _deleted.Count > 0) Save(null);
    }
}
