using System.Text.Json;
using Semel.Client;
using Semel.Client.Administration;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>Groups as JSON.</summary>
static class GroupJson
{
    public static void Write(Utf8JsonWriter json, IEnumerable<GroupReport> reports)
    {
        json.WriteStartArray();
        foreach (var (group, rows) in reports)
        {
            json.WriteStartObject();
            GroupTables.States(verbose: true).WriteProperties(json, group);
            json.WritePropertyName("offsets");
            GroupTables.Offsets(verbose: true).WriteList(json, rows.Select(row => (group, row)));
            WriteMembers(json, group);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, IEnumerable<GroupDescription> groups)
    {
        json.WriteStartArray();
        foreach (var group in groups)
        {
            json.WriteStartObject();
            GroupTables.States(verbose: true).WriteProperties(json, group);
            WriteMembers(json, group);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteMembers(Utf8JsonWriter json, GroupDescription group)
    {
        json.WriteStartArray("members");
        foreach (var member in group.Members)
        {
            json.WriteStartObject();
            json.WriteString("consumerId", member.MemberId);
            if (member.InstanceId is { } instance) json.WriteString("groupInstanceId", instance);
            json.WriteString("host", member.Host);
            json.WriteString("clientId", member.ClientId);
            if (member.Epoch is { } epoch) json.WriteNumber("currentEpoch", epoch);
            WritePartitions(json, "assignment", member.Assignment);
            WritePartitions(json, "targetAssignment", member.Target);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WritePartitions(Utf8JsonWriter json, string name, IReadOnlyList<TopicPartition>? partitions)
    {
        if (partitions is null) return;
        json.WriteStartArray(name);
        foreach (var partition in partitions.InOrder(one => one))
        {
            json.WriteStartObject();
            json.WriteString("topic", partition.Topic);
            json.WriteNumber("partition", partition.Partition);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
