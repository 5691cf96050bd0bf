namespace Semel.Log.Segments.Device;

/// <summary>
/// A file without content that keeps a little room on the device. On a full one it is given up for what makes room again or ends in order: the small files that a deletion of records, a checkpoint and a
/// stop replace. It is made again as soon as there is room for it. Thread safe.
/// </summary>
sealed class SpaceReserve(SegmentStoreOptions options)
{
    public const string FileName = "space.reserve";
    const int Most = 4 << 20, Least = 256 << 10, Alignment = 4096;

    /// <summary>It takes at most this part of what is free.</summary>
    const int Share = 64;

    readonly Lock _gate = new();
    readonly string _path = Path.Combine(options.Directory, FileName);
    bool _isKept;

    /// <summary>Makes the file if it is not there. Without room for it, or where it cannot be made, there is none.</summary>
    public void Keep()
    {
        lock (_gate)
        {
            if (_isKept) return;
            try
            {
                var free = options.FreeSpace(options.Directory) ?? 0;
                using var file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
                if (RandomAccess.GetLength(file) == 0)
                {
                    if (free / 2 < Least) return;
                    options.BeforeWrite?.Invoke(_path);
                    Preallocation.Allocate(file, Math.Clamp(free / Share, Least, Most) & -Alignment, _path);
                }
                _isKept = true;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Next time.
            }
        }
    }

    /// <summary>Something failed that may be done again.</summary>
    /// <returns>Whether it should be, because it failed for want of room and the reserve was given up for it.</returns>
    public bool GivesWay(Exception failure) => DeviceErrors.IsFull(failure) && GiveUp();

    bool GiveUp()
    {
        lock (_gate)
        {
            _isKept = false;
            try
            {
                if (!File.Exists(_path)) return false;
                using var file = File.OpenHandle(_path, FileMode.Truncate, FileAccess.Write);
                return true;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
