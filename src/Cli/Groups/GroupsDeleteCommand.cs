using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Groups;

public sealed class GroupsDeleteCommand : Command
{
    static readonly Report<AdminResult<string, bool>> Deleted = new(
        new("GROUP", "group", result => result.Item),
        new("OUTCOME", "outcome", result => result.IsSuccess ? "deleted" : "refused"),
        new("ERROR", "error", result => result.Failure?.Error.Code.ToString()));

    public override Syntax Syntax { get; } = new("groups delete", "delete groups without members, and their offsets")
    {
        Operands = new Operands("GROUP", 0, int.MaxValue, "the groups to delete") { Completes = Completes.Group },
        Options = [GroupOptions.Group, .. ConnectionOptions.All, .. OutputOptions.All],
        Examples = ["semel groups delete billing", "semel groups --delete --group billing --bootstrap-server 127.0.0.1:9092"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var names = GroupOptions.RequiredNames(arguments);
        var deleted = await AdminWork.ChangeAsync(arguments, terminal, "the groups may have been deleted, or not", "'semel groups list' shows the groups there are.", (admin, token) => admin.Groups.DeleteAsync(names, token), stop).ConfigureAwait(false);
        foreach (var failed in deleted.Where(result => !result.IsSuccess))
        {
            terminal.Warn($"group '{failed.Item}': not deleted: {failed.Failure!.Message} ({failed.Failure.Error.Code})");
            if (failed.Failure.Error.Code == ErrorCode.NonEmptyGroup) terminal.Error.WriteLine($"       Stop its members first: 'semel groups members {failed.Item}' shows them.");
        }
        if (!arguments.WantsJson())
        {
            foreach (var done in deleted.Where(result => result.IsSuccess)) terminal.Output.WriteLine($"{done.Item}: deleted");
        }
        else Deleted.Write(terminal.Output, asJson: true, deleted);
        var failures = deleted.Count(result => !result.IsSuccess);
        return failures == 0 ? ExitCode.Success : failures == deleted.Count ? ExitCode.Refused : ExitCode.Failed;
    }
}
