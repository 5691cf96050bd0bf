using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Semel.Log.Tests.Segments;

/// <summary>
/// Does something as a user who is refused what the rights of a file refuse. The administrator is refused nothing, so there it is done by a thread that is somebody else to the file
/// system: on Linux that can be said of one thread alone.
/// </summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
static partial class OrdinaryUser
{
    const uint Nobody = 65534;

    /// <summary>Lets everybody use what is in a folder.</summary>
    public static void OpenToAll(string folder)
    {
        const UnixFileMode files = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        const UnixFileMode folders = files | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(folder, folders);
        foreach (var inner in Directory.GetDirectories(folder, "*", SearchOption.AllDirectories)) File.SetUnixFileMode(inner, folders);
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories)) File.SetUnixFileMode(file, files);
    }

    public static void Does(Action work)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            work();
            return;
        }
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            SetFileSystemUser(Nobody);
            try
            {
                work();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint user);
}
