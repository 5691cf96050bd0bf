using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>What happens to bytes of a file that were not forced when the power goes.</summary>
public enum UnforcedBytes { Gone, AllThere, CutAnywhere, SomePages, Zeros }

/// <summary>
/// A disk that remembers what was forced: the bytes of each file as they were when it was forced last, and the names in each folder as they were when
/// the folder was. It forces nothing itself. After a power cut exactly that is certain; of everything else any part may be there. Files are known by their inode, since they are renamed.
/// </summary>
sealed partial class PowerCutDisk : IForce, IDisposable
{
    const int PageBytes = 4096;

    readonly Lock _gate = new();
    readonly string _root;
    readonly TestFolder _pins = new(inMemory: true);
    readonly Dictionary<ulong, byte[]> _forced = [];
    readonly Dictionary<ulong, Dictionary<string, ulong>> _names = [];

    public PowerCutDisk(string root)
    {
        _root = root;
        Directory(root);
    }

    public void File(SafeFileHandle file, string path)
    {
        // A file may be removed while it is being forced; then nothing of it matters any more.
        Force(path);
    }

    /// <summary>Whether all of it can be forced at once.</summary>
    public bool HasFileSystem { get; init; }

    public bool TryFileSystem(SafeFileHandle file, string path)
    {
        if (HasFileSystem) ForceAll();
        return HasFileSystem;
    }

    public void Directory(string path)
    {
        lock (_gate)
        {
            if (!path.StartsWith(_root, StringComparison.Ordinal) || TryInode(path) is not { } self) return;
            var names = _names[self] = [];
            foreach (var entry in Entries(path))
            {
                // What is removed meanwhile is in no folder any more.
                if (!System.IO.Directory.Exists(entry))
                {
                    if (TryPin(entry, out var inode)) names[Path.GetFileName(entry)] = inode;
                }
                else if (TryInode(entry) is { } folder) names[Path.GetFileName(entry)] = folder;
            }
        }
    }

    /// <summary>All of the folder as it is now is certain.</summary>
    public void ForceAll()
    {
        ForceAll(_root);
    }

    void ForceAll(string folder)
    {
        Directory(folder);
        foreach (var path in Entries(folder))
        {
            if (System.IO.Directory.Exists(path)) ForceAll(path);
            else if (!Path.GetFileName(path).StartsWith(".lock", StringComparison.Ordinal)) Force(path);
        }
    }

    void Force(string path)
    {
        lock (_gate)
        {
            if (TryPin(path, out var inode)) _forced[inode] = System.IO.File.ReadAllBytes(PinOf(inode));
        }
    }

    static string[] Entries(string folder)
    {
        try
        {
            return System.IO.Directory.GetFileSystemEntries(folder);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>The folder after a power cut now.</summary>
    public TestFolder Cut(UnforcedBytes unforced, Random random)
    {
        var folder = new TestFolder(inMemory: true);
        lock (_gate) Make(Inode(_root), folder.Path, unforced, random);
        return folder;
    }

    void Make(ulong directory, string path, UnforcedBytes unforced, Random random)
    {
        if (!_names.TryGetValue(directory, out var names)) return;
        foreach (var (name, inode) in names)
        {
            if (name.StartsWith(".lock", StringComparison.Ordinal)) continue;
            var to = Path.Combine(path, name);
            if (System.IO.File.Exists(PinOf(inode))) System.IO.File.WriteAllBytes(to, Survivor(inode, unforced, random));
            else
            {
                System.IO.Directory.CreateDirectory(to);
                Make(inode, to, unforced, random);
            }
        }
    }

    byte[] Survivor(ulong inode, UnforcedBytes unforced, Random random)
    {
        var forced = _forced.GetValueOrDefault(inode, []);
        var visible = System.IO.File.ReadAllBytes(PinOf(inode));
        switch (unforced)
        {
            case UnforcedBytes.AllThere:
                return visible;
            case UnforcedBytes.CutAnywhere when visible.Length > forced.Length && visible.AsSpan().StartsWith(forced):
                return visible[..random.Next(forced.Length, visible.Length + 1)];
            case UnforcedBytes.Zeros when visible.Length > forced.Length:
                return [.. forced, .. new byte[visible.Length - forced.Length]];
            case UnforcedBytes.SomePages:
                return SomePages(forced, visible, random);
            default:
                return forced;
        }
    }

    static byte[] SomePages(byte[] forced, byte[] visible, Random random)
    {
        var survivor = new byte[Math.Max(forced.Length, visible.Length)];
        forced.CopyTo(survivor, 0);
        for (var page = 0; page < visible.Length; page += PageBytes)
        {
            if (random.Next(2) == 0) visible.AsSpan(page, Math.Min(PageBytes, visible.Length - page)).CopyTo(survivor.AsSpan(page));
        }
        return survivor[..(random.Next(2) == 0 ? visible.Length : forced.Length)];
    }

    /// <summary>A second name outside keeps the file's bytes, and its inode from being given to another. False when the file is gone.</summary>
    bool TryPin(string path, out ulong inode)
    {
        const int noSuchFile = 2, exists = 17;
        inode = 0;
        var pinning = _pins.Of("pinning");
        if (Link(path, pinning) != 0) return Marshal.GetLastPInvokeError() == noSuchFile ? false : throw new IOException($"link {path}: error {Marshal.GetLastPInvokeError()}");
        inode = Inode(pinning);
        if (Link(pinning, PinOf(inode)) != 0 && Marshal.GetLastPInvokeError() != exists) throw new IOException($"link {pinning}: error {Marshal.GetLastPInvokeError()}");
        System.IO.File.Delete(pinning);
        return true;
    }

    string PinOf(ulong inode) => _pins.Of(inode.ToString());

    static ulong Inode(string path) => TryInode(path) ?? throw new FileNotFoundException(path);

    /// <returns>Null when it is gone.</returns>
    static ulong? TryInode(string path)
    {
        Span<byte> statx = stackalloc byte[256];
        const int currentFolder = -100, inodeMask = 0x100, inodeAt = 32, noSuchFile = 2;
        if (Statx(currentFolder, path, 0, inodeMask, statx) == 0) return BinaryPrimitives.ReadUInt64LittleEndian(statx[inodeAt..]);
        return Marshal.GetLastPInvokeError() == noSuchFile ? null : throw new IOException($"statx {path}: error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    public void Dispose() => _pins.Dispose();
}
