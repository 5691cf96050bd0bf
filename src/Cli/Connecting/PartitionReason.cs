using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Connecting;

/// <summary>What a broker says of a partition with which something is wrong.</summary>
/// <param name="IsOffline">It cannot be read or written at all; otherwise a part of it cannot be read.</param>
/// <param name="Text">The broker's words: the file, the place, the remedy.</param>
public sealed record PartitionReason(TopicPartition Partition, bool IsOffline, string Text)
{
    /// <summary>For a message: the partition, and what the broker says, without the last full stop.</summary>
    public override string ToString() => $"{Partition} {(IsOffline ? "is offline" : "is damaged in a part of it")}: {Text.TrimEnd('.')}";

    /// <summary>The way out that is always there.</summary>
    public string Remedy => IsOffline
        ? $"'semel topics delete {Partition.Topic}' gives the topic up with all its records, so that it can be made anew"
        : $"'semel consume -t {Partition.Topic} -p {Partition.Partition} --skip-damaged' reads what lies before and behind";

    public Trouble ToTrouble() => new(ExitCode.Damaged, ToString(), Remedy, EndsWork: true);

    /// <summary>
    /// Asks the brokers that hold the partitions. What they have nothing to say about is left out, and so is everything when they cannot be asked.
    /// </summary>
    public static async Task<IReadOnlyList<PartitionReason>> AskAsync(AdminClient admin, IReadOnlyCollection<TopicPartition> partitions, CancellationToken stop)
    {
        if (partitions.Count == 0) return [];
        try
        {
            var described = await admin.DescribeProducersAsync(partitions, stop).ConfigureAwait(false);
            return [.. described.Select(Of).OfType<PartitionReason>()];
        }
        catch (KafkaException)
        {
            return [];
        }
    }

    static PartitionReason? Of(AdminResult<TopicPartition, IReadOnlyList<ProducerDescription>> described) => described switch
    {
        { IsSuccess: true, Remark: { } remark } => new PartitionReason(described.Item, IsOffline: false, remark),
        { Failure.Error.Code: ErrorCode.KafkaStorageError, Remark: { } remark } => new PartitionReason(described.Item, IsOffline: true, remark),
        _ => null,
    };
}
