using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>Reads bytes of files. A port of its own so that a test can let a device fail at any read.</summary>
interface IRead
{
    /// <summary>One read of the operating system.</summary>
    /// <returns>How many bytes came: fewer than asked where the file ends, or before a place that cannot be read. Never 0 before the end of the file, unless none was asked for.</returns>
    /// <exception cref="IOException">The first byte cannot be read.</exception>
    int Read(SafeFileHandle file, INamedFile name, Span<byte> bytes, long position);
}

/// <summary>Says where a file is when somebody wants to know: there are many files, and their paths are put together only then.</summary>
interface INamedFile
{
    string Path { get; }
}

/// <summary>A file whose path is at hand.</summary>
sealed record NamedFile(string Path) : INamedFile;

/// <summary>Reads by the operating system.</summary>
sealed class DeviceRead : IRead
{
    public static readonly DeviceRead Instance = new();

    public int Read(SafeFileHandle file, INamedFile name, Span<byte> bytes, long position) => RandomAccess.Read(file, bytes, position);
}

/// <summary>
/// Bytes that a file has cannot be read. A read that gives fewer bytes than the file has is this error as well: that is how a device tells that the rest cannot be read.
/// </summary>
sealed class ReadFailedException(string path, long position, string reason, Exception? inner = null)
    : IOException($"{path} cannot be read at position {position}: {reason}", inner)
{
    /// <summary>The first byte that could not be read.</summary>
    public long Position => position;
}
