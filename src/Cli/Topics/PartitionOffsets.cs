using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Topics;

/// <summary>Where a partition begins and ends.</summary>
/// <param name="Failure">Why that is not known; null when it is.</param>
public readonly record struct PartitionOffsets(long? Start, long? End, KafkaException? Failure)
{
    public static async Task<IReadOnlyDictionary<TopicPartition, PartitionOffsets>> AskAsync(AdminClient admin, IReadOnlyList<TopicPartition> partitions, CancellationToken stop)
    {
        if (partitions.Count == 0) return new Dictionary<TopicPartition, PartitionOffsets>();
        var starts = admin.ListOffsetsAsync([.. partitions.Select(partition => (partition, OffsetSpec.Earliest))], cancellation: stop);
        var ends = admin.ListOffsetsAsync([.. partitions.Select(partition => (partition, OffsetSpec.Latest))], cancellation: stop);
        await Task.WhenAll(starts, ends).ConfigureAwait(false);
        var endOf = ends.Result.ToDictionary(result => result.Item);
        return starts.Result.ToDictionary(result => result.Item, result => new PartitionOffsets(result.Value?.Offset.Value, endOf[result.Item].Value?.Offset.Value, result.Failure ?? endOf[result.Item].Failure));
    }
}
