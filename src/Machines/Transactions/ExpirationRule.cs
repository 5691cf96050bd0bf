using Semel.Machines.Turn;

namespace Semel.Machines.Transactions;

/// <summary>Which ids are forgotten: those at rest that nobody has used for long. That no open connection used them is asked afterwards (R-EX).</summary>
internal static class ExpirationRule
{
    /// <summary>Both clocks have to say so, where both can: a clock on the wall that is set forward forgets nobody who was used since the process began.</summary>
    public static bool IsOver(TransactionEntry entry, Moment now, TimeSpan expiration) =>
        entry.Facts.State.IsAtRest()
        && now.Wall.UnixMilliseconds - entry.Facts.UpdatedMs > expiration.TotalMilliseconds
        && (entry.UpdatedAt == TransactionEntry.Earlier || now.Steady - entry.UpdatedAt > expiration);
}
