using Semel.Protocol.Records;

namespace Semel.Log;

/// <summary>All logs of one place. Thread safe.</summary>
public interface ILogStore : IAsyncDisposable
{
    /// <summary>The names of all logs that there are, sorted; also of those that are missing.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>
    /// What was found when the store was opened that is no log of its own and was passed over, one sentence each with its path: for the log of whoever uses the store.
    /// </summary>
    IReadOnlyList<string> Remarks { get; }

    /// <summary>Makes a log that is not there yet, durably, and opens it.</summary>
    /// <param name="name">1 to 300 characters of A-Z, a-z, 0-9, '.', '_', '-', '~'; never a path.</param>
    /// <exception cref="LogExistsException">There is one of this name.</exception>
    /// <exception cref="LogMissingException">There was one, and nobody deleted it: what is known is never made anew.</exception>
    ILog Create(string name, LogOptions options);

    /// <summary>Opens a log that was made before. Recovers it first when it was not closed in order.</summary>
    /// <exception cref="LogMissingException">It is not there.</exception>
    /// <exception cref="LogDamagedException">Something below the durable mark is damaged; the log stays closed and untouched.</exception>
    ILog Open(string name, LogOptions options);

    /// <summary>Removes the log and its bytes, also of one that is damaged or missing; durable when it returns. Reads under way end with an exception.</summary>
    void Delete(string name);

    /// <summary>
    /// The store is about to be disposed: snapshots that are saved and logs that are closed from here on may be made durable together when it is. Appends are made durable as ever. No log is opened
    /// any more.
    /// </summary>
    void Closing()
    {
    }
}

/// <summary>One log's options.</summary>
public sealed record LogOptions
{
    /// <summary>Bytes after which a new segment begins (segment.bytes): 1 MiB to 2 GiB - 1.</summary>
    public int SegmentBytes { get; init; } = 1 << 30;
    /// <summary>Age after which a new segment begins with the next append (segment.ms).</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromDays(7);
    /// <summary>Bytes between two entries of the sparse indexes (index.interval.bytes).</summary>
    public int IndexIntervalBytes { get; init; } = 4096;
    /// <summary>
    /// The log's writer epoch is raised, durably, before the log is open, and no writer before it can append any more. For logs whose writer speaks to others, who have to tell it from the one
    /// before; it costs one forced write more at each opening, which ten thousand partitions need not pay.
    /// </summary>
    public bool ClaimsWriterEpoch { get; init; }
    /// <summary>With which records are looked for by time in compressed batches. In a batch that they cannot open the answer is its first offset.</summary>
    public IRecordCodecs? Codecs { get; init; }
}
