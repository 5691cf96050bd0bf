using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Semel.Protocol.Wire;

/// <summary>
/// Reads the primitive encodings of the protocol from one frame. Every length is compared with the bytes that are left before anything is
/// allocated, so no input makes the reader take more memory than the frame has.
/// Byte fields are slices of the frame, not copies: they live as long as the frame's buffer.
/// </summary>
public ref struct WireReader
{
    /// <summary>No array has more elements, and no section more tagged fields: Apache Kafka's own limits from 4.4.0 on, whatever the frame's size.</summary>
    public const int MostElements = 1_000_000, MostTaggedFields = 10_000;

    /// <summary>A tagged field is its tag and its size at least.</summary>
    const int LeastTaggedField = 2;

    static readonly UTF8Encoding Utf8 = new(false, true);
    readonly ReadOnlyMemory<byte> _memory;
    readonly ReadOnlySpan<byte> _bytes;
    int _position;

    readonly ElementBudget? _elements;

    /// <param name="elements">Bounds the elements of all arrays; null leaves only the bytes to bound them.</param>
    public WireReader(ReadOnlyMemory<byte> memory, ElementBudget? elements = null)
    {
        _memory = memory;
        _bytes = memory.Span;
        _elements = elements;
    }

    public readonly int Position => _position;
    public readonly int Remaining => _bytes.Length - _position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)Remaining) throw Short(count);
        var taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }

    readonly WireFormatException Short(int wanted) => new($"{wanted} bytes wanted at {_position}, {Remaining} are left");

    public bool ReadBoolean() => Take(1)[0] != 0;
    public sbyte ReadInt8() => (sbyte)Take(1)[0];
    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));
    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));
    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));
    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));
    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));
    public Guid ReadUuid() => new(Take(16), bigEndian: true);

    /// <summary>An unsigned variable-length integer: seven bits a byte, lowest group first, at most five bytes.</summary>
    public uint ReadUnsignedVarint()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = Take(1)[0];
            if (shift == 28 && next > 0x0f) throw new WireFormatException($"an unsigned varint at {_position} is larger than 32 bits");
            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
        throw new WireFormatException($"an unsigned varint at {_position} has more than five bytes");
    }

    /// <summary>The length of a string, of bytes or of an array; -1 for null (any length below -1 reads as null, as Kafka does).</summary>
    int ReadLength(bool flexible, bool wide)
    {
        if (flexible)
        {
            var length = ReadUnsignedVarint();
            if (length > int.MaxValue) throw new WireFormatException($"a length at {_position} is larger than 31 bits");
            return (int)length - 1;
        }
        return Math.Max(-1, wide ? ReadInt32() : ReadInt16());
    }

    public string ReadString(bool flexible) => ReadNullableString(flexible) ?? throw NullNotAllowed("string");

    public string? ReadNullableString(bool flexible)
    {
        var length = ReadLength(flexible, wide: false);
        if (length < 0) return null;
        if (length == 0) return "";
        var bytes = Take(length);
        try { return Utf8.GetString(bytes); }
        catch (DecoderFallbackException) { throw new WireFormatException($"a string that ends at {_position} is not UTF-8"); }
    }

    public ReadOnlyMemory<byte> ReadBytes(bool flexible) => ReadNullableBytes(flexible) ?? throw NullNotAllowed("bytes");

    public ReadOnlyMemory<byte>? ReadNullableBytes(bool flexible)
    {
        var length = ReadLength(flexible, wide: true);
        if (length < 0) return null;
        var start = _position;
        Take(length);
        return _memory.Slice(start, length);
    }

    /// <summary>The number of elements, or -1 for null. Refused when that many elements cannot be in what is left of the frame.</summary>
    /// <param name="elementSize">The fewest bytes that an element takes.</param>
    public int ReadArrayLength(bool flexible, int elementSize = 1)
    {
        var count = ReadLength(flexible, wide: true);
        if ((long)count * elementSize > Remaining)
            throw new WireFormatException($"an array of {count} elements of {elementSize} bytes or more at {_position}, {Remaining} bytes are left");
        if (count > MostElements) throw new WireFormatException($"an array of {count} elements at {_position}, {MostElements} are the most");
        if (count > 0) _elements?.Take(count);
        return count;
    }

    /// <summary>An empty list for that many elements. A very long one grows as elements really come, whatever the frame says their number is.</summary>
    public static List<T> NewList<T>(int count) => new(Math.Min(count, 1024));

    public void Skip(int count) => Take(count);

    /// <summary>A reader over the next <paramref name="count"/> bytes, which this reader passes over: the contents of one tagged field.</summary>
    public WireReader Slice(int count)
    {
        var start = _position;
        Take(count);
        return new WireReader(_memory.Slice(start, count), _elements);
    }

    /// <summary>A reader over a tagged field's contents, which this reader passes over: the field's size comes first.</summary>
    public WireReader SliceTaggedField() => Slice((int)Math.Min(ReadUnsignedVarint(), int.MaxValue));

    /// <summary>The number of tagged fields that follow. Refused when it is above the limit, or when they cannot be in what is left of the frame.</summary>
    public int ReadTagCount()
    {
        var count = ReadUnsignedVarint();
        if (count > MostTaggedFields) throw new WireFormatException($"{count} tagged fields at {_position}, {MostTaggedFields} are the most");
        if (count * LeastTaggedField > Remaining) throw new WireFormatException($"{count} tagged fields at {_position}, {Remaining} bytes are left");
        return (int)count;
    }

    /// <summary>Known tags come in ascending order, each once (KIP-482). Unknown ones are not looked at, as Kafka does.</summary>
    public static int NextTag(int tag, int lastTag) =>
        tag > lastTag ? tag : throw new WireFormatException($"the tagged field {tag} behind the tagged field {lastTag}");

    /// <exception cref="WireFormatException">Something is left: the size that was told does not agree with the contents.</exception>
    public readonly void RequireEnd(string what)
    {
        if (Remaining > 0) throw new WireFormatException($"{Remaining} bytes are left behind {what}");
    }

    /// <summary>Passes over a whole section of tagged fields none of which is known.</summary>
    public void SkipTaggedFields()
    {
        for (var left = ReadTagCount(); left > 0; left--)
        {
            ReadUnsignedVarint();
            Skip((int)Math.Min(ReadUnsignedVarint(), int.MaxValue));
        }
    }

    public static WireFormatException NullNotAllowed(string what) => new($"a null where a {what} must be");
}
