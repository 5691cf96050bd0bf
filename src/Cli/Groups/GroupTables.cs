using System.Globalization;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Client.Administration;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>Groups as tables, with the columns of Kafka's own tool; RECORDS-LEFT is ours.</summary>
static class GroupTables
{
    public static void WriteOffsets(OutputText output, IEnumerable<GroupReport> reports, bool verbose)
    {
        var table = new TextTable([.. Without(verbose, "LEADER-EPOCH", "GROUP", "TOPIC", "PARTITION", "LEADER-EPOCH", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "RECORDS-LEFT", "CONSUMER-ID", "HOST", "CLIENT-ID")]);
        foreach (var (group, rows) in reports)
            foreach (var row in rows)
            {
                string[] before = [group.GroupId, row.Partition.Topic, $"{row.Partition.Partition}"], epoch = verbose ? [row.Committed is { LeaderEpoch: >= 0 } known ? $"{known.LeaderEpoch}" : "-"] : [];
                table.Add([.. before, .. epoch, Number(row.Committed?.Offset), Number(row.End), Number(row.Lag), Left(row.Left), row.Member?.MemberId ?? "-", row.Member?.Host ?? "-", row.Member?.ClientId ?? "-"]);
            }
        table.WriteTo(output);
    }

    public static void WriteMembers(OutputText output, IEnumerable<GroupDescription> groups, bool verbose)
    {
        var all = groups.SelectMany(group => group.Members.Select(member => (group.GroupId, Member: member))).ToList();
        var withInstances = all.Exists(one => one.Member.InstanceId is not null);
        var table = new TextTable([.. Without(withInstances, "GROUP-INSTANCE-ID", "GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS"), .. verbose ? new[] { "CURRENT-EPOCH", "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT" } : []]);
        foreach (var (group, member) in all)
        {
            string[] instance = withInstances ? [member.InstanceId ?? "-"] : [];
            string[] more = verbose ? [Number(member.Epoch), Assignment(member.Assignment), Number(member.Target is null ? null : groups.First(one => one.GroupId == group).AssignmentEpoch), Assignment(member.Target)] : [];
            table.Add([group, member.MemberId, .. instance, member.Host, member.ClientId, Number(member.Assignment?.Count), .. more]);
        }
        table.WriteTo(output);
    }

    public static void WriteStates(OutputText output, IEnumerable<GroupDescription> groups, bool verbose)
    {
        var table = new TextTable([.. verbose ? new[] { "GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH", "#MEMBERS" } : ["GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"]]);
        foreach (var group in groups)
        {
            string[] epochs = verbose ? [Number(group.Epoch), Number(group.AssignmentEpoch)] : [];
            table.Add([group.GroupId, $"{group.CoordinatorAddress} ({group.Coordinator})", group.Assignor.Length > 0 ? group.Assignor : "-", group.State, .. epochs, $"{group.Members.Count}"]);
        }
        table.WriteTo(output);
    }

    static IEnumerable<string> Without(bool keep, string column, params string[] columns) => columns.Where(one => keep || one != column);

    static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A plus sign behind a number says that there are more, and that they were not counted.</summary>
    static string Left(RecordCount? left) => left is { } count ? $"{count.Records}{(count.IsExact ? "" : "+")}" : "-";

    /// <summary>As Kafka's tool writes it: orders:0,1;other:2.</summary>
    public static string Assignment(IReadOnlyList<TopicPartition>? partitions) => partitions is not { Count: > 0 } ? "-"
        : string.Join(';', partitions.GroupBy(partition => partition.Topic).OrderBy(topic => topic.Key, StringComparer.Ordinal).Select(topic => $"{topic.Key}:{string.Join(',', topic.Select(one => one.Partition).Order())}"));
}
