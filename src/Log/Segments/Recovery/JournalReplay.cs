using Microsoft.Win32.SafeHandles;
using Semel.Log.Batches;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Journal;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// After a crash: brings every batch of the journal that is not in its segment into it, and forces those segments. Groups count in sequence; the first that is
/// not whole is where the last forced write was cut, and nothing of it was acknowledged. It is damage only when a later group is there that was written after
/// this one had been forced, when the file was cut, or when the device does not give what the file has. Doing it again changes nothing.
/// </summary>
sealed class JournalReplay(string journalFolder, RecoveryPoints? points, ReplayTargets targets, IRead read)
{
    const int SearchBytes = 1 << 20;

    byte[] _buffer = new byte[JournalGroup.Alignment];
    ulong _secret;
    long _expected;

    /// <summary>Which run's groups were replayed; 0 when there are none.</summary>
    public uint RunNumber { get; private set; }

    /// <summary>Whether the journal has groups of a later run than one. What cannot be read is passed over: it may be that nobody needs it.</summary>
    public static bool HasRunAfter(uint run, string journalFolder, IRead read)
    {
        var header = new byte[JournalGroup.HeaderSize];
        foreach (var path in JournalFile.Existing(journalFolder))
        {
            try
            {
                using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var length = read.UpToEnd(file, path, header, 0, RandomAccess.GetLength(file));
                if (JournalGroup.TryRead(header.AsSpan(0, length), out var first) && first.Run > run) return true;
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                // The replay tells, if there is one.
            }
        }
        return false;
    }

    /// <exception cref="LogDamagedException">A group that was forced cannot be read.</exception>
    public void Run()
    {
        var files = FirstGroups();
        if (!ChooseRun(files)) return;
        var begins = files.Where(file => Belongs(file.First)).ToLookup(file => file.First.Sequence, file => file.Path);
        _expected = points is not null ? points.JournalFrom : begins.Min(file => file.Key);
        while (begins[_expected].ToList() is { Count: > 0 } copies)
        {
            var (before, path) = (_expected, copies.Count == 1 ? copies[0] : copies.MaxBy(copy => ReplayFile(copy, isTrial: true).Next)!);
            var end = ReplayFile(path, isTrial: false);
            _expected = end.Next;
            if (end.IsCut && !begins.Contains(_expected)) throw Damaged($"the journal file {path} has {end.Length} bytes where the files of the journal have {points!.JournalFileBytes}: it was cut, and its groups go on to the cut");
            RefuseLaterGroup(path, end);
            if (_expected == before) break;
        }
        if (files.FirstOrDefault(file => Belongs(file.First) && file.First.Forced > _expected) is { Path: { } orphan } later)
            throw Damaged($"the journal file {orphan} begins with group {later.First.Sequence}, but group {_expected}, which had been forced before, is missing or damaged");
        targets.Force();
    }

    LogDamagedException Damaged(string what) => new($"{what}. Restore it; or move the folder {journalFolder} away, and what only the journal holds is lost: nothing, where the segments had been written before the crash");

    List<(string Path, JournalGroup First)> FirstGroups()
    {
        var found = new List<(string, JournalGroup)>();
        foreach (var path in JournalFile.Existing(journalFolder))
        {
            if (WithFile(path, file => ReadHeader(file, 0)) is { } first) found.Add((path, first));
        }
        return found;
    }

    /// <summary>A file that is read, and how long it is.</summary>
    readonly record struct OpenFile(string Path, SafeFileHandle Handle, long Length);

