using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>
/// Makes what was written survive a power cut. A port of its own because the runtime's calls return normally when the disk fails,
/// and so that a test can let a disk fail.
/// </summary>
interface IForce
{
    /// <exception cref="ForceFailedException">The device did not take it. Nobody knows which of the bytes are there; forcing again proves nothing.</exception>
    void File(SafeFileHandle file, string path);

    /// <summary>Makes files that were created, renamed or removed in the folder so for good.</summary>
    /// <exception cref="ForceFailedException">As above.</exception>
    void Directory(string path);

    /// <summary>Forces everything that was written to the file system which holds the file, names too.</summary>
    /// <returns>False when nothing is proven: it cannot be done here, or something could not be forced, which forcing each file tells.</returns>
    bool TryFileSystem(SafeFileHandle file, string path) => false;
}

/// <summary>A forced write failed.</summary>
/// <param name="error">The operating system's number.</param>
sealed class ForceFailedException(string path, int error)
    : IOException($"forcing {path} to the device failed: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error)} (error {error})", error)
{
    public int Error { get; } = error;
}
