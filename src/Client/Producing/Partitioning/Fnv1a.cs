namespace Semel.Client.Producing.Partitioning;

/// <summary>FNV-1a of 32 bits without its sign, as librdkafka and Sarama place keys.</summary>
internal static class Fnv1a
{
    public static uint Hash(ReadOnlySpan<byte> data)
    {
        var hash = 0x811C9DC5;
        foreach (var value in data) hash = (hash ^ value) * 0x01000193;
        return (int)hash < 0 ? 0 - hash : hash;
    }
}
