using Semel.Machines.Turn;

namespace Semel.Machines.Transactions;

/// <summary>When an open transaction's time is over, by the steady clock.</summary>
internal static class TimeoutRule
{
    /// <summary>Of one that has just begun: no jump of the clock on the wall makes its time shorter or longer.</summary>
    public static TimeSpan DueAt(in TransactionFacts open, TimeSpan begun) => begun + TimeSpan.FromMilliseconds(open.TimeoutMs);

    /// <summary>
    /// Of one that an earlier process began: the time that has passed since then counts, by the clock on the wall, which is the only one that both had. What is not over
    /// by now is given some grace, and no more than its whole time.
    /// </summary>
    public static TimeSpan DueAfterLoading(in TransactionFacts open, Moment now, TimeSpan grace)
    {
        var left = open.StartMs + open.TimeoutMs - now.Wall.UnixMilliseconds;
        if (left <= 0) return now.Steady;
        var whole = TimeSpan.FromMilliseconds(Math.Min(left, open.TimeoutMs));
        return now.Steady + (whole > grace ? whole : grace);
    }
}
