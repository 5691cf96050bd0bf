using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Client.Administration;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>One partition that a group has an offset in, or a member.</summary>
/// <param name="End">Behind the partition's last record; null when it cannot be told.</param>
/// <param name="Left">What a read_committed reader still has to read; null when there is no offset to count from, or nobody wanted to count.</param>
/// <param name="Member">Who reads it; null when nobody does.</param>
sealed record GroupRow(TopicPartition Partition, CommittedOffset? Committed, long? End, RecordCount? Left, MemberDescription? Member)
{
    /// <summary>In offsets, as Kafka counts it: markers and records of aborted transactions as well.</summary>
    public long? Lag => Committed is { } committed && End is { } end ? Math.Max(0, end - committed.Offset) : null;
}

/// <summary>A group with all that is told of it.</summary>
sealed record GroupReport(GroupDescription Group, IReadOnlyList<GroupRow> Rows)
{
    /// <param name="countBytes">How much of each partition is fetched at most to count its records; 0 counts none.</param>
    /// <param name="tell">Takes what could not be found out.</param>
    public static async Task<GroupReport> OfAsync(AdminClient admin, string group, long countBytes, Action<string> tell, CancellationToken stop)
    {
        var described = await admin.Groups.DescribeAsync(group, stop).ConfigureAwait(false);
        var offsets = await admin.Groups.OffsetsAsync(group, stop).ConfigureAwait(false);
        var owners = new Dictionary<TopicPartition, MemberDescription>();
        foreach (var member in described.Members)
            foreach (var partition in member.Assignment ?? []) owners[partition] = member;
        TopicPartition[] partitions = [.. offsets.Keys.Union(owners.Keys).InOrder(partition => partition)];
        var ends = await EndsAsync(admin, partitions, tell, stop).ConfigureAwait(false);
        var rows = new List<GroupRow>();
        foreach (var partition in partitions)
        {
            var committed = offsets.GetValueOrDefault(partition);
            var left = committed is not null && countBytes > 0 && ends.ContainsKey(partition) ? await CountAsync(admin, partition, committed.Offset, countBytes, tell, stop).ConfigureAwait(false) : null;
            rows.Add(new GroupRow(partition, committed, ends.TryGetValue(partition, out var end) ? end : null, left, owners.GetValueOrDefault(partition)));
        }
        return new GroupReport(described, rows);
    }

    /// <summary>A topic that is gone is not asked about: the question would be repeated until its time is over.</summary>
    public static async Task<Dictionary<TopicPartition, long>> EndsAsync(AdminClient admin, IReadOnlyCollection<TopicPartition> partitions, Action<string> tell, CancellationToken stop)
    {
        var topics = partitions.Count == 0 ? [] : (await admin.ListTopicsAsync(stop).ConfigureAwait(false)).ToDictionary(topic => topic.Name, topic => topic.Partitions.Count);
        foreach (var gone in partitions.Select(partition => partition.Topic).Distinct().Where(topic => !topics.ContainsKey(topic))) tell($"there is no topic '{gone}' any more: its offsets mean nothing.");
        TopicPartition[] there = [.. partitions.Where(partition => topics.GetValueOrDefault(partition.Topic) > partition.Partition)];
        var ends = new Dictionary<TopicPartition, long>();
        if (there.Length == 0) return ends;
        foreach (var end in await admin.ListOffsetsAsync([.. there.Select(partition => (partition, OffsetSpec.Latest))], cancellation: stop).ConfigureAwait(false))
        {
            if (end.Value is { } listed) ends[end.Item] = listed.Offset.Value;
            else tell($"{end.Failure!.Message}.");
        }
        return ends;
    }

    static async Task<RecordCount?> CountAsync(AdminClient admin, TopicPartition partition, long from, long most, Action<string> tell, CancellationToken stop)
    {
        try
        {
            return await admin.Records.CountAsync(partition, from, most, stop).ConfigureAwait(false);
        }
        catch (KafkaException failure) when (!ClientFailure.IsUnreachable(failure))
        {
            tell($"{failure.Message}.");
            return null;
        }
    }
}
