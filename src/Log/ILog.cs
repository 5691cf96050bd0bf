namespace Semel.Log;

/// <summary>
/// One ordered log of record batches. It knows offsets and bytes, never producers, transactions or groups.
/// One writer at a time calls <see cref="AppendAsync"/>, <see cref="TrimStartAsync"/> and <see cref="SaveSnapshot"/>; everything else may be called from any thread.
/// <para>
/// Offsets rise from batch to batch. Parts of the log may have gaps between their batches and in them, where records were taken out (<see cref="BeginReplacement"/>); what is appended never has.
/// </para>
/// </summary>
public interface ILog : IDisposable
{
    string Name { get; }

    /// <summary>
    /// Which writer this is: higher than that of every opening before that claimed one (<see cref="LogOptions.ClaimsWriterEpoch"/>), also of one that ended in a crash. Of an opening that
    /// claims none it is that of the last one which did; 0 when there was none.
    /// </summary>
    int WriterEpoch { get; }

    /// <summary>First offset kept, and the next to be given. The end counts what is appended, durable or not.</summary>
    LogBounds Bounds { get; }

    /// <summary>What opening this log found and did.</summary>
    LogRecovery Recovery { get; }

    /// <summary>The holes that are known so far, in order: those found by opening it, and those that reading met. One that was trimmed away is gone.</summary>
    IReadOnlyList<LogHole> Holes { get; }

    /// <summary>
    /// Appends the batches, which carry their offsets, in one step. Completes when they are durable by the log's policy; that is the only meaning
    /// of "appended". The memory must stay unchanged until then. Not called again before the previous call has completed.
    /// </summary>
    /// <returns>
    /// <see cref="AppendStatus.Conflict"/>, and nothing written, when the log does not end at <paramref name="expectedEndOffset"/>; <see cref="AppendStatus.Fenced"/>, and nothing written, when
    /// another writer has taken the log over.
    /// </returns>
    /// <exception cref="LogFailedException">Writing or forcing failed, or had failed before: nobody knows whether the batches are there, and this log takes no more until it is opened again.</exception>
    ValueTask<AppendOutcome> AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset);

    /// <summary>
    /// Whole batches in order, beginning with the one that holds <paramref name="fromOffset"/> (so it may begin below it) or with the next one where none does, none at or above
    /// <paramref name="upToOffset"/>, together at most <paramref name="maxBytes"/>, but always at least one batch if there is one.
    /// Empty when there is none up to the bound, which below the log's end means that only a gap is there. It ends before a hole. Dispose the result when its bytes were sent.
    /// </summary>
    /// <exception cref="OffsetOutOfRangeException"><paramref name="fromOffset"/> lies below the log's start or above its end.</exception>
    /// <exception cref="LogHoleException"><paramref name="fromOffset"/> lies in a hole, or in a gap before one.</exception>
    LogRead Read(long fromOffset, long upToOffset, int maxBytes);

    /// <summary>The first record below <paramref name="upToOffset"/> whose timestamp is at least <paramref name="timestamp"/>; null when there is none.</summary>
    /// <exception cref="LogHoleException">It may lie in a hole.</exception>
    TimestampedOffset? FindOffset(long timestamp, long upToOffset);

    /// <summary>The record below <paramref name="upToOffset"/> with the largest timestamp, the first of them; null when the log is empty.</summary>
    /// <exception cref="LogHoleException">It may lie in a hole.</exception>
    TimestampedOffset? FindMaxTimestamp(long upToOffset);

    /// <summary>Drops what lies below <paramref name="offset"/>. Completes when the new start is durable.</summary>
    ValueTask TrimStartAsync(long offset);

    /// <summary>The parts of the log in order. Their ranges follow each other without a gap, from that of its start to its end. May read, for a largest timestamp that is not known yet.</summary>
    IReadOnlyList<LogPart> Parts();

    /// <summary>
    /// Begins to replace parts by others that hold some of their batches: whole, or with records taken out. Appends, reads, trimming and snapshots go on meanwhile; nothing changes before
    /// <see cref="ILogReplacement.CommitAsync"/>. One at a time.
    /// </summary>
    /// <param name="fromOffset">Where the first part begins.</param>
    /// <param name="upToOffset">Where the last part ends. All of them are sealed.</param>
    /// <exception cref="ArgumentException">No sealed parts begin and end there.</exception>
    /// <exception cref="InvalidOperationException">Parts of the log are being replaced already.</exception>
    /// <exception cref="LogHoleException">A hole lies in the range: what cannot be read is never replaced.</exception>
    /// <exception cref="IOException">It cannot be begun, as on a full device; it may be tried again.</exception>
    ILogReplacement BeginReplacement(long fromOffset, long upToOffset);

    /// <summary>Keeps the writer's state after all batches below <paramref name="offset"/>, durably, in place of older ones. Only for offsets that are durable.</summary>
    void SaveSnapshot(long offset, ReadOnlySpan<byte> content);

    /// <summary>
    /// Forgets the snapshots below an offset, durably. From then on the log is folded from the first that is left, or from its start: before what only older ones needed is taken out of it. May be called
    /// beside the writer.
    /// </summary>
    void DropSnapshots(long below);

    /// <summary>The newest undamaged snapshot at or below the log's end; null when there is none.</summary>
    /// <param name="below">Only snapshots below this offset: to go further back when the content of one could not be used.</param>
    LogSnapshot? LoadSnapshot(long below = long.MaxValue);
}

