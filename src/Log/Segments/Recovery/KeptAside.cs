using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Journal;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// What the journal holds of logs that it cannot be written into at the moment: because the folder is missing, is not the log's, or cannot be read or written. It lies in a folder
/// of its own, one file for each log under its identity, until the log is whole again or is deleted. Used by one thread at a time for one log.
/// </summary>
sealed class KeptAside(string dataFolder, IForce force, IRead read)
{
    const uint FileMagic = 0x534C4B41;
    const int Version = 1;
    const string FolderName = "kept-aside", Suffix = ".entries";
    const int MostInMemory = 16 << 20;

    readonly string _folder = Path.Combine(dataFolder, FolderName);
    readonly Dictionary<ulong, MemoryStream> _waiting = [];
    readonly HashSet<ulong> _begun = [];
    long _inMemory;

    public string PathOf(ulong log) => Path.Combine(_folder, $"{log:x16}{Suffix}");

    /// <summary>The logs of which something is kept, with its size in bytes.</summary>
    public IEnumerable<(ulong Log, string Path, long Bytes)> All()
    {
        if (!Directory.Exists(_folder)) yield break;
        foreach (var path in Directory.GetFiles(_folder, "*" + Suffix))
        {
            if (ulong.TryParse(Path.GetFileNameWithoutExtension(path), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var log)) yield return (log, path, new FileInfo(path).Length);
        }
    }

    public bool IsThere(ulong log) => File.Exists(PathOf(log));

    /// <summary>Keeps an entry; durable after <see cref="Force"/>.</summary>
    public void Add(in JournalEntry entry, ReadOnlySpan<byte> batches)
    {
        if (!_waiting.TryGetValue(entry.Log, out var waiting)) _waiting.Add(entry.Log, waiting = new MemoryStream());
        var content = new byte[JournalEntry.HeaderSize + batches.Length];
        entry.Write(content);
        batches.CopyTo(content.AsSpan(JournalEntry.HeaderSize));
        waiting.Write(CheckedContent.Frame(FileMagic, Version, content));
        _inMemory += batches.Length;
        if (_inMemory > MostInMemory) Write();
    }

    /// <summary>What was kept earlier comes first.</summary>
    void Write()
    {
        if (_waiting.Count > 0 && !Directory.Exists(_folder))
        {
            Directory.CreateDirectory(_folder);
            force.Directory(dataFolder);
        }
        foreach (var (log, waiting) in _waiting)
        {
            var unfinished = PathOf(log) + AtomicFile.UnfinishedSuffix;
            if (_begun.Add(log))
            {
                File.Delete(unfinished);
                if (IsThere(log)) File.Copy(PathOf(log), unfinished);
            }
            using var file = new FileStream(unfinished, FileMode.Append, FileAccess.Write);
            waiting.WriteTo(file);
        }
        _waiting.Clear();
        _inMemory = 0;
    }

    public void Force()
    {
        Write();
        if (_begun.Count == 0) return;
        foreach (var log in _begun)
        {
            var (path, unfinished) = (PathOf(log), PathOf(log) + AtomicFile.UnfinishedSuffix);
            using (var file = File.OpenHandle(unfinished, FileMode.Open, FileAccess.ReadWrite)) force.File(file, unfinished);
            File.Move(unfinished, path, overwrite: true);
        }
        force.Directory(_folder);
        _begun.Clear();
    }

    /// <summary>Gives the entries of a log to the targets, in the order in which they were written.</summary>
    /// <exception cref="LogDamagedException">The file cannot be read.</exception>
    public void Replay(ulong log, ReplayTargets targets)
    {
        var path = PathOf(log);
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(file);
            for (long position = 0; position < length;)
            {
                var head = new byte[CheckedContent.FrameSize];
                var there = read.UpToEnd(file, path, head, position, length);
                if (CheckedContent.SizeOf(head.AsSpan(0, there)) is not { } size || size > length - position) throw Damaged(path, position);
                var frame = new byte[size];
                read.Exactly(file, path, frame, position);
                if (CheckedContent.Unframe(FileMagic, Version, frame) is not { Length: >= JournalEntry.HeaderSize } content) throw Damaged(path, position);
                targets.Apply(JournalEntry.Read(content.Span), content.Span[JournalEntry.HeaderSize..]);
                position += size;
            }
        }
        catch (ReadFailedException unreadable)
        {
            throw new LogDamagedException($"{unreadable.Message}. It keeps records that are not in the log's folder yet; restore it from a copy");
        }
    }

    static LogDamagedException Damaged(string path, long position) =>
        new($"{path} is damaged at position {position}. It keeps records that are not in the log's folder yet; restore it from a copy, or move it away to give up what it holds from there on");

    /// <summary>The log has everything now, or is deleted.</summary>
    public void Remove(ulong log)
    {
        if (!IsThere(log)) return;
        File.Delete(PathOf(log));
        force.Directory(_folder);
    }
}
