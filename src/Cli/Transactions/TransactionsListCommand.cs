using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;

namespace Semel.Cli.Transactions;

public sealed class TransactionsListCommand : Command
{
    static readonly Option<long> Duration = new("--duration-filter", "MILLISECONDS", "only transactions that have been open longer; all when negative", OptionType.Number(long.MinValue));
    static readonly Option Pattern = new("--transactional-id-pattern", "PATTERN", "only ids that match this regular expression (RE2)");
    static readonly Option<IReadOnlyList<string>> State = new("--state", "STATE,...", "only transactional ids in one of these states, such as Ongoing", static (option, text) => KnownWords.Read(option, text, TransactionWords.States));

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
        if (arguments.WantsJson())
        {
            terminal.Output.WriteJson(json =>
            {
                json.WriteStartArray();
                foreach (var one in sorted)
                {
                    json.WriteStartObject();
                    json.WriteString("transactionalId", one.TransactionalId);
                    json.WriteNumber("coordinator", one.Coordinator.Value);
                    json.WriteNumber("producerId", one.ProducerId.Value);
                    json.WriteString("transactionState", one.State);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
            return ExitCode.Success;
        }
        var table = new TextTable("TransactionalId", "Coordinator", "ProducerId", "TransactionState");
        foreach (var one in sorted) table.Add(one.TransactionalId, $"{one.Coordinator}", $"{one.ProducerId}", one.State);
        table.WriteTo(terminal.Output);
        return ExitCode.Success;
    }
}
