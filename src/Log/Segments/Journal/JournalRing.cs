using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Journal;

/// <summary>
/// The journal's files, used in turn and never deleted. A file that is full is handed to the checkpoint, which forces the segments that its bytes belong to and
/// gives it back. The ring grows by one file when none is free, up to its limit; then the committer waits.
/// </summary>
sealed class JournalRing(string folder, SegmentStoreOptions options) : IDisposable
{
    /// <summary>The whole ring takes at most this part of a device that is small: its room is for records.</summary>
    const int ShareOfDevice = 4;

    readonly object _gate = new();
    readonly Queue<JournalFile> _free = [];
    readonly List<JournalFile> _all = [];
    Exception? _failure;
    IOException? _hindrance;

    /// <summary>The size of each file once the ring is open: as in the options, or smaller on a small device.</summary>
    public int FileBytes { get; private set; } = options.JournalFileBytes;

    /// <summary>Takes over the files that are there, making those of another size anew, and makes the first if there is none.</summary>
    public void Open()
    {
        if (_all.Count > 0) return;
        var paths = JournalFile.Existing(folder);
        FileBytes = FittingSize([.. paths.Select(path => new FileInfo(path).Length)]);
        // A copy under another name is no file of the ring: what it held was replayed.
        paths = [.. paths.Where(JournalFile.IsOfRing)];
        if (paths.Length == 0) paths = [JournalFile.PathOf(folder, 0)];
        foreach (var path in paths.Take(options.JournalFiles))
        {
            var file = JournalFile.Open(path, FileBytes, options.Force);
            _all.Add(file);
            _free.Enqueue(file);
        }
    }

    /// <summary>The size in the options, halved until the ring leaves most of the device free. Files that are there are not made smaller than they are: they have their room.</summary>
    int FittingSize(long[] existing)
    {
        if (options.FreeSpace(folder) is not { } free) return options.JournalFileBytes;
        var room = (free + existing.Sum()) / ShareOfDevice;
        var smallest = existing is [var first, ..] && SegmentStoreOptions.IsJournalFileSize(first) ? (int)Math.Min(first, options.JournalFileBytes) : SegmentStoreOptions.SmallestJournalFileBytes;
        var size = options.JournalFileBytes;
        while (size / 2 >= smallest && SegmentStoreOptions.IsJournalFileSize(size / 2) && (long)size * options.JournalFiles > room) size /= 2;
        return size;
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
                if (_all.Count < options.JournalFiles && TryGrow() is { } grown) return grown;
                // Better an error than an append that waits until somebody has made room.
                if (_hindrance is { } hindrance) throw new IOException($"the journal has no free file: {hindrance.Message}", hindrance.HResult);
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Files cannot be given back at the moment, and it is tried again.</summary>
    /// <param name="hindrance">Null when they can.</param>
    public void Hinder(IOException? hindrance)
    {
        lock (_gate)
        {
            _hindrance = hindrance;
            Monitor.PulseAll(_gate);
        }
    }

    JournalFile? TryGrow()
    {
        try
        {
            var file = JournalFile.Open(FreePath(), FileBytes, options.Force);
            _all.Add(file);
            return file;
        }
        catch (IOException failure) when (failure is not ForceFailedException)
        {
            // A full device is no end: the file that was full before is on its way back.
            return null;
        }
    }

    /// <summary>The first number that the ring has no file of: one in the middle may have been removed.</summary>
    string FreePath() => Enumerable.Range(0, _all.Count + 1).Select(number => JournalFile.PathOf(folder, number)).First(path => !_all.Exists(file => file.Path == path));

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

    /// <summary>Closes the files and forgets that it failed. It has to be opened again.</summary>
    public void Close()
    {
        lock (_gate)
        {
            Dispose();
            _all.Clear();
            _free.Clear();
            (_failure, _hindrance) = (null, null);
        }
    }

    public void Dispose()
    {
        foreach (var file in _all) file.Dispose();
    }
}
