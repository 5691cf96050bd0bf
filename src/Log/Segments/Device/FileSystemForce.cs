using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>
/// Where forcing a whole file system (syncfs) proves as much as forcing each of its files: on Linux from 5.8 on, which tells the errors of that call, and on file systems that are known to
/// write everything and wait for it. Others may pass the files' bytes on without having them forced where they end (FUSE, some network file systems).
/// </summary>
static class FileSystemForce
{
    const long Ext = 0xEF53, Xfs = 0x58465342, Btrfs = 0x9123683E, Memory = 0x01021994;

    /// <summary>The structure has 120 bytes; more than that is given.</summary>
    const int StatWords = 32;

    static readonly bool TellsErrors = OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(5, 8) && Environment.Is64BitProcess;

    public static bool IsTrusted(SafeFileHandle file)
    {
        if (!TellsErrors) return false;
        Span<long> buffer = stackalloc long[StatWords];
        return Libc.Fstatfs(file, buffer) == 0 && buffer[0] is Ext or Xfs or Btrfs or Memory;
    }
}
