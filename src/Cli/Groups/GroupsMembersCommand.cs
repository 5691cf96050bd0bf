using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;

namespace Semel.Cli.Groups;

public sealed class GroupsMembersCommand : Command
{
    static readonly Option Describe = new("--describe", null, "accepted for the sake of lines that Kafka's tool takes") { Hidden = true };

    public override Syntax Syntax { get; } = new("groups members", "show the members of groups and what each reads")
    {
        Operands = new Operands("GROUP", 0, int.MaxValue, "the groups to show") { Completes = Completes.Group },
        Options = [GroupOptions.Group, GroupOptions.AllGroups, GroupFormat.Verbose, Describe, .. ConnectionOptions.All, .. OutputOptions.All],
        Notes = ["With --verbose: what each member has, and what it is to have when the group has settled. Only a group whose coordinator shares its partitions out (KIP-848) has epochs and targets."],
        Examples = ["semel groups members billing", "semel groups members billing --verbose", "semel groups --members --group billing --bootstrap-server 127.0.0.1:9092"],
    };

    public override Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop) => GroupFormat.DescribeAsync(arguments, terminal, GroupTables.WriteMembers, stop);
}
