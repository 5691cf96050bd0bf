using Semel.Log.Segments.Device;

namespace Semel.Log.Segments;

/// <summary>
/// Sees that the folder of the logs is still where it was, before anything is acknowledged: a data folder that was removed or moved away takes writes as before, by the files that are open,
/// and they are gone when those are closed. It also tells when a log's folder may have come or gone. Thread safe.
/// </summary>
sealed class FolderWatch(string folder)
{
    sealed record Seen(FolderStamp Stamp, long Generation);

    readonly byte[] _path = FolderStamp.PathOf(folder);
    Seen _last = new(FolderStamp.Of(FolderStamp.PathOf(folder)) ?? default, 1);

    /// <summary>The file system it is on; 0 where that is not told.</summary>
    public ulong Device => _last.Stamp.Device;

    /// <summary>A number that is another one when something in the folder came or went since it was told last.</summary>
    /// <exception cref="LogStoreException">The folder is not there any more, or another one is.</exception>
    public long Look()
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            if (FolderStamp.Of(_path) is not { } now || now.Identity != last.Stamp.Identity)
                throw new LogStoreException($"the folder {folder} was removed, replaced or moved away while it was in use: put it back, or stop the broker and start it again with the folder that has the data");
            if (now == last.Stamp) return last.Generation;
            Interlocked.CompareExchange(ref _last, new Seen(now, last.Generation + 1), last);
        }
    }
}
