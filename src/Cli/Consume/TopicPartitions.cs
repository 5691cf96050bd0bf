using Semel.Cli.Topics;

namespace Semel.Cli.Consume;

/// <summary>Which partitions of a topic are to be read: those that are named, as long as the topic has them, or all.</summary>
public static class TopicPartitions
{
    /// <summary>Settings that only a consumer has, and that an admin client would wonder at.</summary>
    static readonly string[] AdminSettings = ["bootstrap.servers", "client.id", "request.timeout.ms", "default.api.timeout.ms", "socket.connection.setup.timeout.ms"];

    /// <exception cref="CommandException">There is no such topic, or no such partition.</exception>
    public static async Task<IReadOnlyList<int>> FindAsync(IReadOnlyDictionary<string, string> settings, string topic, PartitionSelection selection, CancellationToken stop)
    {
        var own = settings.Where(setting => AdminSettings.Contains(setting.Key)).ToDictionary();
        own.TryAdd("default.api.timeout.ms", "15000");
        var described = await TopicOptions.WithAdminAsync(own, admin => admin.DescribeTopicsAsync([topic], stop), stop).ConfigureAwait(false);
        if (described[0].Failure is { } failure) throw Connecting.ClientFailure.Of(failure, topic);
        var all = described[0].Value!.Partitions.Select(partition => partition.Partition).Order().ToList();
        if (selection.Numbers is not { } chosen) return all;
        var missing = chosen.Except(all).ToList();
        return missing.Count == 0
            ? chosen
            : throw new CommandException(ExitCode.Refused, $"topic '{topic}' has no partition {missing[0]}: it has {all.Count}, from 0 to {all.Count - 1}.", $"'semel topics describe {topic}' shows them.");
    }
}
