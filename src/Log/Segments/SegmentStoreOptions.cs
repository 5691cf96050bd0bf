using Semel.Log.Segments.Device;
using Semel.Log.Segments.Journal;

namespace Semel.Log.Segments;

/// <summary>Where and how a <see cref="SegmentLogStore"/> keeps its logs.</summary>
public sealed record SegmentStoreOptions
{
    internal const int SmallestJournalFileBytes = 64 << 10;
    const int LargestJournalFileBytes = 1 << 30;

    /// <summary>The data folder; made when it is not there. One process at a time uses it.</summary>
    public required string Directory { get; init; }

    public FlushMode Flush { get; init; } = FlushMode.Disk;

    /// <summary>
    /// Size of one file of the journal's ring: 64 KiB to 1 GiB, a multiple of 4096. After each so many bytes the segments behind are forced.
    /// On a device of which the ring would take more than a quarter the files are smaller.
    /// </summary>
    public int JournalFileBytes { get; init; } = 64 << 20;

    /// <summary>How many files the ring may grow to: at least 2. Appends wait only when all of them are full.</summary>
    public int JournalFiles { get; init; } = 4;

    /// <summary>For the age of segments and the times of snapshots.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>An append of at least so many bytes that waits alone is forced in its own segment instead of being written to the journal as well.</summary>
    internal int DirectForceBytes { get; init; } = 512 << 10;

    /// <summary>Bytes that a folder's device can still take; null when that is not known.</summary>
    internal Func<string, long?> FreeSpace { get; init; } = Device.FreeSpace.Of;

    /// <summary>How many files of segments may be open at once, at least 1; null for half of what this process may have open.</summary>
    public int? MostOpenFiles { get; init; }

    /// <summary>The account of them, made by the store.</summary>
    internal OpenFiles Files { get; init; } = null!;

    /// <summary>Told the path before each write into a file: a test lets it fail, as on a full device.</summary>
    internal Action<string>? BeforeWrite { get; init; }

    /// <summary>Starts one of the store's threads, by that name; false when there is none. Null for the system's.</summary>
    internal Func<Action, string, bool>? TryStartThread { get; init; }

    internal IForce Force { get; init; } = new DeviceForce();
    internal IRead Read { get; init; } = DeviceRead.Instance;
    internal CrashPoints Points { get; init; } = CrashPoints.FromEnvironment;

    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Directory);
        if (!IsJournalFileSize(JournalFileBytes))
            throw new ArgumentException($"{nameof(JournalFileBytes)} is {JournalFileBytes}; it must be a multiple of {JournalGroup.Alignment} from {SmallestJournalFileBytes} to {LargestJournalFileBytes}");
        if (MostOpenFiles < 1) throw new ArgumentException($"{nameof(MostOpenFiles)} is {MostOpenFiles}; it must be at least 1");
        if (JournalFiles < 2) throw new ArgumentException($"{nameof(JournalFiles)} is {JournalFiles}; it must be at least 2");
    }

    internal static bool IsJournalFileSize(long bytes) => bytes is >= SmallestJournalFileBytes and <= LargestJournalFileBytes && bytes % JournalGroup.Alignment == 0;
}
