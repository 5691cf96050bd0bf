using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Journal;
using Semel.Log.Segments.Recovery;

namespace Semel.Log.Segments;

/// <summary>
/// Logs in files of a folder, in Kafka's format.
/// <para>
/// The folder holds <c>logs/NAME/</c> with each log's segments, <c>journal/</c> with the ring of files that appends of all logs are forced in,
/// <c>recovery.points</c>, and a lock. Opening the store replays the journal when it was not closed in order; each log is verified when it is opened. The threads that
/// force start with the first append. Disposing forces everything and leaves nothing to recover. After a forced write failed, every append of every log fails
/// until it has been opened again, with which the store begins anew from its journal.
/// </para>
/// </summary>
public sealed class SegmentLogStore : ILogStore
{
    const string JournalFolder = "journal";
    static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new(), _beginning = new(), _committing = new();
    readonly SegmentStoreOptions _options;
    readonly FolderLock _lock;
    readonly RecoveryLedger _ledger;
    readonly JournalRing _ring;
    readonly Checkpointer _checkpointer;
    readonly Committer _committer;
    readonly FolderWatch _watch;
    readonly LogFolders _folders;
    readonly KeptAside _kept;
    readonly List<string> _remarks = [];
    readonly Dictionary<string, SegmentLog> _open = [];
    readonly HashSet<string> _busy = [];
    readonly List<SegmentLog> _closing = [];
    volatile bool _isClosing;
    volatile JournalWriter? _writer;
    long? _triedAnew;
    int _timesAnew;
    bool _isDisposed;

    /// <summary>Opens the folder and brings its journal's bytes into the logs if the last process did not end in order.</summary>
    /// <exception cref="LogStoreException">The folder cannot be used: another process has it, or it cannot be written.</exception>
    /// <exception cref="LogDamagedException">The journal is damaged where it was durable; nothing was changed.</exception>
    public SegmentLogStore(SegmentStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var files = new OpenFiles(options.MostOpenFiles ?? DescriptorLimit.ForSegments(), options.Force, options.Time) { BeforeWrite = options.BeforeWrite, Reading = options.Read };
        _options = options with { Directory = Path.GetFullPath(options.Directory), Files = files, Force = new ForceWithRoom(options.Force, files) };
        CreateFolders();
        _lock = FolderLock.Take(_options.Directory);
        try
        {
            (_ledger, _folders) = Begin(RecoveryLedger.Load(_options));
            _kept = new KeptAside(_options.Directory, _options.Force, _options.Read);
            RefuseWithoutLogs();
            if (_folders.AreOfOtherPoints())
            {
                _remarks.Add($"{Path.Combine(_options.Directory, RecoveryPoints.FileName)} belongs to another data folder and is not used: everything is verified");
                (_ledger, _folders) = Begin(RecoveryLedger.Unknown(_options));
            }
            _folders.Load();
            Replay();
            _remarks.AddRange(_folders.Remarks);
            foreach (var (log, path, bytes) in _kept.All())
                _remarks.Add($"{path} keeps {bytes} bytes of the journal that belong to the log {_ledger.NameOf(log) ?? $"with the identity {log:x16}"}, until its folder is whole again or it is deleted");
        }
        catch (Exception failure)
        {
            _lock.Dispose();
            if (failure is not (IOException or UnauthorizedAccessException)) throw new LogStoreException($"the data folder {_options.Directory} cannot be opened: {failure.Message} Restore it from a copy.", failure);
            if (failure is UnauthorizedAccessException) throw new LogStoreException($"the data folder {_options.Directory} cannot be used: {failure.Message} Give this user the right to read and write there.", failure);
            if (failure is IOException and not (LogDamagedException or LogStoreException)) throw new LogStoreException($"the data folder {_options.Directory} cannot be opened: {failure.Message}", failure);
            throw;
        }
        _ring = new JournalRing(Path.Combine(_options.Directory, JournalFolder), _options);
        Reserve = new SpaceReserve(_options);
        _checkpointer = new Checkpointer(_options.Force, Save, _ring.GiveBack, Fail, _ring.Hinder, _options.TryStartThread);
        _committer = new Committer(Commit, _options.TryStartThread);
        _watch = new FolderWatch(LogFolders.PathIn(_options.Directory));
        (_options.Files.Due, _options.Files.Failed) = (() => _checkpointer.Request(_options.Files), Fail);
    }

    /// <summary>Room on the device for what makes room on it.</summary>
    internal SpaceReserve Reserve { get; }

    public IReadOnlyList<string> Names => _folders.Names;

