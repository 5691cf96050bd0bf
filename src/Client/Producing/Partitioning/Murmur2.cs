using System.Buffers.Binary;

namespace Semel.Client.Producing.Partitioning;

/// <summary>MurmurHash2 of 32 bits with the seed that Java producers use.</summary>
internal static class Murmur2
{
    const uint Seed = 0x9747b28c, Multiplier = 0x5bd1e995;

    public static int Hash(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        for (; data.Length >= 4; data = data[4..])
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            hash = (hash * Multiplier) ^ ((word ^ (word >> 24)) * Multiplier);
        }
        if (data.Length > 0)
        {
            for (var index = data.Length - 1; index >= 0; index--) hash ^= (uint)data[index] << (8 * index);
            hash *= Multiplier;
        }
        hash = (hash ^ (hash >> 13)) * Multiplier;
        return (int)(hash ^ (hash >> 15));
    }
}
