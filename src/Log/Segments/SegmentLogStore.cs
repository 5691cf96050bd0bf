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
/// until the store is opened again.
/// </para>
/// </summary>
public sealed class SegmentLogStore : ILogStore
{
    const string JournalFolder = "journal";

    readonly Lock _gate = new(), _beginning = new();
    readonly SegmentStoreOptions _options;
    readonly FolderLock _lock;
    readonly RecoveryLedger _ledger;
    readonly JournalRing _ring;
    readonly Checkpointer _checkpointer;
    readonly Committer _committer;
    readonly LogFolders _folders;
    readonly KeptAside _kept;
    readonly List<string> _remarks = [];
    readonly Dictionary<string, SegmentLog> _open = [];
    readonly HashSet<string> _busy = [];
    volatile JournalWriter? _writer;
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
            _kept = new KeptAside(Path.Combine(_options.Directory, JournalFolder), _options.Force, _options.Read);
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
        _checkpointer = new Checkpointer(_options.Force, _ledger.Save, _ring.GiveBack, Fail);
        _committer = new Committer(appends => _writer!.Commit(appends));
        (_options.Files.Due, _options.Files.Failed) = (() => _checkpointer.Request(_options.Files), Fail);
    }

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

    void Replay()
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
        using var targets = new ReplayTargets(_folders.TargetOf, _kept, _options.Force, _options.Read);
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
            var folder = folderOf();
            var log = new SegmentLog(this, folder, options, _options, OpenFolder(name, folder, options));
            lock (_gate) _open[name] = log;
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
            foreach (var segment in opened.Segments.All) segment.Rest();
            return opened;
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

    /// <summary>The log is whole again: it gets what was kept of the journal while it was not.</summary>
    void PutInPlace(ulong log)
    {
        using var targets = new ReplayTargets(_folders.TargetOf, null, _options.Force, _options.Read);
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
            if (_options.Flush == FlushMode.Disk) _ring.Open();
            var run = _ledger.BeginRun(secret, _options.Flush == FlushMode.Disk ? _ring.FileBytes : 0);
            _writer = new JournalWriter(run, secret, _ring, _checkpointer, _options);
        }
    }

    /// <param name="earlier">The pieces of the append before this one, when it has several.</param>
    internal void Commit(PendingAppend append, List<PendingAppend>? earlier)
    {
        if (!_committer.TryEnqueue(append, earlier)) append.Fail(new ObjectDisposedException(nameof(SegmentLogStore)));
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
        _options.Points.Reached("shutdown.logs-closed");
        try
        {
            if (Failure is null) _ledger.SaveClosed();
        }
        finally
        {
            _ring.Dispose();
            _options.Files.Dispose();
            _lock.Dispose();
        }
        return ValueTask.CompletedTask;
    }
}
