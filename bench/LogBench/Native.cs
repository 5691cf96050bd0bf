using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Semel.LogBench;

/// <summary>The raw calls that the mechanisms are compared by; Linux only.</summary>
static partial class Native
{
    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Fdatasync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int Syncfs(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeFileHandle file, int mode, long offset, long length);

    const uint SyncFileRangeWrite = 2;

    public static void Force(SafeFileHandle file) => Check(Fdatasync(file), "fdatasync");
    public static void BeginWriteback(SafeFileHandle file) => Check(SyncFileRange(file, 0, 0, SyncFileRangeWrite), "sync_file_range");
    public static void ForceFileSystem(SafeFileHandle file) => Check(Syncfs(file), "syncfs");
    public static void Allocate(SafeFileHandle file, long length) => Check(Fallocate(file, 0, 0, length), "fallocate");

    static void Check(int result, string call)
    {
        if (result != 0) throw new IOException($"{call} failed with errno {Marshal.GetLastPInvokeError()}");
    }
}
