using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;

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
        var duration = told.Start is { } start ? terminal.Time.GetUtcNow().ToUnixTimeMilliseconds() - start : (long?)null;
        if (arguments.WantsJson())
        {
            terminal.Output.WriteJson(json =>
            {
                json.WriteStartObject();
                json.WriteNumber("coordinatorId", told.Coordinator.Value);
                json.WriteString("transactionalId", told.TransactionalId);
                json.WriteNumber("producerId", told.ProducerId.Value);
                json.WriteNumber("producerEpoch", told.ProducerEpoch.Value);
                json.WriteString("transactionState", told.State);
                json.WriteNumber("transactionTimeoutMs", (long)told.Timeout.TotalMilliseconds);
                if (told.Start is { } began) json.WriteNumber("currentTransactionStartTimeMs", began);
                if (duration is { } lasts) json.WriteNumber("transactionDurationMs", lasts);
                json.WriteStartArray("topicPartitions");
                foreach (var partition in told.Partitions) json.WriteStringValue($"{partition}");
                json.WriteEndArray();
                json.WriteEndObject();
            });
            return ExitCode.Success;
        }
        var table = new TextTable("CoordinatorId", "TransactionalId", "ProducerId", "ProducerEpoch", "TransactionState", "TransactionTimeoutMs", "CurrentTransactionStartTimeMs", "TransactionDurationMs", "TopicPartitions");
        table.Add($"{told.Coordinator}", told.TransactionalId, $"{told.ProducerId}", $"{told.ProducerEpoch}", told.State, $"{told.Timeout.TotalMilliseconds:0}", $"{told.Start}" is { Length: > 0 } at ? at : "None",
            $"{duration}" is { Length: > 0 } length ? length : "None", string.Join(',', told.Partitions));
        table.WriteTo(terminal.Output);
        return ExitCode.Success;
    }
}
