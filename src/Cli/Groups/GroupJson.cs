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
            WriteGroup(json, group);
            json.WriteStartArray("offsets");
            foreach (var row in rows) WriteRow(json, row);
            json.WriteEndArray();
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
            WriteGroup(json, group);
            WriteMembers(json, group);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteGroup(Utf8JsonWriter json, GroupDescription group)
    {
        json.WriteString("group", group.GroupId);
        json.WriteString("type", group.Type);
        json.WriteString("state", group.State);
        json.WriteString("protocolType", group.ProtocolType);
        json.WriteString("assignor", group.Assignor);
        json.WriteNumber("coordinator", group.Coordinator.Value);
        if (group.Epoch is { } epoch) json.WriteNumber("groupEpoch", epoch);
        if (group.AssignmentEpoch is { } assignmentEpoch) json.WriteNumber("targetAssignmentEpoch", assignmentEpoch);
    }

    static void WriteRow(Utf8JsonWriter json, GroupRow row)
    {
        json.WriteStartObject();
        json.WriteString("topic", row.Partition.Topic);
        json.WriteNumber("partition", row.Partition.Partition);
        if (row.Committed is { } committed)
        {
            json.WriteNumber("currentOffset", committed.Offset);
            if (committed.LeaderEpoch >= 0) json.WriteNumber("leaderEpoch", committed.LeaderEpoch);
            if (!string.IsNullOrEmpty(committed.Metadata)) json.WriteString("metadata", committed.Metadata);
        }
        if (row.End is { } end) json.WriteNumber("logEndOffset", end);
        if (row.Lag is { } lag) json.WriteNumber("lag", lag);
        if (row.Left is { } left)
        {
            json.WriteNumber("recordsLeft", left.Records);
            json.WriteBoolean("recordsLeftIsExact", left.IsExact);
        }
        if (row.Member is { } member) json.WriteString("consumerId", member.MemberId);
        json.WriteEndObject();
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
