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
        Operands = new Operands("TOPIC", 0, int.MaxValue, "the topics to show; all when none is given") { Completes = Completes.Topic },
        Options = [TopicOptions.Topic, .. ConnectionOptions.All, Configs, .. OutputOptions.All],
        Notes =
        [
            "For each partition: who leads it, the first offset that is kept, the next offset to be given, and how many offsets lie between the two.",
            "A partition that is offline has no leader, and the broker's reason is told. Exit code 5 says that one is offline or damaged, 3 that a leader could not be reached.",
        ],
        Examples = ["semel topics describe orders", "semel topics --describe --topic orders --bootstrap-server 127.0.0.1:9092", "semel topics describe --json"],
    };

    /// <summary>One topic with all that is shown of it.</summary>
    /// <param name="Reasons">What the brokers say of partitions with which something is wrong.</param>
    sealed record Described(TopicDescription Topic, IReadOnlyList<ConfigEntry> Configs, IReadOnlyDictionary<int, PartitionOffsets> Offsets, IReadOnlyList<PartitionReason> Reasons)
    {
        /// <summary>Why a partition cannot be shown, or what is wrong with it; null when nothing is.</summary>
        public string? ReasonOf(PartitionDescription partition) =>
            Reasons.FirstOrDefault(reason => reason.Partition.Partition == partition.Partition) is { } told ? $"{(told.IsOffline ? "offline" : "damaged in a part of it")}: {told.Text}"
            : partition.Leader.Value < 0 ? $"it has no leader ({partition.Error})"
            : Offsets.GetValueOrDefault(partition.Partition).Failure?.Message;

        public short ReplicationFactor => (short)(Topic.Partitions.Count == 0 ? 0 : Topic.Partitions[0].Replicas.Count);
    }

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var names = TopicOptions.Names(arguments);
        var failures = new List<(string Topic, KafkaException Failure)>();
        var described = await AdminWork.AskAsync(arguments, terminal, (admin, token) => DescribeAsync(admin, names, arguments.Has(Configs), failures, token), stop).ConfigureAwait(false);
        if (arguments.WantsJson()) terminal.Output.WriteJson(json => Write(json, described));
        else
            for (var i = 0; i < described.Count; i++)
            {
                if (i > 0) terminal.Output.WriteLine();
                Write(terminal.Output, described[i]);
            }
        Tell(terminal, described);
        foreach (var (topic, failure) in failures) terminal.Warn($"topic '{topic}': {failure.Message} ({failure.Error.Code})");
        if (failures.Count > 0) terminal.Error.WriteLine("       'semel topics list' shows the topics there are.");
        return failures.Count == 0 ? WorstOf(described) : described.Count == 0 ? ExitCode.Refused : ExitCode.Failed;
    }

    /// <summary>What is missing from what was printed, and what to do about it.</summary>
    static void Tell(Terminal terminal, List<Described> all)
    {
        foreach (var described in all)
            foreach (var partition in described.Topic.Partitions)
                if (described.ReasonOf(partition) is { } reason) terminal.Warn($"{described.Topic.Name}-{partition.Partition}: {WithoutName(described, partition, reason).TrimEnd('.')}.");
        foreach (var reason in all.SelectMany(described => described.Reasons).DistinctBy(reason => (reason.Partition.Topic, reason.IsOffline))) terminal.Error.WriteLine($"       {reason.Remedy}.");
    }

    /// <summary>The client's own sentences begin with the partition.</summary>
    static string WithoutName(Described described, PartitionDescription partition, string reason)
    {
        var name = $"{described.Topic.Name}-{partition.Partition}: ";
        return reason.StartsWith(name, StringComparison.Ordinal) ? reason[name.Length..] : reason;
    }

    static ExitCode WorstOf(List<Described> all)
    {
        if (all.Exists(described => described.Reasons.Count > 0)) return ExitCode.Damaged;
        var failure = all.SelectMany(described => described.Offsets.Values).Select(offsets => offsets.Failure).FirstOrDefault(failure => failure is not null);
        if (failure is not null) return ClientFailure.Of(failure).ExitCode;
        return all.Exists(described => described.Topic.Partitions.Any(partition => partition.Leader.Value < 0)) ? ExitCode.Refused : ExitCode.Success;
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
        // All topics in one question each: when a broker cannot be reached, that is waited for once.
        var offsets = PartitionOffsets.AskAsync(admin, [.. topics.SelectMany(topic => Led(topic))], stop);
        var reasons = PartitionReason.AskAsync(admin, [.. topics.SelectMany(topic => topic.Partitions.Where(partition => names.Count > 0 || partition.Leader.Value < 0).Select(partition => new TopicPartition(topic.Name, partition.Partition)))], stop);
        var offsetsOf = (await offsets.ConfigureAwait(false)).ToLookup(entry => entry.Key.Topic);
        var reasonsOf = (await reasons.ConfigureAwait(false)).ToLookup(reason => reason.Partition.Topic);
        return [.. topics.OrderBy(topic => topic.Name, StringComparer.Ordinal).Select(topic => new Described(topic,
            [.. configs.GetValueOrDefault(topic.Name, []).Where(entry => allConfigs || entry.Source == ConfigSource.Topic).OrderBy(entry => entry.Name, StringComparer.Ordinal)],
            offsetsOf[topic.Name].ToDictionary(entry => entry.Key.Partition, entry => entry.Value),
            [.. reasonsOf[topic.Name]]))];
    }

    static IEnumerable<TopicPartition> Led(TopicDescription topic) => topic.Partitions.Where(partition => partition.Leader.Value >= 0).Select(partition => new TopicPartition(topic.Name, partition.Partition));

    static void Write(OutputText output, Described described)
    {
        var topic = described.Topic;
        output.WriteLine($"Topic: {topic.Name}  TopicId: {topic.TopicId}  PartitionCount: {topic.Partitions.Count}  ReplicationFactor: {described.ReplicationFactor}  Configs: {string.Join(',', described.Configs.Select(entry => $"{entry.Name}={entry.Value}"))}".TrimEnd());
        var table = new TextTable("  Partition", "Leader", "Replicas", "Isr", "Start", "End", "Records");
        foreach (var partition in topic.Partitions)
        {
            var (start, end, _) = described.Offsets.GetValueOrDefault(partition.Partition);
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
            var (start, end, _) = described.Offsets.GetValueOrDefault(partition.Partition);
            json.WriteStartObject();
            json.WriteNumber("partition", partition.Partition);
            json.WriteNumber("leader", partition.Leader.Value);
            json.WriteNumber("leaderEpoch", partition.LeaderEpoch);
            WriteNodes(json, "replicas", partition.Replicas);
            WriteNodes(json, "isr", partition.InSyncReplicas);
            if (start is { } first) json.WriteNumber("startOffset", first);
            if (end is { } next) json.WriteNumber("endOffset", next);
            if (partition.Error != ErrorCode.None) json.WriteString("error", partition.Error.ToString());
            if (described.ReasonOf(partition) is { } reason) json.WriteString("reason", reason);
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
