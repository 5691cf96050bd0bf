using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Semel.Protocol.Records;

/// <summary>
/// The zigzag variable-length integers inside records: the sign goes to the lowest bit, then seven bits a byte, lowest group first.
/// They are not the unsigned varints of messages.
/// </summary>
static class Varint
{
    public const int MaxSizeOfInt32 = 5, MaxSizeOfInt64 = 10;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    /// <summary>How many bytes the number takes: 1 to 10.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(long value)
    {
        var bits = 64 - System.Numerics.BitOperations.LeadingZeroCount(ZigZag(value) | 1);
        return (bits + 6) / 7;
    }

    /// <returns>The place after the number. The caller has seen to it that there is room.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref byte Write(ref byte to, long value)
    {
        var left = ZigZag(value);
        for (; left >= 0x80; left >>= 7)
        {
            to = (byte)(left | 0x80);
            to = ref Unsafe.Add(ref to, 1);
        }
        to = (byte)left;
        return ref Unsafe.Add(ref to, 1);
    }

    /// <returns>How many bytes were written.</returns>
    /// <exception cref="IndexOutOfRangeException">There is no room for it.</exception>
    public static int Write(Span<byte> to, long value)
    {
        var at = 0;
        var left = ZigZag(value);
        for (; left >= 0x80; left >>= 7) to[at++] = (byte)(left | 0x80);
        to[at++] = (byte)left;
        return at;
    }

    /// <summary>Reads a number of 32 bits and moves <paramref name="position"/> past it.</summary>
    /// <returns>False when the bytes end before it does, or when it has more than 32 bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadInt32(ReadOnlySpan<byte> bytes, ref int position, out int value)
    {
        if ((uint)position < (uint)bytes.Length)
        {
            uint first = Unsafe.Add(ref MemoryMarshal.GetReference(bytes), position);
            if (first < 0x80)
            {
                position++;
                value = (int)(first >> 1) ^ -(int)(first & 1);
                return true;
            }
        }
        return TryReadLongInt32(bytes, ref position, out value);
    }

    static bool TryReadLongInt32(ReadOnlySpan<byte> bytes, ref int position, out int value)
    {
        var read = TryReadUnsigned(bytes, ref position, MaxSizeOfInt32, out var bits) && bits <= uint.MaxValue;
        value = (int)(bits >> 1) ^ -(int)(bits & 1);
        return read;
    }

    /// <summary>The same for 64 bits.</summary>
    public static bool TryReadInt64(ReadOnlySpan<byte> bytes, ref int position, out long value)
    {
        var read = TryReadUnsigned(bytes, ref position, MaxSizeOfInt64, out var bits);
        value = (long)(bits >> 1) ^ -(long)(bits & 1);
        return read;
    }

    static bool TryReadUnsigned(ReadOnlySpan<byte> bytes, ref int position, int maxSize, out ulong value)
    {
        value = 0;
        for (var i = 0; i < maxSize && (uint)position < (uint)bytes.Length; i++)
        {
            ulong next = bytes[position++];
            // The tenth byte has room for one bit only.
            if (i == MaxSizeOfInt64 - 1 && next > 1) return false;
            value |= (next & 0x7f) << (7 * i);
            if (next < 0x80) return true;
        }
        return false;
    }
}
