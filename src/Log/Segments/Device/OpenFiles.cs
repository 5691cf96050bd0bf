using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>
/// The account of a store's open segment and index files. At the limit those that were not used for longest are closed, never one in use; a little while after files were used for the
/// last time all but a few are closed, so that a thousand partitions that nobody writes to take no descriptors. What was written to them is forced before. Thread safe.
/// <para>When all files are in use at one moment there are more for that moment: nobody waits for another.</para>
/// </summary>
/// <param name="limit">How many files may be open.</param>
sealed class OpenFiles(int limit, IForce force, TimeProvider time) : IDisposable
{
    /// <summary>So many are left open when nobody uses them: the files of a small broker never come and go.</summary>
    public const int KeptAtRest = 128;

    /// <summary>From so many files on it is quicker to force the whole file system once than each of them.</summary>
    public const int WorthTheFileSystem = 32;
    const int ForcedAtOnce = 16;

    /// <summary>A file at rest is closed after one to two of these.</summary>
    public static readonly TimeSpan RestPeriod = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new(), _making = new();
    readonly List<OnDemandFile> _open = [];
    ITimer? _timer;
    int _hand;
    bool _isWaiting, _isDisposed;

    /// <summary>It is time for <see cref="CloseRested"/>: to be called on a thread that may wait for the device.</summary>
    public Action? Due { get; set; }

    /// <summary>Told when forcing failed; the files stay open then.</summary>
    public Action<Exception>? Failed { get; set; }

    /// <summary>Told the path before each write: a test lets it fail.</summary>
    public Action<string>? BeforeWrite { get; init; }

    /// <summary>How they are read.</summary>
    public IRead Reading { get; init; } = DeviceRead.Instance;

    public int Count
    {
        get
        {
            lock (_gate) return _open.Count;
        }
    }

    int Kept => Math.Min(KeptAtRest, limit / 2);

    internal void Opened(OnDemandFile file)
    {
        lock (_gate)
        {
            file.Place = _open.Count;
            _open.Add(file);
            WaitForRest();
        }
    }

    internal void Closed(OnDemandFile file)
    {
        lock (_gate)
        {
            var last = _open[^1];
            (_open[file.Place], last.Place) = (last, file.Place);
            _open.RemoveAt(_open.Count - 1);
            file.Place = -1;
        }
    }

    // Within the gate.
    void WaitForRest()
    {
        if (_isWaiting || _isDisposed || _open.Count <= Kept) return;
        _isWaiting = true;
        _timer ??= time.CreateTimer(static self => ((OpenFiles)self!).Due?.Invoke(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(RestPeriod, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Before a file is opened.</summary>
    public void MakeRoom()
    {
        if (Count < limit) return;
        lock (_making)
        {
            // More than one, so that forcing what was written serves many.
            if (Count >= limit) Close(limit / 8 + 1);
        }
    }

    /// <summary>The process has no descriptor left: everything that is not in use is closed.</summary>
    public void CloseAllAtRest()
    {
        lock (_making) Close(int.MaxValue);
    }

    /// <summary>Runs something that opens a file of its own; when there is no descriptor left for it, once more after those at rest have been closed.</summary>
    public TResult WithRoom<TResult>(Func<TResult> open)
    {
        try
        {
            return open();
        }
        catch (IOException reached) when (DescriptorLimit.IsReached(reached))
        {
            CloseAllAtRest();
            return open();
        }
    }

    void Close(int wanted)
    {
        wanted -= CloseForced(Longest(wanted, isUnforced: false));
        if (wanted <= 0) return;
        var written = Longest(wanted, isUnforced: true);
        if (Force(written)) CloseForced(written);
    }

    /// <summary>Closes those that were not used since this was done last, but for a few.</summary>
    public void CloseRested()
    {
        List<OnDemandFile> rested;
        lock (_gate)
        {
            _isWaiting = false;
            rested = _open.FindAll(static file => !file.TakeWasUsed());
            var surplus = Math.Max(0, _open.Count - Kept);
            if (rested.Count > surplus) rested.RemoveRange(surplus, rested.Count - surplus);
        }
        if (Force(rested)) CloseForced(rested);
        lock (_gate) WaitForRest();
    }

    /// <summary>Of a file that is not needed soon: closes it if there are more than a few.</summary>
    public void Rest(OnDemandFile file)
    {
        if (Count > Kept) file.TryCloseAtRest();
    }

    /// <summary>Those that were not used for longest, as far as that is known: a hand goes round and spares once whoever was used since it came by.</summary>
    List<OnDemandFile> Longest(int wanted, bool isUnforced)
    {
        List<OnDemandFile> found = [], spared = [];
        lock (_gate)
        {
            for (var step = 0; step < _open.Count && found.Count < wanted; step++)
            {
                _hand = (_hand + 1) % _open.Count;
                var file = _open[_hand];
                if (file.IsUnforced != isUnforced) continue;
                if (file.TakeWasUsed()) spared.Add(file);
                else found.Add(file);
            }
        }
        found.AddRange(spared.Take(wanted - found.Count));
        return found;
    }

    static int CloseForced(List<OnDemandFile> files)
    {
        var closed = 0;
        foreach (var file in files) closed += file.TryCloseAtRest() ? 1 : 0;
        return closed;
    }

    /// <summary>Forces those of the files that were written.</summary>
    /// <returns>False when that failed; then the store knows.</returns>
    public bool Force(IReadOnlyList<OnDemandFile> files)
    {
        try
        {
            ForceAll(files);
            return true;
        }
        catch (Exception failure) when (failure is IOException || failure.InnerException is IOException)
        {
            Failed?.Invoke(failure is AggregateException several ? several.InnerExceptions[0] : failure);
            return false;
        }
    }

    /// <summary>Forces everything that was written to the file system, these files and others.</summary>
    /// <param name="any">A file or folder there that is open for so long that every error since then is told to it.</param>
    /// <returns>False when that proves nothing: then only these files were forced, one by one, and the store knows if that failed.</returns>
    public bool ForceFileSystem(SafeFileHandle any, string path)
    {
        List<(OnDemandFile File, long Writes)> held = [];
        try
        {
            OnDemandFile[] open;
            lock (_gate) open = [.. _open];
            foreach (var file in open)
            {
                if (file.IsUnforced && file.Hold(out var writes) is not null) held.Add((file, writes));
            }
            if (force.TryFileSystem(any, path) && held.TrueForAll(static one => one.File.CanBeForced))
            {
                foreach (var (file, writes) in held) file.NoteForced(writes);
                return true;
            }
        }
        finally
        {
            foreach (var (file, _) in held) file.LetGo();
        }
        Force([.. held.Select(static one => one.File)]);
        return false;
    }

    void ForceAll(IReadOnlyList<OnDemandFile> files)
    {
        var held = new List<(OnDemandFile File, SafeFileHandle Handle, long Writes)>();
        try
        {
            foreach (var file in files)
            {
                if (file.IsUnforced && file.Hold(out var writes) is { } handle) held.Add((file, handle, writes));
            }
            if (held.Count >= WorthTheFileSystem && held.TrueForAll(static one => one.File.CanBeForced) && force.TryFileSystem(held[0].Handle, held[0].File.Path))
            {
                foreach (var (file, _, writes) in held) file.NoteForced(writes);
                return;
            }
            // The device takes many at once nearly as fast as one, because the file system makes one commit of them.
            HelpedWork.ForEach(held, ForcedAtOnce, one => one.File.Force(force, one.Handle, one.Writes));
        }
        finally
        {
            foreach (var (file, _, _) in held) file.LetGo();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }
}