    /// <summary>A file of the journal that cannot be read may hold what was acknowledged: it is never passed over.</summary>
    T WithFile<T>(string path, Func<OpenFile, T> look)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return look(new OpenFile(path, file, RandomAccess.GetLength(file)));
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new LogStoreException($"the journal file {path} cannot be read by this user: {denied.Message} Give this user the right to read and write what is in {journalFolder}.", denied);
        }
        catch (ReadFailedException unreadable)
        {
            throw Damaged($"the journal file {unreadable.Message}");
        }
        catch (IOException failure) when (failure is not (LogDamagedException or ForceFailedException))
        {
            throw Damaged($"the journal file {path} cannot be read: {failure.Message}");
        }
    }

    /// <summary>Of the run that the recovery points name; without them of the latest run there is.</summary>
    bool ChooseRun(List<(string Path, JournalGroup First)> files)
    {
        if (points is not null) (RunNumber, _secret) = (points.Run, points.Secret);
        else if (files.Count > 0) (RunNumber, _secret) = files.Select(file => (file.First.Run, file.First.Secret)).MaxBy(run => run.Run);
        return files.Any(file => Belongs(file.First));
    }

    bool Belongs(in JournalGroup group) => group.Run == RunNumber && group.Secret == _secret;

    /// <returns>Null when no group's header is there.</returns>
    JournalGroup? ReadHeader(in OpenFile file, long position)
    {
        var length = read.UpToEnd(file.Handle, file.Path, _buffer.AsSpan(0, JournalGroup.HeaderSize), position, file.Length);
        return JournalGroup.TryRead(_buffer.AsSpan(0, length), out var group) ? group : null;
    }

    /// <summary>Where the groups of a file end.</summary>
    /// <param name="Next">The sequence after the last of them.</param>
    /// <param name="IsCut">They go on to the end of the file, which is shorter than it was made.</param>
    readonly record struct FileEnd(long Position, long Next, long Length, bool IsCut);

    /// <param name="isTrial">Only to see how far it leads; a place that cannot be read is an end like another then.</param>
    FileEnd ReplayFile(string path, bool isTrial)
    {
        var (position, next) = (0L, _expected);
        try
        {
            return WithFile(path, file =>
            {
                var isCut = false;
                while (ReadHeader(file, position) is { } group && Belongs(group) && group.Sequence == next)
                {
                    if (isCut = position + group.Size > file.Length) break;
                    if (!TryReplay(file, position, group, isTrial)) break;
                    position += group.AlignedSize;
                    next++;
                }
                isCut |= position + JournalGroup.HeaderSize > file.Length;
                return new FileEnd(position, next, file.Length, isCut && points is not null && file.Length < points.JournalFileBytes);
            });
        }
        catch (LogDamagedException) when (isTrial)
        {
            return new FileEnd(position, next, 0, false);
        }
    }

    bool TryReplay(in OpenFile file, long position, in JournalGroup group, bool isTrial)
    {
        if (_buffer.Length < group.Size) _buffer = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)group.Size)];
        var bytes = _buffer.AsSpan(0, group.Size);
        read.Exactly(file.Handle, file.Path, bytes, position);
        if (!IsWhole(group, bytes)) return false;
        var entries = bytes[JournalGroup.HeaderSize..];
        for (var at = 0; at < group.EntryCount && !isTrial; at++)
        {
            var entry = JournalEntry.Read(entries);
            targets.Apply(entry, entries.Slice(JournalEntry.HeaderSize, entry.Length));
            entries = entries[(JournalEntry.HeaderSize + entry.Length)..];
        }
        return true;
    }

    static bool IsWhole(in JournalGroup group, ReadOnlySpan<byte> bytes)
    {
        var rest = bytes[JournalGroup.HeaderSize..];
        uint crc = 0;
        for (var at = 0; at < group.EntryCount; at++)
        {
            if (rest.Length < JournalEntry.HeaderSize) return false;
            var entry = JournalEntry.Read(rest);
            crc = Crc32C.Append(crc, rest[..JournalEntry.HeaderSize]);
            rest = rest[JournalEntry.HeaderSize..];
            if (entry.Length < 0 || entry.Length > rest.Length) return false;
            var walk = new BatchWalk(rest[..entry.Length]);
            while (walk.MoveNext())
            {
                if (!RecordBatch.HasValidCrc(walk.Batch)) return false;
                crc = JournalEntry.AppendHead(crc, walk.Batch);
            }
            if (walk.NextPosition != entry.Length) return false;
            rest = rest[entry.Length..];
        }
        return rest.Length == 0 && crc == group.EntriesCrc;
    }

    /// <summary>Looks at the rest of a file, where only older groups may be.</summary>
    void RefuseLaterGroup(string path, FileEnd end) => WithFile(path, file =>
    {
        var search = new byte[SearchBytes];
        for (var start = end.Position; start < file.Length; start += SearchBytes)
        {
            var length = read.UpToEnd(file.Handle, path, search, start, file.Length);
            for (var at = 0; at + JournalGroup.HeaderSize <= length; at += JournalGroup.Alignment)
            {
                if (JournalGroup.TryRead(search.AsSpan(at, JournalGroup.HeaderSize), out var later) && Belongs(later) && later.Forced > end.Next)
                    throw Damaged($"the journal file {path} is damaged at position {end.Position}: group {end.Next} is not whole, but group {later.Sequence} at position {start + at} was written after that one had been forced");
            }
        }
        return true;
    });
}
