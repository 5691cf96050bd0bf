using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>
/// What tells whether a folder is still the same, and whether anything in it came or went, for the price of one call of the system (about a microsecond).
/// </summary>
/// <param name="Identity">The same as long as it is the same folder, wherever it is moved to; 0 where the system does not tell.</param>
/// <param name="Changed">Another one after a name in it was made, removed or changed.</param>
/// <param name="Links">How many names it has; of a folder that counts the folders in it where the file system counts them.</param>
readonly record struct FolderStamp(UInt128 Identity, Int128 Changed, uint Links)
{
    const int Here = -100, OfDescriptor = 0x1000;
    const uint Basics = 0x7FF;
    static readonly byte[] NoPath = [0];

    /// <summary>The same for folders of one file system; 0 where the system does not tell.</summary>
    public ulong Device => (ulong)(Identity >> 64);

    static readonly bool HasCall = OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "statx", out _);

    /// <summary>A path as the system wants it.</summary>
    public static byte[] PathOf(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    /// <returns>Null when nothing is there, or it cannot be looked at.</returns>
    public static FolderStamp? Of(byte[] path)
    {
        if (HasCall) return Libc.Statx(Here, path, flags: 0, Basics, out var stat) == 0 ? Of(stat) : null;
        var name = Encoding.UTF8.GetString(path.AsSpan(0, path.Length - 1));
        return Directory.Exists(name) ? new FolderStamp(0, Directory.GetLastWriteTimeUtc(name).Ticks, 0) : null;
    }

    /// <summary>Whether an open file has lost its last name: what is written to it is gone when it is closed.</summary>
    public static bool WasRemoved(SafeFileHandle file) =>
        HasCall && Libc.Statx(file, NoPath, OfDescriptor, Basics, out var stat) == 0 && stat.Links == 0;

    /// <summary>The same of a folder that is open: a third of the price, but it may have been moved away.</summary>
    /// <returns>Null when it was removed, or cannot be looked at.</returns>
    public static FolderStamp? Of(SafeFileHandle folder) =>
        HasCall && Libc.Statx(folder, NoPath, OfDescriptor, Basics, out var stat) == 0 && stat.Links > 0 ? Of(stat) : null;

    static FolderStamp Of(in Libc.FileStatus stat) => new(
        new UInt128((ulong)stat.DeviceMajor << 32 | stat.DeviceMinor, stat.Inode),
        ((Int128)stat.ModifiedSeconds << 32) + stat.ModifiedNanoseconds,
        stat.Links);
}
