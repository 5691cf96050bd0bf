using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Cli.Topics;
using Semel.Client;

namespace Semel.Cli.Consume;

/// <summary>Which partitions of a topic are to be read: those that are named, as long as the topic has them, or all.</summary>
public static class TopicPartitions
{
    /// <summary>In milliseconds: nobody waits longer for an answer than for a word about why there is none.</summary>
    const string Limit = "6000";

    /// <exception cref="CommandException">There is no such topic, or no such partition.</exception>
    public static async Task<IReadOnlyList<PartitionDescription>> FindAsync(IReadOnlyDictionary<string, string> settings, Terminal terminal, string topic, PartitionSelection selection, CancellationToken stop)
    {
        var described = await AdminWork.WithAdminAsync(AdminSettings.Of(settings, Limit), terminal, givesUp: false, (admin, token) => admin.DescribeTopicsAsync([topic], token), stop).ConfigureAwait(false);
        if (described[0].Failure is { } failure) throw ClientFailure.Of(failure, topic);
        var all = described[0].Value!.Partitions;
        if (selection.Numbers is not { } chosen) return all;
        var missing = chosen.Except(all.Select(partition => partition.Partition)).ToList();
        return missing.Count == 0
            ? [.. all.Where(partition => chosen.Contains(partition.Partition))]
            : throw new CommandException(ExitCode.Refused, $"topic '{topic}' has no partition {missing[0]}: it has {all.Count}, from 0 to {all.Count - 1}.", $"'semel topics describe {topic}' shows them.");
    }
}
