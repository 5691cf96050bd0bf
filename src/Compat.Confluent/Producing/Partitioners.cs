using Semel.Client.Producing.Partitioning;

namespace Semel.Compat.Confluent;

/// <summary>Partitioners that the program gave, by topic or for all; the configured one for the other topics.</summary>
sealed class Partitioners(IReadOnlyDictionary<string, PartitionerDelegate> byTopic, PartitionerDelegate otherwise, Partitioner configured) : Inner.IPartitioner
{
    public int Choose(string topic, ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, int partitionCount)
    {
        if (byTopic.TryGetValue(topic, out var own)) return own(topic, partitionCount, key, keyIsNull).Value;
        if (otherwise is not null) return otherwise(topic, partitionCount, key, keyIsNull).Value;
        return KeyPlacement.Place(Below, key, keyIsNull, partitionCount) ?? Random.Shared.Next(partitionCount);
    }

    Inner.Partitioner Below { get; } = configured switch
    {
        Partitioner.Random => Inner.Partitioner.Random,
        Partitioner.Consistent => Inner.Partitioner.Consistent,
        Partitioner.Murmur2 => Inner.Partitioner.Murmur2,
        Partitioner.Murmur2Random => Inner.Partitioner.Murmur2Random,
        _ => Inner.Partitioner.ConsistentRandom,
    };
}
