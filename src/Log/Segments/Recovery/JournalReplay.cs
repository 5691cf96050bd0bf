using Semel.Log.Batches;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Journal;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// After a crash: brings every batch of the journal that is not in its segment into it, and forces those segments. Groups count in sequence; the first that is
/// not whole is where the last forced write was cut, and nothing of it was acknowledged. It is damage only when a later group is there that was written after
/// this one had been forced. Doing it again changes nothing.
/// </summary>
sealed class JournalReplay(string journalFolder, RecoveryPoints? points, ReplayTargets targets)
{
    const int SearchBytes = 1 << 20;

    byte[] _buffer = new byte[JournalGroup.Alignment];
    ulong _secret;
    long _expected;

    /// <summary>Which run's groups were replayed; 0 when there are none.</summary>
    public uint RunNumber { get; private set; }

    /// <exception cref="LogDamagedException">A group that was forced cannot be read.</exception>
    public void Run()
    {
        var files = FirstGroups();
        if (!ChooseRun(files)) return;
        var begins = files.Where(file => Belongs(file.First)).ToDictionary(file => file.First.Sequence, file => file.Path);
        _expected = points is not null ? points.JournalFrom : begins.Keys.Min();
        while (begins.Remove(_expected, out var path)) ReplayFile(path);
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
            using var file = File.OpenHandle(path);
            if (ReadHeader(file, 0, out var first)) found.Add((path, first));
        }
        return found;
    }

    /// <summary>Of the run that the recovery points name; without them of the latest run there is.</summary>
    bool ChooseRun(List<(string Path, JournalGroup First)> files)
    {
        if (points is not null) (RunNumber, _secret) = (points.Run, points.Secret);
        else if (files.Count > 0) (RunNumber, _secret) = files.Select(file => (file.First.Run, file.First.Secret)).MaxBy(run => run.Run);
        return files.Any(file => Belongs(file.First));
    }

    bool Belongs(in JournalGroup group) => group.Run == RunNumber && group.Secret == _secret;

    bool ReadHeader(Microsoft.Win32.SafeHandles.SafeFileHandle file, long position, out JournalGroup group)
    {
        var length = RandomAccess.Read(file, _buffer.AsSpan(0, JournalGroup.HeaderSize), position);
        return JournalGroup.TryRead(_buffer.AsSpan(0, length), out group);
    }

    void ReplayFile(string path)
    {
        using var file = File.OpenHandle(path);
        long position = 0;
        while (ReadHeader(file, position, out var group) && Belongs(group) && group.Sequence == _expected && TryReplay(file, position, group))
        {
            position += group.AlignedSize;
            _expected++;
        }
        RefuseLaterGroup(file, path, position);
    }

    bool TryReplay(Microsoft.Win32.SafeHandles.SafeFileHandle file, long position, in JournalGroup group)
    {
        if (position + group.Size > RandomAccess.GetLength(file)) return false;
        if (_buffer.Length < group.Size) _buffer = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)group.Size)];
        var bytes = _buffer.AsSpan(0, group.Size);
        if (RandomAccess.Read(file, bytes, position) != group.Size || !IsWhole(group, bytes)) return false;
        var entries = bytes[JournalGroup.HeaderSize..];
        for (var at = 0; at < group.EntryCount; at++)
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
    void RefuseLaterGroup(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path, long from)
    {
        var search = new byte[SearchBytes];
        for (var start = from; ; start += SearchBytes)
        {
            var length = RandomAccess.Read(file, search, start);
            for (var at = 0; at + JournalGroup.HeaderSize <= length; at += JournalGroup.Alignment)
            {
                if (JournalGroup.TryRead(search.AsSpan(at, JournalGroup.HeaderSize), out var later) && Belongs(later) && later.Forced > _expected)
                    throw Damaged($"the journal file {path} is damaged at position {from}: group {_expected} is not whole, but group {later.Sequence} at position {start + at} was written after that one had been forced");
            }
            if (length < SearchBytes) return;
        }
    }
}
