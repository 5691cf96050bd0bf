using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Transactions;

/// <summary>For a transaction whose owner decided to commit it, wrote that down elsewhere, and stopped before it told the coordinator.</summary>
public sealed class TransactionsCommitCommand : Command
{
    static readonly Option Id = TransactionOptions.Id with { Required = true };
    static readonly Option<long> Producer = TransactionOptions.ProducerId with { Required = true };
    static readonly Option<long> Epoch = TransactionOptions.ProducerEpoch with { Required = true };
    static readonly Option Yes = new("--yes", null, "do not ask") { Aliases = ["-y"] };

    public override Syntax Syntax { get; } = new("transactions commit", "commit a transaction that its owner has left behind decided")
    {
        Options = [Id, Producer, Epoch, Yes, .. ConnectionOptions.All, .. OutputOptions.All],
        Notes =
        [
            "Only for somebody who knows that the owner decided so: a streaming job that wrote its own checkpoint, say, and was stopped before its commit. A commit cannot be taken back.",
            "Nothing is done when the transactional id belongs to another producer id or epoch by now, or when its transaction is not open.",
        ],
        Examples = ["semel transactions commit --transactional-id billing-0 --producer-id 4000 --producer-epoch 7"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var id = arguments.Text(Id)!;
        var (producerId, epoch) = (new ProducerId(arguments.Value(Producer, -1)), TransactionOptions.Epoch(arguments.Value(Epoch, -1)));
        if (id.Length == 0) throw CommandException.Usage("--transactional-id is empty.");
        var told = await AdminWork.AskAsync(arguments, terminal, (admin, token) => admin.Transactions.DescribeAsync(id, token), stop).ConfigureAwait(false);
        Require(told, producerId, epoch);
        if (!arguments.Has(Yes)) Confirmation.Require(terminal, Question(told, terminal), "nothing was committed");
        await AdminWork.ChangeAsync(arguments, terminal, "the transaction may have been committed, or not", $"'semel transactions describe {id}' shows its state.", async (admin, token) =>
        {
            await admin.Transactions.CommitAsync(id, producerId, epoch, token).ConfigureAwait(false);
            return true;
        }, stop).ConfigureAwait(false);
        if (!arguments.WantsJson()) terminal.Output.WriteLine($"{id}: committed");
        else terminal.Output.WriteJson(json =>
        {
            json.WriteStartObject();
            json.WriteString("transactionalId", id);
            json.WriteNumber("producerId", producerId.Value);
            json.WriteNumber("producerEpoch", epoch.Value);
            json.WriteString("outcome", "committed");
            json.WriteEndObject();
        });
        return ExitCode.Success;
    }

    static void Require(TransactionDescription told, ProducerId producerId, ProducerEpoch epoch)
    {
        if (CommitRule.Refusal(told, producerId, epoch) is { } refusal)
            throw new CommandException(ExitCode.Refused, $"nothing was committed: {refusal}.", $"'semel transactions describe {told.TransactionalId}' shows what the coordinator has.");
    }

    static string Question(TransactionDescription told, Terminal terminal)
    {
        var age = told.Start is { } start ? $", open for {(terminal.Time.GetUtcNow().ToUnixTimeMilliseconds() - start) / 1000} s" : "";
        return $"Transaction of '{told.TransactionalId}', producer {told.ProducerId} epoch {told.ProducerEpoch}{age}, in {string.Join(", ", told.Partitions)}.\nA commit cannot be taken back. Commit it?";
    }
}