    /// <summary>Why no log of the store takes appends any more; null while all is well.</summary>
    internal Exception? Failure => _committer.Failure;

    void CreateFolders()
    {
        try
        {
            foreach (var folder in new[] { _options.Directory, LogFolders.PathIn(_options.Directory), Path.Combine(_options.Directory, JournalFolder) })
            {
                if (Directory.Exists(folder)) continue;
                Directory.CreateDirectory(folder);
                _options.Force.Directory(Path.GetDirectoryName(folder)!);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (DeviceErrors.IsReadOnly(failure)) throw FolderLock.OnlyRead(_options.Directory, failure);
            throw new LogStoreException($"the data folder {_options.Directory} cannot be made: {failure.Message} Choose a folder that this user may write.", failure);
        }
    }

    (RecoveryLedger, LogFolders) Begin(RecoveryLedger ledger) => (ledger, new LogFolders(_options, ledger));

    /// <summary>A folder that lost all its logs at once was emptied by mistake, or is the wrong one: nothing is begun anew in it.</summary>
    void RefuseWithoutLogs()
    {
        var count = _ledger.Points.Logs.Count;
        if (count == 0 || !_folders.IsEmpty) return;
        var points = Path.Combine(_options.Directory, RecoveryPoints.FileName);
        throw new LogStoreException($"the folder {LogFolders.PathIn(_options.Directory)} is empty, but by {points} there are {count} logs. Restore the folder; or, to give up all records and begin anew, remove {points}");
    }

    /// <param name="isDoubted">Forcing had failed, and not the process.</param>
    void Replay(bool isDoubted = false)
    {
        var journal = Path.Combine(_options.Directory, JournalFolder);
        // Points that are older than the journal say nothing of it.
        var isStale = _ledger.WasFound && JournalReplay.HasRunAfter(_ledger.Points.Run, journal, _options.Read);
        if (isStale) _remarks.Add($"{Path.Combine(_options.Directory, RecoveryPoints.FileName)} is older than the journal in {journal}: the journal is replayed without it");
        var points = _ledger.WasFound && !isStale ? _ledger.Points : null;
        if (points is { IsJournalInUse: false }) return;
        var isThere = JournalFile.Existing(journal).Length > 0;
        if (!isThere && _ledger.Points.IsJournalInUse)
            _remarks.Add($"the folder {journal} holds no file, but the last process, which did not end in order, had used it: what was acknowledged last is there only if the system went on running");
        if (!isThere && _folders.Names.Length == 0) return;
        using var targets = new ReplayTargets(_folders.TargetOf, _kept, _options, isDoubted);
        var replay = new JournalReplay(journal, points, targets, _options.Read);
        if (isThere) replay.Run();
        _ledger.Replayed(replay.RunNumber, targets, isIntact: isThere && points is not null);
    }

    public IReadOnlyList<string> Remarks => _remarks;

    public ILog Create(string name, LogOptions options) => Open(name, options, () =>
    {
        var (folder, identity) = _options.Files.WithRoom(() => _folders.Create(name));
        _ledger.Created(identity, name);
        return folder;
    });

    public ILog Open(string name, LogOptions options) => Open(name, options, () => _folders.Find(name));

    SegmentLog Open(string name, LogOptions options, Func<string> folderOf)
    {
        LogName.Check(name);
        LogOptionsCheck.Check(options);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_open.ContainsKey(name) || !_busy.Add(name)) throw new InvalidOperationException($"the log {name} is open already, or being opened or deleted");
        }
        try
        {
            BeginAnewIfFailed();
            var timesAnew = Volatile.Read(ref _timesAnew);
            var folder = folderOf();
            var log = new SegmentLog(this, folder, options, _options, OpenFolder(name, folder, options));
            lock (_gate)
            {
                _open[name] = log;
                if (_timesAnew != timesAnew) log.EndedInDoubt(new LogStoreException("the store began anew while the log was being opened"));
            }
            _ledger.Opened(log);
            foreach (var segment in log.Unsettled) _checkpointer.Request(segment);
            return log;
        }
        finally
        {
            lock (_gate) _busy.Remove(name);
        }
    }

    OpenedLog OpenFolder(string name, string folder, LogOptions options)
    {
        try
        {
            var opened = _options.Files.WithRoom(() =>
            {
                var opening = new LogOpening(name, folder, options, _options, _ledger);
                if (_kept.IsThere(opening.Identity)) PutInPlace(opening.Identity);
                return opening.Open();
            });
            if (options.ClaimsWriterEpoch) opened = Claim(opened, folder);
            foreach (var segment in opened.Segments.All) segment.Rest();
            return opened;
        }
        catch (ForceFailedException)
        {
            _ledger.Doubt();
            throw;
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new LogStoreException($"the log in {folder} cannot be opened by this user: {denied.Message} Give this user the right to read and write there.", denied);
        }
        catch (ReadFailedException unreadable)
        {
            throw new LogDamagedException($"{unreadable.Message}. Restore the file from a copy");
        }
        catch (Exception unexpected) when (unexpected is not IOException)
        {
            throw new LogDamagedException($"the log in {folder} cannot be opened: {unexpected.Message}");
        }
    }

    OpenedLog Claim(OpenedLog opened, string folder)
    {
        var claimed = opened.Descriptor.WithNextWriter();
        try
        {
            Spend(() => claimed.Replace(folder, _options.Force, _options.Points));
            return opened with { Descriptor = claimed };
        }
        catch
        {
            foreach (var segment in opened.Segments.All) segment.Dispose();
            throw;
        }
    }

    /// <summary>The log is whole again: it gets what was kept of the journal while it was not.</summary>
    void PutInPlace(ulong log)
    {
        using var targets = new ReplayTargets(_folders.TargetOf, null, _options);
        _kept.Replay(log, targets);
        targets.Force();
        _ledger.Restored(targets);
        if (targets.Kept.Count == 0) _kept.Remove(log);
    }

    public void Delete(string name)
    {
        LogName.Check(name);
        SegmentLog? log;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_busy.Add(name)) throw new InvalidOperationException($"the log {name} is being opened or deleted");
            _open.Remove(name, out log);
        }
        try
        {
            log?.Abandon();
            if (_folders.Delete(name, log?.Identity ?? _ledger.IdentityOf(name)) is not { } deleted) return;
            try
            {
                _kept.Remove(deleted.Identity);
                LogFolders.RemoveContent(deleted.Folder);
            }
            finally
            {
                // Its last append has been completed: what the journal has of it lies before its next group.
                _ledger.Deleted(deleted.Identity, deleted.Folder, _writer?.NextSequence ?? 0);
            }
        }
        finally
        {
            lock (_gate) _busy.Remove(name);
        }
    }

    /// <summary>Before the first append: notes that the store is in use, so that a crash from here on is seen.</summary>
    internal void BeginRun()
    {
        if (_writer is not null) return;
        lock (_beginning)
        {
            if (_writer is not null) return;
            var secret = JournalWriter.NewSecret();
            _ledger.SaveReplayed();
            if (_options.Flush == FlushMode.Disk) _ring.Open();
            var run = _ledger.BeginRun(secret, _options.Flush == FlushMode.Disk ? _ring.FileBytes : 0);
            Reserve.Keep();
            _writer = new JournalWriter(run, secret, _ring, _checkpointer, _options);
        }
    }

    /// <summary>Makes appends durable, and looks afterwards whether it was in the folders that are there.</summary>
    void Commit(List<PendingAppend> appends)
    {
        lock (_committing)
        {
            if (RefuseEnded(appends) is not { Count: > 0 } taken) return;
            _writer!.Commit(taken);
            var generation = _watch.Look();
            _writer.RefuseIfRemoved();
            foreach (var append in taken) append.Refusal = append.Log.WhyGone(generation);
        }
    }

    /// <summary>Of logs that ended while their append waited nothing is written: the store may have begun anew meanwhile.</summary>
    List<PendingAppend> RefuseEnded(List<PendingAppend> appends)
    {
        if (!appends.Exists(static append => append.Log.HasEnded)) return appends;
        foreach (var append in appends)
        {
            if (append.Log.HasEnded) append.Refusal = new LogStoreException("the log has ended");
        }
        return appends.FindAll(static append => append.Refusal is null);
    }

    /// <summary>
    /// After forcing failed: begins a new run, as a start of the process does. The journal holds all that was acknowledged since it was last forced elsewhere; that is written into the segments
    /// anew, whatever they seem to hold, and forced. Then no log needs the failed run. Each ends and is verified when it is opened again. When anything of this fails, nothing is changed by it, and it is tried
    /// again with one of the next openings.
    /// </summary>
    void BeginAnewIfFailed()
    {
        if (Failure is null) return;
        lock (_beginning)
        {
            if (Failure is not { } failure || (_triedAnew is { } tried && _options.Time.GetElapsedTime(tried) < BetweenTries)) return;
            _triedAnew = _options.Time.GetTimestamp();
            try
            {
                BeginAnew(failure);
            }
            catch (Exception again) when (again is IOException || again.InnerException is IOException)
            {
                throw new LogStoreException($"the data folder {_options.Directory} cannot be used, because {failure.Message}, and to begin anew failed as well: {(again.InnerException ?? again).Message}. It is tried again.", again);
            }
        }
    }

    void BeginAnew(Exception failure)
    {
        lock (_gate)
        {
            _timesAnew++;
            foreach (var log in _open.Values) log.EndedInDoubt(failure);
        }
        _checkpointer.Forget();
        lock (_committing)
        {
            _watch.Look();
            _ledger.Doubt();
            _ledger.EndAll();
            _ring.Close();
            if (_ledger.Points.IsJournalInUse) Replay(isDoubted: true);
            _writer = null;
            _triedAnew = null;
            _committer.Recovered();
        }
    }

    /// <summary>The same for an append that is not forced.</summary>
    /// <exception cref="LogStoreException">The log is gone, or all are.</exception>
    internal void RefuseIfGone(SegmentLog log)
    {
        if (log.WhyGone(_watch.LookOften()) is { } gone) throw gone;
    }

    /// <param name="earlier">The pieces of the append before this one, when it has several.</param>
    internal void Commit(PendingAppend append, List<PendingAppend>? earlier)
    {
        if (!_committer.TryEnqueue(append, earlier)) append.Fail(new ObjectDisposedException(nameof(SegmentLogStore)));
    }

    /// <summary>Saves the recovery points after a checkpoint.</summary>
    void Save(long? journalFrom)
    {
        Spend(() => _ledger.Save(journalFrom));
        Reserve.Keep();
    }

    void Spend(Action save)
    {
        try
        {
            save();
        }
        catch (IOException failure) when (Reserve.GivesWay(failure))
        {
            save();
        }
    }

    /// <summary>Has a sealed segment forced in the background.</summary>
    internal void Settle(Segment segment) => _checkpointer.Request(segment);

    /// <summary>Forcing failed: from here on nobody knows what is durable.</summary>
    internal void Fail(Exception failure)
    {
        _committer.Fail(failure);
        _ring.Fail(failure);
    }

    internal void Closed(SegmentLog log, KnownLog? known)
    {
        _ledger.Closed(log, known);
        lock (_gate)
        {
            if (_open.TryGetValue(log.Name, out var open) && open == log) _open.Remove(log.Name);
        }
    }

    /// <summary>Where the file system can be forced as a whole, ten thousand logs are closed by doing that once instead of some times for each of them.</summary>
    public void Closing()
    {
        // What others could not write is told to whoever asks first: so the answer of the end is about what is written from here on.
        if (_lock.Folder is { } folder) _isClosing = _options.Force.TryFileSystem(folder, _options.Directory);
    }

    /// <summary>Whether what is written into a log's folder now is forced when the store is disposed.</summary>
    internal bool IsForcedLater(FolderStamp folder) => _isClosing && folder.Device == _watch.Device && Failure is null;

    internal void CloseLater(SegmentLog log)
    {
        lock (_gate) _closing.Add(log);
    }

    void FinishClosing()
    {
        if (_closing.Count == 0) return;
        _options.Points.Reached("shutdown.before-force");
        var isAllForced = _options.Files.ForceFileSystem(_lock.Folder!, _options.Directory);
        HelpedWork.ForEach(_closing, Environment.ProcessorCount, log => log.FinishClosing(isAllForced));
    }

    /// <summary>Closes every log, forces everything and notes that nothing has to be recovered.</summary>
    public ValueTask DisposeAsync()
    {
        SegmentLog[] open;
        lock (_gate)
        {
            if (_isDisposed) return ValueTask.CompletedTask;
            _isDisposed = true;
            open = [.. _open.Values];
        }
        _options.Points.Reached("shutdown.before-close");
        foreach (var log in open) log.Dispose();
        _committer.Dispose();
        _checkpointer.Dispose();
        FinishClosing();
        _options.Points.Reached("shutdown.logs-closed");
        NotClosed = WhyNotClosed();
        _ring.Dispose();
        _options.Files.Dispose();
        _watch.Dispose();
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>After the end: why it was not noted that nothing has to be recovered, as on a full or failing device; null when it was. Nothing that was acknowledged is lost by that.</summary>
    public string? NotClosed { get; private set; }

    string? WhyNotClosed()
    {
        if (Failure is { } failure) return failure.Message;
        try
        {
            Spend(_ledger.SaveClosed);
            return null;
        }
        catch (Exception unsaved) when (unsaved is IOException or UnauthorizedAccessException)
        {
            return unsaved.Message;
        }
    }
}
