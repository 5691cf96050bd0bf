using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Transactions;

public sealed class TransactionsListCommand : Command
{
    static readonly Option<long> Duration = new("--duration-filter", "MILLISECONDS", "only transactions that have been open longer; all when negative", OptionType.Number(long.MinValue));
    static readonly Option Pattern = new("--transactional-id-pattern", "PATTERN", "only ids that match this regular expression (RE2)");
    static readonly Option<IReadOnlyList<string>> State = new("--state", "STATE,...", "only transactional ids in one of these states, such as Ongoing", static (option, text) => KnownWords.Read(option, text, TransactionWords.States)) { Choices = TransactionWords.States };

    static readonly Report<ListedTransaction> Listed = new(
        new("TransactionalId", "transactionalId", one => one.TransactionalId),
        new("Coordinator", "coordinator", one => one.Coordinator.Value),
        new("ProducerId", "producerId", one => one.ProducerId.Value),
        new("TransactionState", "transactionState", one => one.State));

    public override Syntax Syntax { get; } = new("transactions list", "list transactional ids and the state of each")
    {
        Options = [.. ConnectionOptions.All, Duration, Pattern, State, .. OutputOptions.All],
        Notes = ["States: Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort. One that stays Ongoing holds back every reader with read_committed."],
        Examples = ["semel transactions list", "semel transactions list --state Ongoing --duration-filter 60000"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var states = arguments.Value(State, []);
        var listed = await AdminWork.AskAsync(arguments, terminal, (admin, token) => admin.Transactions.ListAsync(states, [], Math.Max(-1, arguments.Value(Duration, -1)), arguments.Text(Pattern), token), stop).ConfigureAwait(false);
        var sorted = listed.OrderBy(one => one.TransactionalId, StringComparer.Ordinal).ToList();
        Listed.Write(terminal.Output, arguments.WantsJson(), sorted);
        return ExitCode.Success;
    }
}
