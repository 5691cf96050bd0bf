using System.Text.Json;
using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Topics;

public sealed class TopicsDescribeCommand : Command
{
    static readonly Option Configs = new("--configs", null, "show every setting of the topic, those with default values, too");

    public override Syntax Syntax { get; } = new("topics describe", "show partitions, offsets and settings of topics")
    {
        ShortForm = "-L",
        Operands = new Operands("TOPIC", 0, int.MaxValue, "the topics to show; all when none is given"),
        Options = [TopicOptions.Topic, .. ConnectionOptions.All, Configs, .. OutputOptions.All],
        Notes = ["For each partition: who leads it, the first offset that is kept, the next offset to be given, and how many offsets lie between the two."],
        Examples = ["semel topics describe orders", "semel topics --describe --topic orders --bootstrap-server 127.0.0.1:9092", "semel topics describe --json"],
    };

    /// <summary>One topic with all that is shown of it.</summary>
    sealed record Described(TopicDescription Topic, IReadOnlyList<ConfigEntry> Configs, IReadOnlyDictionary<int, (long? Start, long? End)> Offsets)
    {
        public short ReplicationFactor => (short)(Topic.Partitions.Count == 0 ? 0 : Topic.Partitions[0].Replicas.Count);
    }

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var names = TopicOptions.Names(arguments);
        var failures = new List<(string Topic, KafkaException Failure)>();
        var described = await TopicOptions.WithAdminAsync(arguments, terminal, admin => DescribeAsync(admin, names, arguments.Has(Configs), failures, stop), stop).ConfigureAwait(false);
        if (arguments.WantsJson()) terminal.Output.WriteJson(json => Write(json, described));
        else
            for (var i = 0; i < described.Count; i++)
            {
                if (i > 0) terminal.Output.WriteLine();
                Write(terminal.Output, described[i]);
            }
        foreach (var (topic, failure) in failures) terminal.Warn($"topic '{topic}': {failure.Message} ({failure.Error.Code})");
        if (failures.Count > 0) terminal.Error.WriteLine("       'semel topics list' shows the topics there are.");
        return failures.Count == 0 ? ExitCode.Success : described.Count == 0 ? ExitCode.Refused : ExitCode.Failed;
    }

    static async Task<List<Described>> DescribeAsync(AdminClient admin, IReadOnlyList<string> names, bool allConfigs, List<(string, KafkaException)> failures, CancellationToken stop)
    {
        var topics = new List<TopicDescription>();
        if (names.Count == 0) topics.AddRange(await admin.ListTopicsAsync(stop).ConfigureAwait(false));
        else
            foreach (var result in await admin.DescribeTopicsAsync(names, stop).ConfigureAwait(false))
            {
                if (result.Failure is { } failure) failures.Add((result.Item, failure));
                else topics.Add(result.Value!);
            }
        if (topics.Count == 0) return [];
        var configs = (await admin.DescribeConfigsAsync([.. topics.Select(topic => ConfigResource.Topic(topic.Name))], stop).ConfigureAwait(false)).ToDictionary(result => result.Item.Name, result => result.Value ?? []);
        var described = new List<Described>();
        foreach (var topic in topics.OrderBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var shown = configs.GetValueOrDefault(topic.Name, []).Where(entry => allConfigs || entry.Source == ConfigSource.Topic).OrderBy(entry => entry.Name, StringComparer.Ordinal);
            described.Add(new Described(topic, [.. shown], await OffsetsAsync(admin, topic, stop).ConfigureAwait(false)));
        }
        return described;
    }

    static async Task<IReadOnlyDictionary<int, (long? Start, long? End)>> OffsetsAsync(AdminClient admin, TopicDescription topic, CancellationToken stop)
    {
        var partitions = topic.Partitions.Where(partition => partition.Leader.Value >= 0).Select(partition => new TopicPartition(topic.Name, partition.Partition)).ToList();
        if (partitions.Count == 0) return new Dictionary<int, (long?, long?)>();
        var starts = await admin.ListOffsetsAsync([.. partitions.Select(partition => (partition, OffsetSpec.Earliest))], cancellation: stop).ConfigureAwait(false);
        var ends = await admin.ListOffsetsAsync([.. partitions.Select(partition => (partition, OffsetSpec.Latest))], cancellation: stop).ConfigureAwait(false);
        var endOf = ends.ToDictionary(result => result.Item.Partition, result => result.Value?.Offset.Value);
        return starts.ToDictionary(result => result.Item.Partition, result => (result.Value?.Offset.Value, endOf.GetValueOrDefault(result.Item.Partition)));
    }

    static void Write(OutputText output, Described described)
    {
        var topic = described.Topic;
        output.WriteLine($"Topic: {topic.Name}  TopicId: {topic.TopicId}  PartitionCount: {topic.Partitions.Count}  ReplicationFactor: {described.ReplicationFactor}  Configs: {string.Join(',', described.Configs.Select(entry => $"{entry.Name}={entry.Value}"))}".TrimEnd());
        var table = new TextTable("  Partition", "Leader", "Replicas", "Isr", "Start", "End", "Records");
        foreach (var partition in topic.Partitions)
        {
            var (start, end) = described.Offsets.GetValueOrDefault(partition.Partition);
            table.Add($"{partition.Partition}", partition.Leader.Value < 0 ? "none" : $"{partition.Leader}", string.Join(',', partition.Replicas), string.Join(',', partition.InSyncReplicas), $"{start}", $"{end}", $"{end - start}");
        }
        table.WriteTo(output);
    }

    static void Write(Utf8JsonWriter json, List<Described> all)
    {
        json.WriteStartArray();
        foreach (var described in all) Write(json, described);
        json.WriteEndArray();
    }

    static void Write(Utf8JsonWriter json, Described described)
    {
        json.WriteStartObject();
        json.WriteString("topic", described.Topic.Name);
        json.WriteString("topicId", described.Topic.TopicId.ToString());
        json.WriteBoolean("isInternal", described.Topic.IsInternal);
        json.WriteNumber("replicationFactor", described.ReplicationFactor);
        json.WriteStartObject("configs");
        foreach (var entry in described.Configs) json.WriteString(entry.Name, entry.Value);
        json.WriteEndObject();
        json.WriteStartArray("partitions");
        foreach (var partition in described.Topic.Partitions)
        {
            var (start, end) = described.Offsets.GetValueOrDefault(partition.Partition);
            json.WriteStartObject();
            json.WriteNumber("partition", partition.Partition);
            json.WriteNumber("leader", partition.Leader.Value);
            json.WriteNumber("leaderEpoch", partition.LeaderEpoch);
            WriteNodes(json, "replicas", partition.Replicas);
            WriteNodes(json, "isr", partition.InSyncReplicas);
            if (start is { } first) json.WriteNumber("startOffset", first);
            if (end is { } next) json.WriteNumber("endOffset", next);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteNodes(Utf8JsonWriter json, string name, IReadOnlyList<NodeId> nodes)
    {
        json.WriteStartArray(name);
        foreach (var node in nodes) json.WriteNumberValue(node.Value);
        json.WriteEndArray();
    }
}
