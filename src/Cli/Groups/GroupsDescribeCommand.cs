using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;

namespace Semel.Cli.Groups;

public sealed class GroupsDescribeCommand : Command
{
    const long DefaultMebibytes = 64;

    static readonly Option Offsets = new("--offsets", null, "show offsets, which is what is shown when nothing else is asked for");
    static readonly Option Members = new("--members", null, "show the members, as 'semel groups members' does");
    static readonly Option State = new("--state", null, "show the state and the coordinator");
    static readonly Option<long> Count = new("--count-limit", "MIB", "fetch at most this much of a partition to count the records that are left; 0 counts none", OptionType.Number(0, 1 << 20)) { Default = $"{DefaultMebibytes}" };

    public override Syntax Syntax { get; } = new("groups describe", "show offsets, lag and records left to read of groups")
    {
        Operands = new Operands("GROUP", 0, int.MaxValue, "the groups to show") { Completes = Completes.Group },
        Options = [GroupOptions.Group, GroupOptions.AllGroups, Offsets, Members, State, GroupFormat.Verbose, Count, .. ConnectionOptions.All, .. OutputOptions.All],
        Notes =
        [
            "LAG counts offsets, as Kafka does: also those of markers and of records whose transaction was aborted, so on a topic with transactions it may never be 0.",
            "RECORDS-LEFT counts the records that a reader with read_committed still has to read, and goes to 0. They are fetched to be counted; a plus sign says that --count-limit was reached and there are more.",
        ],
        Examples = ["semel groups describe billing", "semel groups --describe --group billing --bootstrap-server 127.0.0.1:9092", "semel groups describe --all-groups --state"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        if (arguments.Has(Members) || arguments.Has(State))
        {
            if (arguments.Has(Offsets) || (arguments.Has(Members) && arguments.Has(State))) throw CommandException.Usage("--offsets, --members and --state were given together.", "Give one of them; --json shows all.");
            return await GroupFormat.DescribeAsync(arguments, terminal, arguments.Has(Members) ? GroupTables.WriteMembers : GroupTables.WriteStates, stop).ConfigureAwait(false);
        }
        var most = arguments.Value(Count, DefaultMebibytes) << 20;
        var told = new List<string>();
        var (reports, exitCode) = await GroupQuestion.AskAsync(arguments, terminal, (admin, group, token) => GroupReport.OfAsync(admin, group, most, told.Add, token), stop).ConfigureAwait(false);
        foreach (var sentence in told.Distinct()) terminal.Warn(sentence);
        if (arguments.WantsJson()) terminal.Output.WriteJson(json => GroupJson.Write(json, reports));
        else
        {
            GroupFormat.TellWithoutMembers(terminal, reports.Select(report => report.Group));
            GroupTables.WriteOffsets(terminal.Output, reports, arguments.Has(GroupFormat.Verbose));
        }
        return exitCode;
    }
}
