namespace Semel.Client.Producing.Partitioning;

/// <summary>Which partition a key belongs to, over all partitions, with or without a leader. Pure.</summary>
internal static class KeyPlacement
{
    /// <returns>Null when this partitioner leaves such a record to the sticky choice.</returns>
    public static int? Place(Partitioner partitioner, ReadOnlySpan<byte> key, bool keyIsNull, int partitionCount) => partitioner switch
    {
        Partitioner.Murmur2Random when keyIsNull => null,
        Partitioner.Murmur2 or Partitioner.Murmur2Random => (Murmur2.Hash(key) & int.MaxValue) % partitionCount,
        // librdkafka counts an empty key as none here, and only here.
        Partitioner.ConsistentRandom when keyIsNull || key.IsEmpty => null,
        Partitioner.Consistent or Partitioner.ConsistentRandom => (int)(Crc32.Hash(key) % (uint)partitionCount),
        Partitioner.Fnv1aRandom when keyIsNull => null,
        Partitioner.Fnv1a or Partitioner.Fnv1aRandom => (int)(Fnv1a.Hash(key) % (uint)partitionCount),
        _ => null,
    };
}
