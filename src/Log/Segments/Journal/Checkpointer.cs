using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Journal;

/// <summary>
/// Forces segments in the background, so that their bytes need no journal: those of a full journal file before that is used again, and those that were
/// sealed. Then it notes how far each log is forced. Its thread starts with the first request and sleeps without one; appends go on meanwhile.
/// </summary>
/// <param name="save">Makes the recovery points durable; given the sequence that the journal is needed from, if that moved.</param>
/// <param name="failed">Told once when forcing failed. No file comes back to the ring then, because the journal holds what the segments may not.</param>
sealed class Checkpointer(IForce force, Action<long?> save, Action<JournalFile> free, Action<Exception> failed) : IDisposable
{
    readonly object _gate = new();
    List<JournalFile> _files = [];
    HashSet<Segment> _segments = [];
    OpenFiles? _rested;
    Thread? _thread;
    bool _isStopping;

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
        if (_thread is null)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "log checkpoint" };
            _thread.Start();
        }
        Monitor.Pulse(_gate);
    }

    void Run()
    {
        try
        {
            while (Take(out var files, out var segments, out var rested))
            {
                if (files.Count > 0 || segments.Count > 0) Checkpoint(files, segments);
                rested?.CloseRested();
            }
        }
        catch (Exception failure)
        {
            failed(failure);
        }
    }

    bool Take(out List<JournalFile> files, out HashSet<Segment> segments, out OpenFiles? rested)
    {
        lock (_gate)
        {
            while (_files.Count == 0 && _segments.Count == 0 && _rested is null && !_isStopping) Monitor.Wait(_gate);
            (files, segments) = (_files, _segments);
            rested = _rested;
            (_files, _segments, _rested) = ([], [], null);
            return !_isStopping;
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
        _thread?.Join();
    }
}
