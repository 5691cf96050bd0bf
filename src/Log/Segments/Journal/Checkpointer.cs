using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Journal;

/// <summary>
/// Forces segments in the background, so that their bytes need no journal: those of a full journal file before that is used again, and those that were
/// sealed. Then it notes how far each log is forced. Its thread starts with the first request and sleeps without one; appends go on meanwhile.
/// </summary>
/// <param name="save">Makes the recovery points durable; given the sequence that the journal is needed from, if that moved.</param>
/// <param name="failed">Told once when forcing failed. No file comes back to the ring then, because the journal holds what the segments may not.</param>
/// <param name="tryStart">Starts a thread by that name; false when there is none. Null for the system's.</param>
/// <param name="hindered">Told when the recovery points could not be saved, as on a full device, and null when they could again. It is tried until they are.</param>
sealed class Checkpointer(IForce force, Action<long?> save, Action<JournalFile> free, Action<Exception> failed, Action<IOException?> hindered, Func<Action, string, bool>? tryStart = null) : IDisposable
{
    static readonly TimeSpan NextTry = TimeSpan.FromSeconds(1);

    readonly object _gate = new(), _working = new();
    List<JournalFile> _files = [];
    HashSet<Segment> _segments = [];
    OpenFiles? _rested;
    ManualResetEventSlim? _ended;
    bool _isStopping, _isHindered, _hasFailed;

    public void Request(JournalFile full)
    {
        lock (_gate)
        {
            _files.Add(full);
            Wake();
        }
    }

    public void Request(Segment segment)
    {
        lock (_gate)
        {
            _segments.Add(segment);
            Wake();
        }
    }

    /// <summary>Closes the files that were not used for a while.</summary>
    public void Request(OpenFiles files)
    {
        lock (_gate)
        {
            _rested = files;
            Wake();
        }
    }

    void Wake()
    {
        if (_ended is null)
        {
            _ended = new ManualResetEventSlim();
            if (!(tryStart ?? StoreThread.TryStart)(RunToTheEnd, "log checkpoint")) StoreThread.OnPool(RunToTheEnd);
        }
        Monitor.Pulse(_gate);
    }

    void RunToTheEnd()
    {
        Run();
        _ended!.Set();
    }

    void Run()
    {
        while (Take(out var files, out var segments, out var rested))
        {
            var isDone = true;
            lock (_working)
            {
                if (files.Count > 0 || segments.Count > 0) isDone = TryCheckpoint(files, segments);
                rested?.CloseRested();
            }
            lock (_gate)
            {
                if (!isDone && !_isStopping) Monitor.Wait(_gate, NextTry);
            }
        }
    }

    /// <summary>Forgets what was requested, and that it failed: until then it does nothing more. Returns when nothing of it is being done any more.</summary>
    public void Forget()
    {
        lock (_working)
            lock (_gate)
            {
                _files.Clear();
                _segments.Clear();
                _hasFailed = false;
                Monitor.Pulse(_gate);
            }
    }

    bool Take(out List<JournalFile> files, out HashSet<Segment> segments, out OpenFiles? rested)
    {
        lock (_gate)
        {
            while ((_hasFailed || (_files.Count == 0 && _segments.Count == 0 && _rested is null)) && !_isStopping) Monitor.Wait(_gate);
            (files, segments) = (_files, _segments);
            rested = _rested;
            (_files, _segments, _rested) = ([], [], null);
            return !_isStopping;
        }
    }

    /// <returns>False when it has to be tried again.</returns>
    bool TryCheckpoint(List<JournalFile> files, HashSet<Segment> segments)
    {
        try
        {
            Checkpoint(files, segments);
            if (_isHindered) hindered(null);
            _isHindered = false;
            return true;
        }
        catch (IOException failure) when (failure is not ForceFailedException)
        {
            // The journal keeps what it has. Nothing is known to be lost, so it is done again.
            _isHindered = true;
            hindered(failure);
            lock (_gate)
            {
                _files.InsertRange(0, files);
                _segments.UnionWith(segments);
            }
            return false;
        }
        catch (Exception failure)
        {
            lock (_gate) _hasFailed = true;
            failed(failure);
            return true;
        }
    }

    void Checkpoint(List<JournalFile> files, HashSet<Segment> segments)
    {
        foreach (var file in files) segments.UnionWith(file.Segments);
        foreach (var segment in segments) segment.Force(force);
        save(files.Count > 0 ? files[^1].NextSequence : null);
        foreach (var file in files) free(file);
    }

    /// <summary>Ends the thread, after what it does at the moment. What was only requested is left undone.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }
        _ended?.Wait();
    }
}
