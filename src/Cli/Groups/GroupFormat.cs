using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Groups;

/// <summary>What the commands that show groups have in common.</summary>
static class GroupFormat
{
    public static readonly Option Verbose = new("--verbose", null, "show more columns");

    /// <summary>Shows descriptions by one of the tables, or as JSON.</summary>
    public static async Task<ExitCode> DescribeAsync(ParsedArguments arguments, Terminal terminal, Action<OutputText, IEnumerable<GroupDescription>, bool> write, CancellationToken stop)
    {
        var (groups, exitCode) = await GroupQuestion.AskAsync(arguments, terminal, (admin, group, token) => admin.Groups.DescribeAsync(group, token), stop).ConfigureAwait(false);
        if (arguments.WantsJson()) terminal.Output.WriteJson(json => GroupJson.Write(json, groups));
        else
        {
            TellWithoutMembers(terminal, groups);
            write(terminal.Output, groups, arguments.Has(Verbose));
        }
        return exitCode;
    }

    public static void TellWithoutMembers(Terminal terminal, IEnumerable<GroupDescription> groups)
    {
        foreach (var group in groups.Where(group => group.Members.Count == 0)) terminal.Warn($"group '{group.GroupId}' has no active members.");
    }
}
