using System.Globalization;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Client.Administration;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>Groups as tables, with the columns of Kafka's own tool; RECORDS-LEFT is ours.</summary>
static class GroupTables
{
    /// <summary>The rows of a group; LEADER-EPOCH stands in the table of who asks for more.</summary>
    public static Report<(GroupDescription Group, GroupRow Row)> Offsets(bool verbose) => new(
        new("GROUP", null, one => one.Group.GroupId),
        new("TOPIC", "topic", one => one.Row.Partition.Topic),
        new("PARTITION", "partition", one => one.Row.Partition.Partition),
        new(verbose ? "LEADER-EPOCH" : null, "leaderEpoch", one => one.Row.Committed is { LeaderEpoch: >= 0 } known ? known.LeaderEpoch : default(long?)),
        new("CURRENT-OFFSET", "currentOffset", one => one.Row.Committed?.Offset),
        new(null, "metadata", one => one.Row.Committed?.Metadata is { Length: > 0 } metadata ? metadata : null),
        new("LOG-END-OFFSET", "logEndOffset", one => one.Row.End),
        new("LAG", "lag", one => one.Row.Lag),
        new("RECORDS-LEFT", null, one => Left(one.Row.Left)),
        new(null, "recordsLeft", one => one.Row.Left?.Records),
        new(null, "recordsLeftIsExact", one => one.Row.Left is { } left ? left.IsExact : default(Cell)),
        new("CONSUMER-ID", "consumerId", one => one.Row.Member?.MemberId),
        new("HOST", null, one => one.Row.Member?.Host),
        new("CLIENT-ID", null, one => one.Row.Member?.ClientId));

    public static void WriteOffsets(OutputText output, IEnumerable<GroupReport> reports, bool verbose) =>
        Offsets(verbose).WriteTable(output, reports.SelectMany(report => report.Rows.Select(row => (report.Group, row))));

    /// <summary>Groups themselves; the epochs stand in the table of who asks for more.</summary>
    public static Report<GroupDescription> States(bool verbose) => new(
        new("GROUP", "group", group => group.GroupId),
        new(null, "type", group => group.Type),
        new("COORDINATOR (ID)", null, group => $"{group.CoordinatorAddress} ({group.Coordinator})"),
        new("ASSIGNMENT-STRATEGY", "assignor", group => group.Assignor),
        new("STATE", "state", group => group.State),
        new(null, "protocolType", group => group.ProtocolType),
        new(null, "coordinator", group => group.Coordinator.Value),
        new(verbose ? "GROUP-EPOCH" : null, "groupEpoch", group => group.Epoch),
        new(verbose ? "TARGET-ASSIGNMENT-EPOCH" : null, "targetAssignmentEpoch", group => group.AssignmentEpoch),
        new("#MEMBERS", null, group => group.Members.Count));

    public static void WriteStates(OutputText output, IEnumerable<GroupDescription> groups, bool verbose) => States(verbose).WriteTable(output, groups);

    public static void WriteMembers(OutputText output, IEnumerable<GroupDescription> groups, bool verbose)
    {
        var all = groups.SelectMany(group => group.Members.Select(member => (group.GroupId, Member: member))).ToList();
        var withInstances = all.Exists(one => one.Member.InstanceId is not null);
        var table = new TextTable([.. Without(withInstances, "GROUP-INSTANCE-ID", "GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID",
            "#PARTITIONS"), .. verbose ? new[] { "CURRENT-EPOCH", "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT" } : []]);
        foreach (var (group, member) in all)
        {
            string[] instance = withInstances ? [member.InstanceId ?? "-"] : [];
            string[] more = verbose ? [Number(member.Epoch), Assignment(member.Assignment),
                Number(member.Target is null ? null : groups.First(one => one.GroupId == group).AssignmentEpoch), Assignment(member.Target)] : [];
            table.Add([group, member.MemberId, .. instance, member.Host, member.ClientId, Number(member.Assignment?.Count), .. more]);
        }
        table.WriteTo(output);
    }

    static IEnumerable<string> Without(bool keep, string column, params string[] columns) => columns.Where(one => keep || one != column);

    static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A plus sign behind a number says that there are more, and that they were not counted.</summary>
    static string? Left(RecordCount? left) => left is { } count ? $"{count.Records}{(count.IsExact ? "" : "+")}" : null;

    /// <summary>As Kafka's tool writes it: orders:0,1;other:2.</summary>
    public static string Assignment(IReadOnlyList<TopicPartition>? partitions) => partitions is not { Count: > 0 } ? "-"
        : string.Join(';', partitions.GroupBy(partition => partition.Topic).OrderBy(topic => topic.Key, StringComparer.Ordinal)
            .Select(topic => $"{topic.Key}:{string.Join(',', topic.Select(one => one.Partition).Order())}"));
}
