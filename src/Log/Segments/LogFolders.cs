using System.Security.Cryptography;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments;

/// <summary>
/// The folders of a store's logs, by the logs' names. A folder is made under a name that no log has and renamed when all of it is durable, and deleted in the opposite
/// order: so a log is there whole or not at all, and what a crash left half made or half deleted is removed at the next opening. Thread safe.
/// </summary>
sealed class LogFolders(SegmentStoreOptions options)
{
    /// <summary>The folder of the folders.</summary>
    public const string Name = "logs";

    readonly Lock _gate = new();
    readonly Dictionary<string, string> _folders = [];
    readonly string _path = PathIn(options.Directory);

    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, Name);

    /// <summary>The name of the log in a folder, which is not always the folder's.</summary>
    /// <exception cref="LogDamagedException">The folder's own name says nothing, and what is in it cannot be read.</exception>
    public static string NameOf(string folder)
    {
        var name = Path.GetFileName(folder);
        return LogFolderName.IsPlain(name) ? name : LogDescriptor.Read(folder).Name;
    }

    /// <summary>Finds what is there, once, after removing what a crash left.</summary>
    public void Load()
    {
        foreach (var folder in Directory.GetDirectories(_path))
        {
            if (LogFolderName.IsLeftover(Path.GetFileName(folder))) Directory.Delete(folder, recursive: true);
            else _folders.Add(NameOf(folder), folder);
        }
    }

    public string[] Names
    {
        get
        {
            string[] names;
            lock (_gate) names = [.. _folders.Keys];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
    }

    /// <summary>Each log's folder, by what the journal calls the log.</summary>
    public Dictionary<ulong, string> ByIdentity()
    {
        lock (_gate) return _folders.Values.ToDictionary(static folder => LogDescriptor.Read(folder).Identity);
    }

    public string? Find(string name)
    {
        lock (_gate) return _folders.GetValueOrDefault(name);
    }

    /// <summary>Makes the folder of a new log with one empty segment, durably.</summary>
    public (string Folder, ulong Identity) Create(string name)
    {
        var identity = NewIdentity();
        var making = Path.Combine(_path, LogFolderName.WhileMaking(identity));
        var folder = Path.Combine(_path, LogFolderName.Of(name));
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
            options.Force.Directory(_path);
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

    /// <summary>Takes a log's name away from its folder, durably. The log is found until that has been done.</summary>
    /// <returns>Where the folder is now: to be deleted.</returns>
    public string TakeNameAway(string name, string folder, ulong identity)
    {
        var deleting = Path.Combine(_path, LogFolderName.WhileDeleting(identity));
        options.Points.Reached("log.delete.before-rename");
        Directory.Move(folder, deleting);
        lock (_gate) _folders.Remove(name);
        options.Points.Reached("log.delete.after-rename");
        options.Force.Directory(_path);
        options.Points.Reached("log.delete.after-dirsync");
        return deleting;
    }
}