/// <summary>A part of a log that is kept, moved or replaced as one. Its range is closed: it says where it begins and where the next one does, also where no batch is.</summary>
/// <param name="BaseOffset">The first offset of the range.</param>
/// <param name="NextOffset">The offset after the range.</param>
/// <param name="SizeInBytes">Of its batches.</param>
/// <param name="LargestTimestamp">Of its records, in milliseconds since 1970; -1 when it has none, null when it cannot be told because the part is damaged.</param>
/// <param name="IsSealed">Nothing is added any more.</param>
/// <param name="WasReplaced">It took the place of others.</param>
public readonly record struct LogPart(long BaseOffset, long NextOffset, long SizeInBytes, long? LargestTimestamp, bool IsSealed, bool WasReplaced);

/// <summary>
/// New content for a run of parts, on its way. Used by one thread at a time. Disposing it before it is committed throws it away; so does the end of the log.
/// </summary>
public interface ILogReplacement : IDisposable
{
    /// <summary>Adds a batch with its offsets, which lie in the range and above those of the one before. Its bytes may change again when this completes.</summary>
    /// <exception cref="ArgumentException">It is not exactly one batch of magic 2, or its offsets have no place there.</exception>
    /// <exception cref="ObjectDisposedException">The log was closed or deleted.</exception>
    /// <exception cref="IOException">It could not be written, as on a full device. The log is as it was.</exception>
    ValueTask AddAsync(ReadOnlyMemory<byte> batch);

    /// <summary>
    /// Puts what was added in the place of the parts, in one step: after a crash at any moment the log has all of the old parts or all of the new. Durable when it completes. Reads under way of what
    /// was replaced end as they would have; those who go on from there get the new content. What was trimmed meanwhile stays trimmed.
    /// </summary>
    /// <exception cref="LogHoleException">A hole was found in the range meanwhile. The log is as it was.</exception>
    /// <exception cref="LogFailedException">Forcing failed: nobody knows which of the parts a power cut would leave, and the log is as it was until it is opened again.</exception>
    /// <exception cref="ObjectDisposedException">The log was closed or deleted.</exception>
    /// <exception cref="IOException">It could not be written. The log is as it was.</exception>
    ValueTask CommitAsync();
}

/// <summary>First offset kept, and the next offset to be given.</summary>
public readonly record struct LogBounds(long StartOffset, long EndOffset);

public enum AppendStatus : byte
{
    Appended,
    Conflict,
    /// <summary>A later opening of the log has claimed its writer epoch: whoever holds this one is the writer no more. Nothing that it asks for is done again.</summary>
    Fenced,
}

/// <param name="EndOffset">The log's end offset after the append.</param>
/// <param name="Rolled">A new segment was begun: a good moment for a snapshot.</param>
public readonly record struct AppendOutcome(AppendStatus Status, long EndOffset, bool Rolled);

public readonly record struct TimestampedOffset(long Offset, long Timestamp);

/// <param name="Offset">The state is that after all batches below this offset.</param>
/// <param name="SavedAt">When it was written, in milliseconds since 1970.</param>
public sealed record LogSnapshot(long Offset, long SavedAt, ReadOnlyMemory<byte> Content);

/// <param name="WasClean">The log was closed in order; nothing had to be scanned.</param>
/// <param name="ScannedBytes">Bytes whose checksums were verified.</param>
/// <param name="TruncatedBytes">Bytes of a torn tail that were cut off; none of them was acknowledged.</param>
/// <param name="Detail">A sentence for the log when something was cut, replayed or made again; null otherwise.</param>
/// <param name="LastModified">When the last byte was written before this process, in milliseconds since 1970; 0 for a new log.</param>
public sealed record LogRecovery(bool WasClean, long ScannedBytes, long TruncatedBytes, string? Detail, long LastModified);

/// <summary>The log's writer has ended: writing or forcing failed. What was not acknowledged may or may not be there. Open the log again to go on.</summary>
public sealed class LogFailedException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>Damage that recovery must not hide: bytes below the durable mark are not what was written. Names file and position.</summary>
public class LogDamagedException(string message) : IOException(message);

/// <summary>A log that should be there is not. It is never made anew by opening it. Names the place where it was looked for and what to do.</summary>
public sealed class LogMissingException(string message) : LogDamagedException(message);

/// <summary>A log was to be made, and there is one of its name.</summary>
public sealed class LogExistsException(string name) : IOException($"there is a log {name} already");

public sealed class OffsetOutOfRangeException(long offset, LogBounds bounds) : Exception($"offset {offset} lies outside {bounds.StartOffset} to {bounds.EndOffset}");
