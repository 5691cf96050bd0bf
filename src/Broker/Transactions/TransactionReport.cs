using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>
/// Reports to a coordinator what came of something that it has asked for, until its log has taken that: it asks by itself only when it is folded anew, so a report that is
/// lost while its log fails would be waited for until the next start.
/// </summary>
internal static class TransactionReport
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <param name="ask">Asks the coordinator.</param>
    public static async Task BringAsync(Func<TransactionCommand, Task<TransactionReply>> ask, TransactionCommand report, TimeProvider time)
    {
        while ((await ask(report)).Error == ErrorCode.NotCoordinator) await Task.Delay(Pause, time);
    }
}
