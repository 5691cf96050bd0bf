using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments;

/// <summary>
/// Sees that the folder of the logs is still where it was, before anything is acknowledged: a data folder that was removed or moved away takes writes as before, by the files that are open,
/// and they are gone when those are closed. It also tells when a log's folder may have come or gone. Thread safe.
/// </summary>
sealed class FolderWatch : IDisposable
{
    /// <summary>How long a look at the open folder alone does: that it was moved away, which loses nothing, is noticed after this.</summary>
    const int MostMillisecondsWithoutPath = 5;

    sealed record Seen(FolderStamp Stamp, long Generation);

    readonly string _folder;
    readonly byte[] _path;
    readonly SafeFileHandle? _open;
    Seen _last;
    long _pathSeenAt;

    public FolderWatch(string folder)
    {
        (_folder, _path) = (folder, FolderStamp.PathOf(folder));
        _last = new(FolderStamp.Of(_path) ?? default, 1);
        _open = OperatingSystem.IsLinux() ? FolderLock.OpenFolder(folder) : null;
    }

    /// <summary>The file system it is on; 0 where that is not told.</summary>
    public ulong Device => _last.Stamp.Device;

    /// <summary>A number that is another one when something in the folder came or went since it was told last.</summary>
    /// <exception cref="LogStoreException">The folder is not there any more, or another one is.</exception>
    public long Look()
    {
        Volatile.Write(ref _pathSeenAt, Environment.TickCount64);
        return Seems(FolderStamp.Of(_path));
    }

    /// <summary>The same for less, where every append asks: a folder that was removed is noticed at once, one that was moved away a few milliseconds later.</summary>
    /// <exception cref="LogStoreException">As above.</exception>
    public long LookOften() => _open is { IsInvalid: false } && Environment.TickCount64 - Volatile.Read(ref _pathSeenAt) < MostMillisecondsWithoutPath ? Seems(FolderStamp.Of(_open)) : Look();

    long Seems(FolderStamp? looked)
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            if (looked is not { } now || now.Identity != last.Stamp.Identity)
                throw new LogStoreException($"the folder {_folder} was removed, replaced or moved away while it was in use: put it back, or stop the broker and start it again with the folder that has the data");
            if (now == last.Stamp) return last.Generation;
            Interlocked.CompareExchange(ref _last, new Seen(now, last.Generation + 1), last);
        }
    }

    public void Dispose() => _open?.Dispose();
}
