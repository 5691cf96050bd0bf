using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;

namespace Semel.Cli.Topics;

public sealed class TopicsListCommand : Command
{
    static readonly Option ExcludeInternal = new("--exclude-internal", null, "leave out topics of the broker's own");

    public override Syntax Syntax { get; } = new("topics list", "list the names of all topics")
    {
        Options = [.. ConnectionOptions.All, ExcludeInternal, .. OutputOptions.All],
        Examples = ["semel topics list", "semel topics --list --bootstrap-server 127.0.0.1:9092"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var topics = await AdminWork.AskAsync(arguments, terminal, (admin, token) => admin.ListTopicsAsync(token), stop).ConfigureAwait(false);
        var names = topics.Where(topic => !topic.IsInternal || !arguments.Has(ExcludeInternal)).Select(topic => topic.Name).Order(StringComparer.Ordinal).ToList();
        if (!arguments.WantsJson())
        {
            foreach (var name in names) terminal.Output.WriteLine(name);
            return ExitCode.Success;
        }
        terminal.Output.WriteJson(json =>
        {
            json.WriteStartArray();
            foreach (var name in names) json.WriteStringValue(name);
            json.WriteEndArray();
        });
        return ExitCode.Success;
    }
}
