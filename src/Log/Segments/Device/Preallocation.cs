using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>Gives a new file its size and, where the file system can, its blocks, so that later writes into it change no more than bytes.</summary>
static class Preallocation
{
    const int Interrupted = 4, NotSupportedOnLinux = 95, NoSuchCall = 38;

    /// <exception cref="IOException">The device is full, or the file cannot be extended.</exception>
    public static void Allocate(SafeFileHandle file, long size, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.SetLength(file, size);
            return;
        }
        while (Libc.Fallocate(file, mode: 0, offset: 0, size) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted) continue;
            if (error is not (NotSupportedOnLinux or NoSuchCall))
                throw new IOException($"{path} cannot be given {size} bytes: {Marshal.GetPInvokeErrorMessage(error)} (error {error}); free space on the device", error);
            RandomAccess.SetLength(file, size);
            return;
        }
    }
}
