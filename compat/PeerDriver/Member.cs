using Semel.Client;
using Semel.Protocol;

namespace Semel.PeerDriver;

/// <summary>What members of groups share: their settings, and the lines about what they have.</summary>
static class Member
{
    public static ConsumerConfig Config(Options options)
    {
        var config = options.Configure(new ConsumerConfig { GroupId = options.Text("group"), EnableAutoCommit = false, AutoOffsetReset = AutoOffsetReset.Earliest });
        var protocol = options.Text("protocol", "classic");
        config["group.protocol"] = protocol;
        var (assignor, session) = (options.Text("assignor", ""), options.Text("session-timeout", "6000"));
        if (protocol == "consumer")
        {
            if (assignor.Length > 0) config["group.remote.assignor"] = assignor;
            return config;
        }
        config["partition.assignment.strategy"] = assignor.Length > 0 ? assignor : "range";
        config["session.timeout.ms"] = session;
        config["heartbeat.interval.ms"] = $"{Math.Max(100, int.Parse(session, System.Globalization.CultureInfo.InvariantCulture) / 6)}";
        return config;
    }

    public static void PrintAssigned(IEnumerable<TopicPartition> partitions) => Line.Print(json =>
    {
        json.WriteStartArray("assigned");
        foreach (var (topic, partition) in partitions.OrderBy(one => one.Topic, StringComparer.Ordinal).ThenBy(one => one.Partition))
        {
            json.WriteStartArray();
            json.WriteStringValue(topic);
            json.WriteNumberValue(partition);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    });

    public static void PrintCommitted(IEnumerable<TopicPartitionOffset> offsets) => Line.Print(json =>
    {
        json.WriteStartObject("committed");
        foreach (var (topic, partition, offset) in offsets) json.WriteNumber($"{topic}:{partition}", offset.Value);
        json.WriteEndObject();
    });
}
