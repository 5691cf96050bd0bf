using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>The one way in which files of a store are read: what a file has is read whole, or there is an error that names file and position.</summary>
static class FileRead
{
    /// <summary>The least that a device fails to give.</summary>
    const int SectorBytes = 512;

    /// <summary>Reads bytes that the file has.</summary>
    /// <exception cref="ReadFailedException">The device did not give them all.</exception>
    public static void Exactly(this IRead read, SafeFileHandle file, INamedFile name, Span<byte> bytes, long position)
    {
        for (var done = 0; done < bytes.Length;)
        {
            int count;
            try
            {
                count = read.Read(file, name, bytes[done..], position + done);
            }
            catch (IOException failure)
            {
                throw new ReadFailedException(name.Path, position + done, failure.Message, failure);
            }
            if (count == 0) throw new ReadFailedException(name.Path, position + done, $"the device gave {done} of {bytes.Length} bytes that the file has");
            done += count;
        }
    }

    public static void Exactly(this IRead read, SafeFileHandle file, string path, Span<byte> bytes, long position) => read.Exactly(file, new NamedFile(path), bytes, position);

    /// <summary>As many of the bytes as lie before the end of the file.</summary>
    /// <param name="length">Of the file.</param>
    /// <exception cref="ReadFailedException">The device did not give what the file has.</exception>
    public static int UpToEnd(this IRead read, SafeFileHandle file, INamedFile name, Span<byte> bytes, long position, long length)
    {
        var there = (int)Math.Clamp(length - position, 0, bytes.Length);
        read.Exactly(file, name, bytes[..there], position);
        return there;
    }

    public static int UpToEnd(this IRead read, SafeFileHandle file, string path, Span<byte> bytes, long position, long length) => read.UpToEnd(file, new NamedFile(path), bytes, position, length);

    /// <summary>The same, with zeros in place of sectors that cannot be read: to look for what is whole behind such a place.</summary>
    public static int WhatCanBeRead(this IRead read, SafeFileHandle file, INamedFile name, Span<byte> bytes, long position, long length)
    {
        var there = (int)Math.Clamp(length - position, 0, bytes.Length);
        try
        {
            read.Exactly(file, name, bytes[..there], position);
        }
        catch (ReadFailedException)
        {
            for (var at = 0; at < there;)
            {
                var sector = bytes.Slice(at, Math.Min(there - at, SectorBytes - (int)((position + at) % SectorBytes)));
                try
                {
                    read.Exactly(file, name, sector, position + at);
                }
                catch (ReadFailedException)
                {
                    sector.Clear();
                }
                at += sector.Length;
            }
        }
        return there;
    }

    public static int WhatCanBeRead(this IRead read, SafeFileHandle file, string path, Span<byte> bytes, long position, long length) => read.WhatCanBeRead(file, new NamedFile(path), bytes, position, length);

    /// <summary>All of a small file.</summary>
    /// <exception cref="FileNotFoundException">It is not there, or not its folder (<see cref="DirectoryNotFoundException"/>).</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] All(this IRead read, string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        if (length > Array.MaxLength) throw new IOException($"{path} has {length} bytes, more than such a file can have");
        var bytes = new byte[length];
        read.Exactly(file, path, bytes, 0);
        return bytes;
    }
}
