using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Protocol;

namespace Semel.Cli.Topics;

public sealed class TopicsDeleteCommand : Command
{
    static readonly Option IfExists = new("--if-exists", null, "a topic that does not exist is no failure");

    public override Syntax Syntax { get; } = new("topics delete", "delete topics and their records")
    {
        Operands = new Operands("TOPIC", 0, int.MaxValue, "the topics to delete") { Completes = Completes.Topic },
        Options = [TopicOptions.Topic, .. ConnectionOptions.All, IfExists, .. OutputOptions.All],
        Examples = ["semel topics delete orders", "semel topics --delete --topic orders --bootstrap-server 127.0.0.1:9092"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var names = TopicOptions.RequiredNames(arguments);
        var deleted = await TopicOptions.ChangeAsync(arguments, terminal, "deleted", (admin, token) => admin.DeleteTopicsAsync(names, token), stop).ConfigureAwait(false);
        var results = new TopicResults(terminal, arguments.WantsJson());
        foreach (var result in deleted)
        {
            if (result.IsSuccess) results.Done(result.Item, "deleted", result.Value);
            else if (result.Failure!.Error.Code == ErrorCode.UnknownTopicOrPartition && arguments.Has(IfExists)) results.Done(result.Item, "does not exist");
            else results.Failed(result.Item, result.Failure);
        }
        return results.Conclude((_, failure) => failure.Error.Code == ErrorCode.UnknownTopicOrPartition ? "'semel topics list' shows the topics there are; with --if-exists this is no failure." : null);
    }
}
