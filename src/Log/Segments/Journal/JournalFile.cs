using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Journal;

/// <summary>One file of the ring, and which segments its bytes belong to.</summary>
sealed class JournalFile(string path, SafeFileHandle file) : IDisposable
{
    const string Suffix = ".journal";
    const int NumberDigits = 4;

    readonly HashSet<Segment> _segments = [];

    public string Path => path;
    public SafeFileHandle File => file;

    /// <summary>Segments that must be forced before the file is used again.</summary>
    public IReadOnlyCollection<Segment> Segments => _segments;

    /// <summary>The sequence after that of its last group.</summary>
    public long NextSequence { get; set; }

    public void Note(Segment segment) => _segments.Add(segment);
    /// <summary>Somebody removed it: what is written to it is gone when it is closed.</summary>
    public bool WasRemoved => FolderStamp.WasRemoved(file);

    public void Clear() => _segments.Clear();
    public void Dispose() => file.Dispose();

    public static string PathOf(string folder, int number) => System.IO.Path.Combine(folder, number.ToString($"D{NumberDigits}", System.Globalization.CultureInfo.InvariantCulture) + Suffix);

    public static bool IsOfRing(string path) => System.IO.Path.GetFileNameWithoutExtension(path) is { Length: NumberDigits } number && number.All(char.IsAsciiDigit);

    /// <summary>The paths of the files that exist, in order; also of those that somebody named otherwise.</summary>
    public static string[] Existing(string folder)
    {
        var paths = Directory.GetFiles(folder, "*" + Suffix);
        Array.Sort(paths, StringComparer.Ordinal);
        return paths;
    }

    /// <summary>A file of the given size: the one that is there if it fits, else a new one. Its blocks are allocated but nothing is written.</summary>
    public static JournalFile Open(string path, int size, IForce force)
    {
        var existed = System.IO.File.Exists(path);
        var file = System.IO.File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            if (existed && RandomAccess.GetLength(file) == size) return new JournalFile(path, file);
            RandomAccess.SetLength(file, 0);
            Preallocation.Allocate(file, size, path);
            force.File(file, path);
            force.Directory(System.IO.Path.GetDirectoryName(path)!);
            return new JournalFile(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
