using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Topics;

public sealed class TopicsCreateCommand : Command
{
    static readonly Option<long> Partitions = new("--partitions", "N", "how many partitions", OptionType.Number(1, int.MaxValue)) { Aliases = ["-p"], Default = "the broker's num.partitions" };
    static readonly Option<long> Replication = new("--replication-factor", "N", "how many copies; a single broker keeps one", OptionType.Number(1, short.MaxValue));
    static readonly Option<KeyValuePair<string, string>> Config = new("--config", "NAME=VALUE", "a setting of the topic, such as max.message.bytes=2000000", OptionType.Pair) { Repeats = true };
    static readonly Option IfNotExists = new("--if-not-exists", null, "a topic that exists already is no failure");

    public override Syntax Syntax { get; } = new("topics create", "make topics")
    {
        Operands = new Operands("TOPIC", 0, int.MaxValue, "the topics to make"),
        Options = [TopicOptions.Topic, .. ConnectionOptions.All, Partitions, Replication, Config, IfNotExists, .. OutputOptions.All],
        Examples = ["semel topics create orders --partitions 3", "semel topics --create --topic orders --partitions 3 --bootstrap-server 127.0.0.1:9092", "semel topics create large --config max.message.bytes=8000000"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var names = TopicOptions.RequiredNames(arguments);
        var partitions = (int)arguments.Value(Partitions, -1);
        var replication = (short)arguments.Value(Replication, -1);
        var configs = new Dictionary<string, string>();
        foreach (var (name, value) in arguments.Values(Config)) configs[name] = value;
        var topics = names.Select(name => new NewTopic(name, partitions, replication) { Configs = configs }).ToList();
        var created = await TopicOptions.ChangeAsync(arguments, terminal, "created", (admin, token) => admin.CreateTopicsAsync(topics, cancellation: token), stop).ConfigureAwait(false);
        var results = new TopicResults(terminal, arguments.WantsJson());
        foreach (var result in created)
        {
            if (result is { IsSuccess: true, Remark: { } remark }) terminal.Warn($"topic '{result.Item}': {remark}.");
            if (result.Value is { } topic) results.Done(result.Item, topic.Partitions > 0 ? $"created with {topic.Partitions} {(topic.Partitions == 1 ? "partition" : "partitions")}" : "created", topic.TopicId);
            else if (result.Failure!.Error.Code == ErrorCode.TopicAlreadyExists && arguments.Has(IfNotExists)) results.Done(result.Item, "exists already");
            else results.Failed(result.Item, result.Failure);
        }
        return results.Conclude(Remedy);
    }

    static string? Remedy(string topic, KafkaException failure) => failure.Error.Code switch
    {
        ErrorCode.TopicAlreadyExists => $"'semel topics describe {topic}' shows it; with --if-not-exists this is no failure.",
        ErrorCode.InvalidReplicationFactor => "A single broker keeps one copy: leave --replication-factor out, or give 1.",
        ErrorCode.InvalidConfig => "'semel topics describe' on any topic, with --configs, lists the settings there are.",
        _ => null,
    };
}
