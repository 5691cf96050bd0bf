using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Groups;

public sealed class GroupsListCommand : Command
{
    /// <summary>Kafka's words.</summary>
    static readonly IReadOnlyList<string> States = ["PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling", "NotReady"];

    /// <inheritdoc cref="States"/>
    static readonly IReadOnlyList<string> Types = ["Classic", "Consumer", "Share", "Streams"];

    static readonly Option<IReadOnlyList<string>> State = new("--state", "[STATE,...]", "show the state of each, or list only those in one of these", static (option, text) => KnownWords.Read(option, text, States)) { ValueIsOptional = true, Choices = States };
    static readonly Option<IReadOnlyList<string>> Type = new("--type", "[TYPE,...]", "show the type of each, or list only those of one of these", static (option, text) => KnownWords.Read(option, text, Types)) { ValueIsOptional = true, Choices = Types };

    public override Syntax Syntax { get; } = new("groups list", "list the names of all groups")
    {
        Options = [State, Type, .. ConnectionOptions.All, .. OutputOptions.All],
        Notes = ["A group of type Classic shares its partitions out by itself, one of type Consumer by its coordinator (KIP-848)."],
        Examples = ["semel groups list", "semel groups list --state --type", "semel groups --list --state Empty --bootstrap-server 127.0.0.1:9092"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var (states, types) = (arguments.Value(State, []), arguments.Value(Type, []));
        var listed = await AdminWork.AskAsync(arguments, terminal, (admin, token) => admin.Groups.ListAsync(states, types, token), stop).ConfigureAwait(false);
        var sorted = listed.OrderBy(group => group.GroupId, StringComparer.Ordinal).ToList();
        if (!arguments.WantsJson() && !arguments.Has(State) && !arguments.Has(Type))
        {
            foreach (var group in sorted) terminal.Output.WriteLine(group.GroupId);
            return ExitCode.Success;
        }
        new Report<ListedGroup>(
            new("GROUP", "group", group => group.GroupId),
            new(arguments.Has(Type) ? "TYPE" : null, "type", group => group.Type),
            new(arguments.Has(State) ? "STATE" : null, "state", group => group.State),
            new(null, "protocolType", group => group.ProtocolType)).Write(terminal.Output, arguments.WantsJson(), sorted);
        return ExitCode.Success;
    }
}
