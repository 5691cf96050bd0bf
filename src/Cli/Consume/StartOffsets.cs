using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Consume;

/// <summary>Turns a start position into an offset for each partition, by asking the broker where that is needed.</summary>
public static class StartOffsets
{
    public static async Task<IReadOnlyList<TopicPartitionOffset>> FindAsync(IConsumer<byte[], byte[]> consumer, string topic, IReadOnlyList<int> partitions, StartPosition start, CancellationToken stop)
    {
        var all = partitions.Select(partition => new TopicPartition(topic, partition)).ToList();
        switch (start.Kind)
        {
            case StartKind.Beginning: return [.. all.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning))];
            case StartKind.End: return [.. all.Select(partition => new TopicPartitionOffset(partition, Offset.End))];
            case StartKind.Offset: return [.. all.Select(partition => new TopicPartitionOffset(partition, start.Number))];
            case StartKind.Timestamp: return await consumer.OffsetsForTimesAsync([.. all.Select(partition => new TopicPartitionTimestamp(partition, new Timestamp(start.Number)))], stop).ConfigureAwait(false);
        }
        var offsets = new List<TopicPartitionOffset>();
        foreach (var partition in all)
        {
            var watermarks = await consumer.GetWatermarksAsync(partition, stop).ConfigureAwait(false);
            offsets.Add(new TopicPartitionOffset(partition, Math.Max(watermarks.Low, watermarks.High - start.Number)));
        }
        return offsets;
    }
}
