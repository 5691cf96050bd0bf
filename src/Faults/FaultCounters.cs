using Semel.Protocol;

namespace Semel.Faults;

/// <summary>How often something happened, for one API or for all together. A picture of one moment.</summary>
/// <param name="RequestsPassed">Frames that went on to the broker, whatever else happened to them.</param>
/// <param name="AnswersPassed">Frames that went on to the client.</param>
/// <param name="RequestsDropped">Swallowed by a drop or a cut, which may have let a part of it through.</param>
/// <param name="AnswersDropped">The same for answers.</param>
/// <param name="Held">Requests taken out of their connection to be delivered later.</param>
/// <param name="Reordered">Frames that came after the one behind them.</param>
/// <param name="ConnectionsCut">Closed by an action.</param>
/// <param name="Stalled">How often a connection became silent, in one direction or in both.</param>
public readonly record struct FaultCounts(
    long RequestsPassed, long AnswersPassed, long RequestsDropped, long AnswersDropped, long Delayed, long Repeated, long Held, long Reordered, long ConnectionsCut, long Stalled, long Corrupted)
{
    /// <summary>In both directions.</summary>
    public long FramesPassed => RequestsPassed + AnswersPassed;

    /// <summary>How often something else than passing happened, each strike counted once.</summary>
    public long Faults => RequestsDropped + AnswersDropped + Delayed + Repeated + Held + Reordered + Stalled + Corrupted;
}

/// <summary>What is counted.</summary>
enum FaultCounter : byte
{
    RequestsPassed,
    AnswersPassed,
    RequestsDropped,
    AnswersDropped,
    Delayed,
    Repeated,
    Held,
    Reordered,
    ConnectionsCut,
    Stalled,
    Corrupted,
}

/// <summary>Counts by API while the proxy runs. Thread safe; numbers read at the same time need not be of the same moment.</summary>
public sealed class FaultCounters
{
    /// <summary>One row for each key of Kafka's up to here, and the last for all others.</summary>
    const int Rows = 129;

    static readonly int Columns = Enum.GetValues<FaultCounter>().Length;

    readonly long[] _counts = new long[Rows * Columns];

    internal void Add(ApiKey key, FaultCounter counter) => Interlocked.Increment(ref _counts[RowOf(key) * Columns + (int)counter]);

    static int RowOf(ApiKey key) => (int)key is >= 0 and < Rows - 1 ? (int)key : Rows - 1;

    /// <summary>Those of one API. Keys beyond Kafka's are counted together.</summary>
    public FaultCounts Of(ApiKey key) => Read(RowOf(key), 1);

    /// <summary>Those of all APIs together.</summary>
    public FaultCounts Total => Read(0, Rows);

    /// <summary>The APIs that were seen, in the order of their keys.</summary>
    public IReadOnlyList<ApiKey> ApiKeys => Enumerable.Range(0, Rows).Where(row => Read(row, 1) != default).Select(row => (ApiKey)row).ToArray();

    FaultCounts Read(int firstRow, int rows)
    {
        Span<long> sums = stackalloc long[Columns];
        for (var row = firstRow; row < firstRow + rows; row++)
            for (var column = 0; column < Columns; column++)
                sums[column] += Volatile.Read(ref _counts[row * Columns + column]);
        return new FaultCounts(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7], sums[8], sums[9], sums[10]);
    }
}
