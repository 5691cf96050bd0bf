using Semel.Log.Segments.Files;

namespace Semel.Log.Tests.Segments.Damaged;

/// <summary>What was done to a copy of a folder.</summary>
/// <param name="Description">In words, with the file.</param>
/// <param name="Log">The log whose files it was; null when it was none's.</param>
/// <param name="MayRefuseAll">It is of a kind that keeps the whole store closed: only the journal, without which nobody knows what was acknowledged.</param>
sealed record Damage(string Description, string? Log, bool MayRefuseAll = false);

/// <summary>The kinds of damage: what is done, and to which kind of file. Each does it to a folder that nobody has open, or says that the folder has no such file.</summary>
static class DamageKinds
{
    static readonly (string Name, string Suffix)[] FilesOfLogs =
    [
        ("segment", SegmentName.LogSuffix), ("offset index", SegmentName.OffsetIndexSuffix), ("time index", SegmentName.TimeIndexSuffix),
        ("snapshot", SegmentName.SnapshotSuffix), ("descriptor", "log.descriptor"), ("list of parts", PartsFile.FileName),
    ];

    static readonly string[] Changes = ["bit flipped", "tail cut", "page zeroed", "emptied", "grown", "removed", "doubled", "swapped", "foreign"];

    public static IReadOnlyList<(string File, string Change)> All { get; } =
    [
        .. FilesOfLogs.SelectMany(file => Changes.Select(change => (file.Name, change))),
        .. Changes.Select(change => ("journal", change)),
        .. Changes.Where(change => change is not "swapped").Select(change => ("recovery.points", change)),
        .. new[] { "removed", "renamed", "doubled", "swapped", "foreign", "emptied" }.Select(change => ("log folder", change)),
    ];

    /// <returns>Null when there is nothing to do it to.</returns>
    public static Damage? Apply(string file, string change, TestFolder folder, TestFolder foreign, Random random)
    {
        if (file == "log folder") return DamageFolder(change, folder, foreign, random);
        if (file == "journal") return Change(folder.Of("journal"), "*.journal", change, foreign.Of("journal"), random) is { } journal ? new Damage(journal, null, MayRefuseAll: true) : null;
        if (file == "recovery.points") return Change(folder.Path, file, change, foreign.Path, random) is { } points ? new Damage(points, null) : null;
        var logs = Directory.GetDirectories(folder.Of("logs")).Where(path => !Path.GetFileName(path).StartsWith('+')).ToArray();
        var log = logs[random.Next(logs.Length)];
        var others = Directory.GetDirectories(folder.Of("logs")).Where(path => path != log && !Path.GetFileName(path).StartsWith('+')).ToArray();
        var suffix = FilesOfLogs.Single(known => known.Name == file).Suffix;
        return Change(log, "*" + suffix, change, others[random.Next(others.Length)], random) is { } description ? new Damage(description, NameOf(log)) : null;
    }

    /// <summary>Read while it was still sound: a folder's own name is cut when the log's is long.</summary>
    static string NameOf(string folder) => Path.GetFileName(folder).Split('+')[0] is { Length: >= 100 } ? new string('n', 210) : Path.GetFileName(folder);

