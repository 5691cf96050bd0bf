using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>Keeps the store's recovery points: those of open logs are asked for when they are saved, those of closed ones are remembered. Thread safe.</summary>
sealed class RecoveryLedger
{
    readonly Lock _gate = new(), _saving = new();
    readonly string _path;
    readonly SegmentStoreOptions _options;
    readonly Dictionary<ulong, SegmentLog> _open = [];
    readonly Dictionary<ulong, long> _restored = [];
    readonly HashSet<ulong> _closed = [];
    RecoveryPoints _points;
    bool _tailsAreExact;
    byte[] _saved;

    RecoveryLedger(string path, SegmentStoreOptions options, RecoveryPoints points, byte[] saved, bool wasFound)
    {
        (_path, _options, _points, _saved, WasFound) = (path, options, points, saved, wasFound);
        _tailsAreExact = wasFound && points.Flush == FlushMode.Disk;
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

    public static RecoveryLedger Load(string folder, SegmentStoreOptions options)
    {
        var path = Path.Combine(folder, RecoveryPoints.FileName);
        var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        var points = RecoveryPoints.Decode(bytes);
        return new RecoveryLedger(path, options, points ?? RecoveryPoints.None, bytes, points is not null);
    }

    /// <summary>The journal has been replayed.</summary>
    /// <param name="run">The run that its groups were of.</param>
    /// <param name="isIntact">All of it was there.</param>
    public void Replayed(uint run, ReplayTargets targets, bool isIntact)
    {
        lock (_gate)
        {
            foreach (var (log, point) in targets.Durable)
            {
                var marks = _points.Logs.TryGetValue(log, out var known) ? known : Unknown;
                if (point.Offset > marks.Durable.Offset) _points.Logs[log] = marks with { Durable = point };
            }
            foreach (var (log, bytes) in targets.RestoredBytes) _restored[log] = bytes;
            _points = _points with { Run = Math.Max(run, _points.Run), IsJournalInUse = false, JournalFrom = 0 };
            _tailsAreExact &= isIntact;
        }
        Save(null);
    }

    /// <summary>How many bytes of the log came from the journal when the store was opened.</summary>
    public long RestoredBytes(ulong log) => _restored.GetValueOrDefault(log);

    /// <summary>Of a log that nothing is known of: all of it must be scanned.</summary>
    public static LogMarks Unknown => new(false, new LogPoint(0, -1, 0), TimeIndex.None, new LogPoint(0, -1, 0));

    public LogMarks MarksOf(ulong log)
    {
        lock (_gate) return _points.Logs.TryGetValue(log, out var marks) ? marks : Unknown;
    }

    /// <summary>A new log has one empty segment.</summary>
    public void Created(ulong log)
    {
        var point = new LogPoint(0, 0, 0);
        lock (_gate) _points.Logs[log] = new LogMarks(WasClosed: true, point, TimeIndex.None, point);
    }

    public void Opened(SegmentLog log)
    {
        lock (_gate) _open[log.Identity] = log;
    }

    /// <param name="marks">Null when forcing failed, and what was known before is all that is known.</param>
    public void Closed(SegmentLog log, LogMarks? marks)
    {
        lock (_gate)
        {
            _open.Remove(log.Identity);
            if (marks is not { } known) return;
            _points.Logs[log.Identity] = known;
            _closed.Add(log.Identity);
        }
    }

    public void Forget(ulong log)
    {
        lock (_gate)
        {
            _open.Remove(log);
            _points.Logs.Remove(log);
        }
    }

    /// <summary>Before the first append of this opening: from here on a crash means recovery.</summary>
    public uint BeginRun(ulong secret)
    {
        lock (_gate)
        {
            _points = _points with { Run = _points.Run + 1, Secret = secret, IsJournalInUse = _options.Flush == FlushMode.Disk, Flush = _options.Flush, JournalFrom = 0 };
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
            lock (_gate)
            {
                foreach (var log in _open.Values) _points.Logs[log.Identity] = log.Marks;
                if (journalFrom is { } from) _points = _points with { JournalFrom = from };
                encoded = _points.Encode();
            }
            if (encoded.AsSpan().SequenceEqual(_saved)) return;
            AtomicFile.Replace(_path, encoded, _options.Force, _options.Points, "recovery.points");
            _saved = encoded;
        }
    }

    /// <summary>Everything is forced and every log is closed: the journal is not needed any more.</summary>
    public void SaveClosed()
    {
        lock (_gate) _points = _points with { IsJournalInUse = false, JournalFrom = 0 };
        // A store that never held anything leaves no file.
        if (_points.Run > 0 || _points.Logs.Count > 0) Save(null);
    }
}
