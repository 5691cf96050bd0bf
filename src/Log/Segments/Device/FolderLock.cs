using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>
/// Keeps a second process away from a data folder. It is the operating system's lock on the folder itself: no file in it can be removed to be rid of the lock, no setting of the runtime
/// turns it off, and it ends with the process however that ends. Windows cannot lock a folder; there it is a file that is held open.
/// </summary>
sealed class FolderLock : IDisposable
{
    const int Exclusive = 2, NotWaiting = 4;
    const int Interrupted = 4, LinuxWouldBlock = 11, MacWouldBlock = 35, AccessDenied = 13;
    const int ReadOnly = 0, LinuxCloseOnExec = 0x80000, MacCloseOnExec = 0x1000000;
    const string FileName = ".lock", HolderName = ".lock-holder";

    readonly SafeFileHandle? _folder;
    readonly FileStream? _file;

    FolderLock(SafeFileHandle? folder, FileStream? file) => (_folder, _file) = (folder, file);

    /// <summary>The folder itself, as it is held open; null on Windows.</summary>
    public SafeFileHandle? Folder => _folder;

    /// <exception cref="LogStoreException">Another process holds the folder, or it cannot be locked or written.</exception>
    public static FolderLock Take(string folder)
    {
        var held = OperatingSystem.IsWindows() ? null : LockFolder(folder);
        try
        {
            var file = LockFile(folder, isAll: held is null);
            WriteHolder(folder);
            return new FolderLock(held, file);
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    static SafeFileHandle LockFolder(string folder)
    {
        var handle = OpenFolder(folder);
        var error = handle.IsInvalid ? Marshal.GetLastPInvokeError() : Lock(handle);
        if (error == 0) return handle;
        handle.Dispose();
        throw error == (OperatingSystem.IsMacOS() ? MacWouldBlock : LinuxWouldBlock) ? InUse(folder)
            : error == AccessDenied ? new LogStoreException($"the data folder {folder} cannot be used: {Marshal.GetPInvokeErrorMessage(error)}. Give this user the right to read and write there, or choose another folder.")
            : new LogStoreException($"the data folder {folder} cannot be locked against a second broker: {Marshal.GetPInvokeErrorMessage(error)} (error {error}). Its file system may have no locks of folders, as those of a network often have none: choose a folder on a disk of this machine.");
    }

    /// <returns>Invalid when that is not possible; the system's error tells why.</returns>
    internal static SafeFileHandle OpenFolder(string folder) => Libc.Open(folder, ReadOnly | (OperatingSystem.IsMacOS() ? MacCloseOnExec : LinuxCloseOnExec));

    static int Lock(SafeFileHandle folder)
    {
        while (Libc.Flock(folder, Exclusive | NotWaiting) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Interrupted) return error;
        }
        return 0;
    }

    static LogStoreException InUse(string folder, Exception? inner = null) =>
        new($"the data folder {folder} is in use by {Holder(Path.Combine(folder, HolderName))}; stop that process or choose another folder", inner);

    /// <summary>The lock of Windows. Elsewhere it is held as well, because versions before this one know no other.</summary>
    /// <param name="isAll">There is no other lock.</param>
    static FileStream? LockFile(string folder, bool isAll)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException failed) when (DeviceErrors.IsReadOnly(failed))
        {
            throw OnlyRead(folder, failed);
        }
        catch (UnauthorizedAccessException denied) when (!Directory.Exists(path))
        {
            throw new LogStoreException($"the data folder {folder} cannot be written: {denied.Message} Give this user the right to write there, or choose another folder.", denied);
        }
        catch (IOException busy) when (File.Exists(path) && (isAll || busy.HResult is LinuxWouldBlock or MacWouldBlock))
        {
            throw InUse(folder, busy);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // The folder is locked; for the file there may be no room on a full device.
            return isAll ? throw new LogStoreException($"the data folder {folder} cannot be locked: {failed.Message}", failed) : null;
        }
    }

    /// <summary>Who holds it is written down for people; the lock does not depend on it.</summary>
    static void WriteHolder(string folder)
    {
        try
        {
            File.WriteAllText(Path.Combine(folder, HolderName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException failed) when (DeviceErrors.IsReadOnly(failed))
        {
            throw OnlyRead(folder, failed);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // As on a full device: then the next one to ask is told of another process.
        }
    }

    internal static LogStoreException OnlyRead(string folder, Exception inner) =>
        new($"the data folder {folder} lies on a file system that is mounted read-only: mount it for writing, or choose another folder", inner);

    static string Holder(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is { Length: > 0 } process ? $"process {process}" : "another process";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _folder?.Dispose();
    }
}
