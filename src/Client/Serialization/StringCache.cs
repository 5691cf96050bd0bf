using System.Text;

namespace Semel.Client;

/// <summary>
/// Strings by the bytes that they came from, of a bounded number of the last ones: a text that comes again is the string that was made before. Each text has one place, by its bytes; another one
/// of the same place takes it over. Thread safe, without a lock.
/// </summary>
internal sealed class StringCache(int capacity, int longestBytes) : IDeserializer<string?>
{
    readonly Entry?[] _entries = new Entry?[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];

    sealed record Entry(byte[] Bytes, string Text);

    public string? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (isNull) return null;
        if (data.Length > longestBytes) return Encoding.UTF8.GetString(data);
        ref var place = ref _entries[Hash(data) & (uint)(_entries.Length - 1)];
        if (Volatile.Read(ref place) is { } entry && data.SequenceEqual(entry.Bytes)) return entry.Text;
        var text = Encoding.UTF8.GetString(data);
        Volatile.Write(ref place, new Entry(data.ToArray(), text));
        return text;
    }

    static uint Hash(ReadOnlySpan<byte> data)
    {
        var hash = new HashCode();
        hash.AddBytes(data);
        return (uint)hash.ToHashCode();
    }
}
