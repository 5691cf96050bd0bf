using System.Security.Cryptography;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Recovery;

namespace Semel.Log.Segments;

/// <summary>
/// The folders of a store's logs, by the logs' names. A folder is made under a name that no log has and renamed when all of it is durable, and deleted in the opposite
/// order: so a log is there whole or not at all, and what a crash left half made or half deleted is removed at the next opening. A folder that says that it is another
/// log's than its name tells is none: it is passed over. Thread safe.
/// </summary>
sealed class LogFolders(SegmentStoreOptions options, RecoveryLedger ledger)
{
    /// <summary>The folder of the folders.</summary>
    public const string Name = "logs";

    readonly Lock _gate = new();
    readonly Dictionary<string, string> _folders = [];
    readonly Dictionary<string, string> _elsewhere = [];
    readonly List<string> _remarks = [];
    readonly string _path = PathIn(options.Directory);
    readonly SharedFolderForce _names = new(options.Force, PathIn(options.Directory));
    Dictionary<ulong, (string Name, string Folder)>? _unknown;

    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, Name);

    /// <summary>The name of the log in a folder, which is not always the folder's.</summary>
    /// <exception cref="LogDamagedException">The folder's own name says nothing, and what is in it cannot be read.</exception>
    public static string NameOf(string folder)
    {
        var name = Path.GetFileName(folder);
        return LogFolderName.IsPlain(name) ? name : LogDescriptor.Read(folder, DeviceRead.Instance).Name;
    }

    /// <summary>What was passed over, one sentence each.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Whether the recovery points are another data folder's: the logs of the same names have other identities, more than one and all that are asked.</summary>
    public bool AreOfOtherPoints()
    {
        const int asked = 3;
        var identities = new List<bool>();
        foreach (var name in ledger.Names)
        {
            if (identities.Count == asked) break;
            if (Directory.Exists(PathOf(name)) && DescriptorIn(PathOf(name)) is { } descriptor && descriptor.Name == name) identities.Add(descriptor.Identity == ledger.IdentityOf(name));
            if (identities.Contains(true)) return false;
        }
        return identities.Count > 1;
    }

    /// <summary>Finds what is there, once, after removing what a crash left.</summary>
    public void Load()
    {
        var known = ledger.Names.ToDictionary(LogFolderName.Of);
        foreach (var folder in Directory.GetDirectories(_path))
        {
            var folderName = Path.GetFileName(folder);
            if (LogFolderName.IsBeingMade(folderName)) Directory.Delete(folder, recursive: true);
            else if (LogFolderName.IsBeingDeleted(folderName, out var identity))
            {
                Empty(folder);
                ledger.Deleted(identity, folder, journalUpTo: long.MaxValue);
            }
            else if ((known.GetValueOrDefault(folderName) ?? Owner(folder, folderName)) is { } name) _folders[name] = folder;
        }
    }

    /// <summary>Deletes what is in a folder; the folder stays.</summary>
    static void Empty(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo inner) inner.Delete(recursive: true);
            else entry.Delete();
        }
    }

    /// <summary>The log whose folder it is, when nobody knew of it before; null when it is none.</summary>
    string? Owner(string folder, string folderName)
    {
        try
        {
            var descriptor = LogDescriptor.Read(folder, options.Read);
            if (LogFolderName.Of(descriptor.Name) == folderName)
            {
                ledger.Named(descriptor.Identity, descriptor.Name);
                return descriptor.Name;
            }
            _elsewhere[descriptor.Name] = folder;
            _remarks.Add($"the folder {folder} says that it is the log {descriptor.Name}, which it is not by its name, and is passed over: a copy that is not needed can be removed, the log itself needs the name {LogFolderName.Of(descriptor.Name)}");
            return null;
        }
        catch (IOException unreadable)
        {
            // A log that cannot be told is a log all the same, and refused by its name when it is opened.
            if (LogFolderName.IsPlain(folderName) && LogName.IsName(folderName) && HasSegments(folder)) return folderName;
            _remarks.Add($"the folder {folder} is not known as a log's and is passed over: {unreadable.Message}");
            return null;
        }
    }

    static bool HasSegments(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder).Any(LogInspection.IsSegment);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>The names of all logs that are there or should be.</summary>
    public string[] Names
    {
        get
        {
            string[] names;
            lock (_gate) names = [.. _folders.Keys.Union(ledger.Names)];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
    }

    /// <summary>Whether there is nothing at all.</summary>
    public bool IsEmpty => !Directory.EnumerateFileSystemEntries(_path).Any();

    /// <summary>Where the journal's bytes of a log go to: into its folder, if that says that it is the log's.</summary>
    public ReplayTarget TargetOf(ulong log)
    {
        lock (_gate)
        {
            var (name, folder) = ledger.NameOf(log) is { } known ? (known, _folders.GetValueOrDefault(known)) : (_unknown ??= Unknown()).GetValueOrDefault(log);
            if (folder is not null && DescriptorIn(folder) is { } descriptor && descriptor.Identity == log && descriptor.Name == name && NeededFrom(folder, descriptor) is { } from) return new ReplayTarget(folder, from, WasDeleted: false);
        }
        return new ReplayTarget(null, 0, ledger.WasDeleted(log));
    }

    /// <summary>The offset from which the journal's bytes may be needed; null when the folder does not tell.</summary>
    long? NeededFrom(string folder, LogDescriptor descriptor)
    {
        try
        {
            return Math.Max(descriptor.StartOffset, PartsFile.Read(folder, descriptor.Identity, options.Read)?.SettledTo ?? 0);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The folders of logs of which the recovery points do not know the name, as of those made since they were last saved.</summary>
    Dictionary<ulong, (string Name, string Folder)> Unknown()
    {
        var found = new Dictionary<ulong, (string, string)>();
        foreach (var (name, folder) in _folders)
        {
            // Whatever the journal has of one that does not tell is kept aside.
            if (ledger.IdentityOf(name) is null && DescriptorIn(folder) is { } descriptor) found.TryAdd(descriptor.Identity, (name, folder));
        }
        return found;
    }

    /// <summary>The folder of a log; one that came back meanwhile is found as well.</summary>
    /// <exception cref="LogMissingException">It is not there.</exception>
    public string Find(string name)
    {
        string? folder;
        lock (_gate) folder = _folders.GetValueOrDefault(name);
        folder ??= ledger.IdentityOf(name) is null ? null : PathOf(name);
        if (folder is null) throw new LogMissingException($"there is no log {name} in {_path}");
        if (!Directory.Exists(folder)) throw Missing(name, folder);
        lock (_gate) return _folders[name] = folder;
    }

    LogMissingException Missing(string name, string folder)
    {
        var found = _elsewhere.TryGetValue(name, out var elsewhere) && Directory.Exists(elsewhere) ? $" The folder {elsewhere} says that it is this log: rename it to {Path.GetFileName(folder)}." : "";
        return new LogMissingException($"the folder {folder} of the log {name} is missing.{found} Restore it; it is not made anew.");
    }

    string PathOf(string name) => Path.Combine(_path, LogFolderName.Of(name));

    /// <summary>Makes the folder of a new log with one empty segment, durably.</summary>
    /// <exception cref="LogExistsException">There is one of this name.</exception>
    /// <exception cref="LogMissingException">There was one, and nobody deleted it.</exception>
    public (string Folder, ulong Identity) Create(string name)
    {
        var folder = PathOf(name);
        if (ledger.IdentityOf(name) is not null && !Directory.Exists(folder)) throw Missing(name, folder);
        if (Directory.Exists(folder)) throw new LogExistsException(name);
        var identity = NewIdentity();
        var making = Path.Combine(_path, LogFolderName.WhileMaking(identity));
        try
        {
            Directory.CreateDirectory(making);
            new LogDescriptor(identity, 0, name).WriteNew(making, options.Force);
            Segment.Create(options.Files, making, 0, options.Time.GetUtcNow()).Dispose();
            options.Points.Reached("log.create.before-rename");
            options.Force.Directory(making);
            Directory.Move(making, folder);
            options.Points.Reached("log.create.after-rename");
            ForceName(folder, making);
            options.Points.Reached("log.create.after-dirsync");
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new LogStoreException($"the log {name} cannot be made in {_path}: {denied.Message} Give this user the right to write there.", denied);
        }
        lock (_gate) _folders[name] = folder;
        return (folder, identity);
    }

    /// <summary>When the new name cannot be forced it is taken back, so that the next attempt finds it free.</summary>
    void ForceName(string folder, string making)
    {
        try
        {
            _names.Force();
        }
        catch
        {
            Directory.Move(folder, making);
            throw;
        }
    }

    static ulong NewIdentity()
    {
        while (true)
        {
            if (BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) is var identity and not 0) return identity;
        }
    }

    /// <summary>
    /// Takes a log's name away from its folder, durably; the log is found until that has been done. What is left is an empty folder, which tells that the log was deleted. A folder
    /// that says that it is another log's is put where it belongs instead, or out of the way.
    /// </summary>
    /// <param name="identity">Of the log; null when nobody knows it.</param>
    /// <returns>The folder that was emptied, and whose; null when there was nothing.</returns>
    public (string Folder, ulong Identity)? Delete(string name, ulong? identity)
    {
        string? folder;
        lock (_gate) folder = _folders.GetValueOrDefault(name);
        folder ??= PathOf(name);
        var isThere = Directory.Exists(folder);
        if (!isThere && identity is null) return null;
        var descriptor = isThere ? DescriptorIn(folder) : null;
        if (descriptor is not null && descriptor.Name != name)
        {
            PutBack(folder, descriptor);
            (isThere, descriptor) = (false, null);
        }
        identity ??= descriptor?.Identity ?? NewIdentity();
        var deleting = Path.Combine(_path, LogFolderName.WhileDeleting(identity.Value));
        options.Points.Reached("log.delete.before-rename");
        if (isThere) Directory.Move(folder, deleting);
        else Directory.CreateDirectory(deleting);
        lock (_gate) _folders.Remove(name);
        options.Points.Reached("log.delete.after-rename");
        _names.Force();
        options.Points.Reached("log.delete.after-dirsync");
        return (deleting, identity.Value);
    }

    /// <summary>After <see cref="Delete"/>: the bytes go.</summary>
    public static void RemoveContent(string deleting) => Empty(deleting);

    LogDescriptor? DescriptorIn(string folder)
    {
        try
        {
            return LogDescriptor.Read(folder, options.Read);
        }
        catch (IOException)
        {
            return null;
        }
    }

    void PutBack(string folder, LogDescriptor other)
    {
        var place = PathOf(other.Name);
        Directory.Move(folder, Directory.Exists(place) ? Path.Combine(_path, LogFolderName.OutOfTheWay(NewIdentity())) : place);
    }
}
