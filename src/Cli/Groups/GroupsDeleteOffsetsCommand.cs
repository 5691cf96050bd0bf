using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Groups;

public sealed class GroupsDeleteOffsetsCommand : Command
{
    static readonly Report<AdminResult<TopicPartition, bool>> Deleted = new(
        new("TOPIC", "topic", result => result.Item.Topic),
        new("PARTITION", "partition", result => result.Item.Partition),
        new("STATUS", "status", result => result.Failure?.Error.Code.ToString() ?? "Successful"));

    public override Syntax Syntax { get; } = new("groups delete-offsets", "delete a group's offsets of topics that it no longer reads")
    {
        Operands = new Operands("GROUP", 0, 1, "the group") { Completes = Completes.Group },
        Options = [GroupOptions.Group, GroupOptions.Topic, .. ConnectionOptions.All, .. OutputOptions.All],
        Examples = ["semel groups delete-offsets billing --topic orders", "semel groups --delete-offsets --group billing --topic orders:0,2"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var group = GroupOptions.RequiredName(arguments);
        var scope = GroupOptions.Scope(arguments);
        if (scope.Count == 0) throw CommandException.Usage("'semel groups delete-offsets' needs --topic.", "For example: --topic orders, or --topic orders:0,2");
        var deleted = await AdminWork.ChangeAsync(arguments, terminal, "the offsets may have been deleted, or not", $"'semel groups describe {group}' shows the offsets there are.", async (admin, token) =>
        {
            // The topic itself may be gone: its offsets tell its partitions.
            var known = (await admin.Groups.OffsetsAsync(group, token).ConfigureAwait(false)).Keys.ToList();
            var partitions = scope.SelectMany(one => known.Where(partition => partition.Topic == one.Topic && one.Partitions?.Contains(partition.Partition) != false)).Distinct().InOrder(partition => partition).ToList();
            if (partitions.Count == 0) throw new CommandException(ExitCode.Refused, $"group '{group}' has no offset there.", $"'semel groups describe {group}' shows the offsets there are.");
            return await admin.Groups.DeleteOffsetsAsync(group, partitions, token).ConfigureAwait(false);
        }, stop).ConfigureAwait(false);
        foreach (var failed in deleted.Where(result => !result.IsSuccess)) terminal.Warn($"{failed.Failure!.Message}");
        Deleted.Write(terminal.Output, arguments.WantsJson(), deleted);
        var failures = deleted.Count(result => !result.IsSuccess);
        return failures == 0 ? ExitCode.Success : failures == deleted.Count ? ExitCode.Refused : ExitCode.Failed;
    }
}
