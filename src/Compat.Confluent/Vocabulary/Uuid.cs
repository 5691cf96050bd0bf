using System.Buffers.Binary;

namespace Semel.Compat.Confluent;

/// <summary>A topic's id.</summary>
public class Uuid
{
    public Uuid(long mostSignificantBits, long leastSignificantBits)
    {
        MostSignificantBits = mostSignificantBits;
        LeastSignificantBits = leastSignificantBits;
    }

    public Offset MostSignificantBits { get; }
    public Offset LeastSignificantBits { get; }

    public override bool Equals(object obj) => obj is Uuid other && MostSignificantBits == other.MostSignificantBits
        && LeastSignificantBits == other.LeastSignificantBits;
    public override int GetHashCode() => HashCode.Combine(MostSignificantBits, LeastSignificantBits);

    /// <summary>22 characters of base 64.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, MostSignificantBits.Value);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], LeastSignificantBits.Value);
        return Convert.ToBase64String(bytes).TrimEnd('=');
    }
}
