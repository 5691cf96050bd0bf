using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>
/// Forces by the operating system's own call, whose result is looked at. An interrupted call is repeated; after any other error the kernel may have
/// dropped the bytes and marked them clean, so a second call that succeeds would be a lie.
/// </summary>
sealed class DeviceForce : IForce
{
    const int Interrupted = 4;
    const int MacFullSync = 51;
    const int MacNotSupported = 45;
    const int ReadOnly = 0, LinuxCloseOnExec = 0x80000, MacCloseOnExec = 0x1000000;

    public void File(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            if (!Kernel32.FlushFileBuffers(file)) throw new ForceFailedException(path, Marshal.GetLastPInvokeError());
        }
        else if (OperatingSystem.IsMacOS()) ForceOnMac(file, path);
        else Repeat(static file => Libc.Fdatasync(file), file, path);
    }

    /// <summary>On a Mac, fsync leaves the bytes in the drive's cache; only F_FULLFSYNC empties that, where the file system has it.</summary>
    static void ForceOnMac(SafeFileHandle file, string path)
    {
        try
        {
            Repeat(static file => Libc.Fcntl(file, MacFullSync), file, path);
        }
        catch (ForceFailedException failure) when (failure.Error == MacNotSupported)
        {
            Repeat(static file => Libc.Fsync(file), file, path);
        }
    }

    public void Directory(string path)
    {
        // NTFS keeps its own journal of names; a folder cannot be flushed there.
        if (OperatingSystem.IsWindows()) return;
        using var directory = Libc.Open(path, ReadOnly | (OperatingSystem.IsMacOS() ? MacCloseOnExec : LinuxCloseOnExec));
        if (directory.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            // For want of a descriptor nothing was forced, and nothing was lost.
            throw DescriptorLimit.IsReached(error) ? new IOException($"the folder {path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}", error) : new ForceFailedException(path, error);
        }
        Repeat(static file => Libc.Fsync(file), directory, path);
    }

    public bool TryFileSystem(SafeFileHandle file, string path)
    {
        if (!FileSystemForce.IsTrusted(file)) return false;
        while (Libc.Syncfs(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted) return false;
        }
        // XFS leaves the device's own cache alone when its journal had nothing to write; forcing any file empties that.
        File(file, path);
        return true;
    }

    static void Repeat(Func<SafeFileHandle, int> call, SafeFileHandle file, string path)
    {
        while (call(file) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) throw new ForceFailedException(path, error);
        }
    }
}
