using System.Runtime.InteropServices;

namespace Semel.Cli.Dump;

/// <summary>
/// Tells a file with contents from a pipe, a socket or a device, without opening it: opening a pipe waits for its writer. The runtime does not tell,
/// and the layout of statx, unlike that of stat, is the same on every Linux; elsewhere every file counts as one with contents.
/// </summary>
static class FileKind
{
    const int CurrentFolder = -100, BufferSize = 256, ModeAt = 28, TypeBits = 0xF000, RegularFile = 0x8000;
    const uint WantType = 1;

    /// <returns>False only when it is known to be something else.</returns>
    public static bool MayBeRegular(string path)
    {
        if (!OperatingSystem.IsLinux()) return true;
        var buffer = new byte[BufferSize];
        try
        {
            return Statx(CurrentFolder, path, 0, WantType, buffer) != 0 || (MemoryMarshal.Read<ushort>(buffer.AsSpan(ModeAt)) & TypeBits) == RegularFile;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return true;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] buffer);
}
