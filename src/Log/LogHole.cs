namespace Semel.Log;

/// <summary>Offsets of a log that cannot be read, while those before and behind them can.</summary>
/// <param name="StartOffset">The first that is missing.</param>
/// <param name="EndOffset">The next that can be read, or the log's end.</param>
/// <param name="Reason">A sentence with file, position and both offsets.</param>
public sealed record LogHole(long StartOffset, long EndOffset, string Reason);

/// <summary>
/// What was asked for lies in a hole of the log, or cannot be answered without what lies there. Names file, position, the offsets on both sides, and what to do.
/// </summary>
public sealed class LogHoleException(LogHole hole) : IOException(hole.Reason)
{
    /// <summary>The first offset that is missing.</summary>
    public long StartOffset => hole.StartOffset;

    /// <summary>The next offset that can be read, or the log's end.</summary>
    public long EndOffset => hole.EndOffset;
}
