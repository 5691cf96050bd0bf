using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments.Damaged;

/// <summary>How a place of a file cannot be read.</summary>
enum ReadFault
{
    /// <summary>The read fails from its first byte on.</summary>
    Error,
    /// <summary>The read gives the bytes before the place, fewer than were asked for.</summary>
    Short,
}

/// <summary>A device with one sector that cannot be read: the one that the n-th read meets. It stays so for whoever reads there again.</summary>
sealed class FaultyRead(int n, ReadFault fault) : IRead
{
    const int InputOutputError = 5, SectorBytes = 512;

    readonly Lock _gate = new();
    int _reads;
    string? _path;
    long _sector;

    /// <summary>The file with the place; null while it has not come to it.</summary>
    public string? Path
    {
        get
        {
            lock (_gate) return _path;
        }
    }

    public int Read(SafeFileHandle file, INamedFile name, Span<byte> bytes, long position)
    {
        lock (_gate)
        {
            if (_reads++ == n) (_path, _sector) = (name.Path, (position + (fault == ReadFault.Short ? bytes.Length / 2 : 0)) / SectorBytes * SectorBytes);
            if (_path is not null && position < _sector + SectorBytes && _sector < position + bytes.Length && name.Path == _path)
            {
                if (_sector <= position) throw new IOException("Input/output error", InputOutputError);
                bytes = bytes[..(int)(_sector - position)];
            }
        }
        return RandomAccess.Read(file, bytes, position);
    }
}
