using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Produce;

/// <summary>What became of the transactions, in words.</summary>
static class TransactionSummary
{
    public static void Write(Terminal terminal, TransactionTarget target, string topic, string transactionalId, bool quiet)
    {
        if (target.NotCommitted is { } last)
        {
            var records = $"{last.Records} {(last.Records == 1 ? "record" : "records")}";
            if (last.Outcome == TransactionOutcome.Aborted) terminal.Warn($"the transaction with {records} was aborted: nobody who reads committed records sees them.");
            else terminal.Warn($"nobody knows yet how the transaction with {records} ended.",
                $"'semel transactions describe {transactionalId}' shows its state");
        }
        if (!quiet || target.NotCommitted is not null) terminal.Warn($"{target.CommittedRecords} {(target.CommittedRecords == 1 ? "record" : "records")} in {target.CommittedTransactions} {(target.CommittedTransactions == 1 ? "transaction" : "transactions")} committed to {topic}");
    }
}
