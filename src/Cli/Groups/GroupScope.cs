using Semel.Cli.Connecting;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>Which partitions --topic means.</summary>
static class GroupScope
{
    /// <exception cref="CommandException">There is no such topic, or no such partition of it.</exception>
    public static async Task<IReadOnlyList<TopicPartition>> ResolveAsync(AdminClient admin, IReadOnlyList<(string Topic, IReadOnlyList<int>? Partitions)> scope, CancellationToken stop)
    {
        var described = await admin.DescribeTopicsAsync([.. scope.Select(one => one.Topic).Distinct()], stop).ConfigureAwait(false);
        if (described.FirstOrDefault(result => !result.IsSuccess) is { } failed) throw ClientFailure.Of(failed.Failure!, failed.Item);
        var counts = described.ToDictionary(result => result.Item, result => result.Value!.Partitions.Count);
        foreach (var (topic, partitions) in scope)
            foreach (var partition in partitions ?? [])
                if (partition >= counts[topic])
                    throw new CommandException(ExitCode.Refused, $"topic '{topic}' has {counts[topic]} partitions, none of them is number {partition}.", $"'semel topics describe {topic}' lists the partitions there are.");
        return [.. scope.SelectMany(one => (one.Partitions ?? [.. Enumerable.Range(0, counts[one.Topic])]).Select(partition => new TopicPartition(one.Topic, partition))).Distinct().InOrder(partition => partition)];
    }
}
