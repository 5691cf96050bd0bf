using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Transactions;

public sealed class TransactionsDescribeCommand : Command
{
    public override Syntax Syntax { get; } = new("transactions describe", "show a transactional id: its producer, state and partitions")
    {
        Operands = new Operands("ID", 0, 1, "the transactional id"),
        Options = [TransactionOptions.Id, .. ConnectionOptions.All, .. OutputOptions.All],
        Examples = ["semel transactions describe billing-0", "semel transactions describe --transactional-id billing-0 --json"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var id = TransactionOptions.RequiredId(arguments);
        var told = await AdminWork.AskAsync(arguments, terminal, (admin, token) => admin.Transactions.DescribeAsync(id, token), stop).ConfigureAwait(false);
        var now = terminal.Time.GetUtcNow().ToUnixTimeMilliseconds();
        new Report<TransactionDescription>(
            new("CoordinatorId", "coordinatorId", one => one.Coordinator.Value),
            new("TransactionalId", "transactionalId", one => one.TransactionalId),
            new("ProducerId", "producerId", one => one.ProducerId.Value),
            new("ProducerEpoch", "producerEpoch", one => one.ProducerEpoch.Value),
            new("TransactionState", "transactionState", one => one.State),
            new("TransactionTimeoutMs", "transactionTimeoutMs", one => (long)one.Timeout.TotalMilliseconds),
            new("CurrentTransactionStartTimeMs", "currentTransactionStartTimeMs", one => one.Start) { Absent = "None" },
            new("TransactionDurationMs", "transactionDurationMs", one => now - one.Start) { Absent = "None" },
            new("TopicPartitions", "topicPartitions", one => Cell.Of(one.Partitions.Select(partition => $"{partition}"))) { Absent = "" })
            .WriteOne(terminal.Output, arguments.WantsJson(), told);
        return ExitCode.Success;
    }
}
