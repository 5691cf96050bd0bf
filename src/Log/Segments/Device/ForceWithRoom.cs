using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>Forcing a folder takes a descriptor: when there is none left, files at rest are closed for it.</summary>
sealed class ForceWithRoom(IForce force, OpenFiles files) : IForce
{
    public void File(SafeFileHandle file, string path) => force.File(file, path);

    public void Directory(string path) => files.WithRoom(() =>
    {
        force.Directory(path);
        return path;
    });

    public bool TryFileSystem(SafeFileHandle file, string path) => force.TryFileSystem(file, path);
}
