using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Journal;

/// <summary>
/// The journal's files, used in turn and never deleted. A file that is full is handed to the checkpoint, which forces the segments that its bytes belong to and
/// gives it back. The ring grows by one file when none is free, up to its limit; then the committer waits.
/// </summary>
sealed class JournalRing(string folder, int fileBytes, int mostFiles, IForce force) : IDisposable
{
    readonly object _gate = new();
    readonly Queue<JournalFile> _free = [];
    readonly List<JournalFile> _all = [];
    Exception? _failure;

    public int FileBytes => fileBytes;

    /// <summary>Takes over the files that are there, making those of another size anew, and makes the first if there is none.</summary>
    public void Open()
    {
        if (_all.Count > 0) return;
        var paths = JournalFile.Existing(folder);
        if (paths.Length == 0) paths = [JournalFile.PathOf(folder, 0)];
        foreach (var path in paths.Take(mostFiles))
        {
            var file = JournalFile.Open(path, fileBytes, force);
            _all.Add(file);
            _free.Enqueue(file);
        }
    }

    /// <summary>A file to write to from its beginning. Waits when all are full.</summary>
    public JournalFile Take()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_failure is { } failure) throw new IOException($"the journal has no free file: {failure.Message}", failure);
                if (_free.TryDequeue(out var free)) return free;
                if (_all.Count < mostFiles && TryGrow() is { } grown) return grown;
                Monitor.Wait(_gate);
            }
        }
    }

    JournalFile? TryGrow()
    {
        try
        {
            var file = JournalFile.Open(JournalFile.PathOf(folder, _all.Count), fileBytes, force);
            _all.Add(file);
            return file;
        }
        catch (IOException failure) when (failure is not ForceFailedException)
        {
            // A full device is no end: the file that was full before is on its way back.
            return null;
        }
    }

    public void GiveBack(JournalFile file)
    {
        file.Clear();
        lock (_gate)
        {
            _free.Enqueue(file);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>No file comes back any more.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        foreach (var file in _all) file.Dispose();
    }
}