    static string? Change(string folder, string pattern, string change, string foreign, Random random)
    {
        var files = Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0) return null;
        var path = files[random.Next(files.Length)];
        var length = new FileInfo(path).Length;
        switch (change)
        {
            case "bit flipped" when length > 0:
                // The beginning of a file says what it is, and journals and descriptors are mostly empty.
                var at = random.Next(3) == 0 ? random.NextInt64(length) : random.NextInt64(Math.Min(length, 300));
                SegmentFixture.Change(path, bytes =>
                {
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    return bytes;
                });
                return $"{path}: a bit flipped at {at}";
            case "tail cut" when length > 0:
                var cut = random.Next(3) == 0 ? 1 : random.NextInt64(1, length + 1);
                SegmentFixture.Change(path, bytes => bytes[..^(int)cut]);
                return $"{path}: {cut} of {length} bytes cut";
            case "page zeroed" when length > 0:
                var page = random.NextInt64((length + 4095) / 4096) * 4096;
                SegmentFixture.Change(path, bytes =>
                {
                    bytes.AsSpan((int)page, (int)Math.Min(4096, length - page)).Clear();
                    return bytes;
                });
                return $"{path}: page at {page} zeroed";
            case "emptied" when length > 0:
                File.WriteAllBytes(path, []);
                return $"{path}: emptied";
            case "grown":
                var more = new byte[random.Next(1, 6000)];
                if (random.Next(2) == 0) random.NextBytes(more);
                SegmentFixture.Change(path, bytes => [.. bytes, .. more]);
                return $"{path}: {more.Length} bytes added to {length}";
            case "removed":
                File.Delete(path);
                return $"{path}: removed";
            case "doubled":
                var copy = NameOfCopy(path, files, random);
                File.Copy(path, copy, overwrite: false);
                return $"{path}: copied to {copy}";
            case "swapped" when files.Length > 1:
                var other = files[random.Next(files.Length)];
                if (other == path) return null;
                var (one, two) = (File.ReadAllBytes(path), File.ReadAllBytes(other));
                File.WriteAllBytes(path, two);
                File.WriteAllBytes(other, one);
                return $"{path}: swapped with {other}";
            case "foreign":
                var strangers = Directory.GetFiles(foreign, pattern).ToArray();
                if (strangers.Length == 0) return null;
                var stranger = strangers.FirstOrDefault(file => Path.GetFileName(file) == Path.GetFileName(path)) ?? strangers[random.Next(strangers.Length)];
                File.Copy(stranger, path, overwrite: true);
                return $"{path}: replaced by {stranger}";
            default:
                return null;
        }
    }

    static string NameOfCopy(string path, string[] files, Random random)
    {
        var folder = Path.GetDirectoryName(path)!;
        var name = Path.GetFileName(path);
        if (random.Next(2) == 0 || name is "log.descriptor" or "recovery.points" or PartsFile.FileName) return path + ".bak";
        if (name.EndsWith(".journal", StringComparison.Ordinal))
            return Enumerable.Range(0, 9).Select(number => Path.Combine(folder, $"{number:D4}.journal")).First(free => !files.Contains(free));
        // Another offset: among those that are there, or behind them.
        while (true)
        {
            var copy = Path.Combine(folder, SegmentName.Of(random.Next(400), Path.GetExtension(name)));
            if (!File.Exists(copy)) return copy;
        }
    }

    static Damage? DamageFolder(string change, TestFolder folder, TestFolder foreign, Random random)
    {
        var logs = Directory.GetDirectories(folder.Of("logs")).Where(path => !Path.GetFileName(path).StartsWith('+')).ToArray();
        var log = logs[random.Next(logs.Length)];
        var other = logs.First(path => path != log);
        switch (change)
        {
            case "removed":
                Directory.Delete(log, recursive: true);
                return new Damage($"{log}: removed", NameOf(log));
            case "renamed":
                Directory.Move(log, log + ".old");
                return new Damage($"{log}: renamed", NameOf(log));
            case "doubled":
                Copy(log, log + (random.Next(2) == 0 ? ".bak" : "-copy"));
                return new Damage($"{log}: copied beside it", NameOf(log));
            case "swapped":
                var aside = folder.Of("aside");
                Directory.Move(log, aside);
                Directory.Move(other, log);
                Directory.Move(aside, other);
                return new Damage($"{log}: swapped with {other}", $"{NameOf(log)}|{NameOf(other)}");
            case "foreign":
                var stranger = Directory.GetDirectories(foreign.Of("logs")).FirstOrDefault(path => Path.GetFileName(path) == Path.GetFileName(log)) ?? other;
                Directory.Delete(log, recursive: true);
                Copy(stranger, log);
                return new Damage($"{log}: replaced by {stranger}", NameOf(log));
            case "emptied":
                foreach (var file in Directory.GetFiles(log)) File.Delete(file);
                return new Damage($"{log}: emptied", NameOf(log));
            default:
                return null;
        }
    }

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
