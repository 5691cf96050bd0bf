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

    /// <summary>Reads a number of 32 bits.</summary>
    /// <param name="position">Where it begins; a negative one is handed on, so that several numbers can be read before one look at the result.</param>
    /// <returns>The place after it; -1 when the bytes end before it does, or when it has more than 32 bits.</returns>
    /// <remarks>
    /// Place and number stay in registers: what is passed by reference to a method that is not inlined lives in memory, and each number would wait for the last to be stored and
    /// loaded. So the place goes in and out by value, and only the rare long number comes back through memory.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadInt32(ReadOnlySpan<byte> bytes, int position, out int value)
    {
        var next = ReadShort(bytes, position, out value);
        if (next >= 0) return next;
        next = ReadLongInt32(bytes, position, out var large);
        value = large;
        return next;
    }

    /// <summary>The same for 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadInt64(ReadOnlySpan<byte> bytes, int position, out long value)
    {
        var next = ReadShort(bytes, position, out var small);
        value = small;
        if (next >= 0) return next;
        next = ReadLongInt64(bytes, position, out var large);
        value = large;
        return next;
    }

    /// <summary>Nearly all numbers in a record have one or two bytes: those are read in line. Others give -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int ReadShort(ReadOnlySpan<byte> bytes, int position, out int value)
    {
        value = 0;
        if ((uint)position >= (uint)bytes.Length) return -1;
        uint bits = bytes[position++];
        if (bits >= 0x80)
        {
            if ((uint)position >= (uint)bytes.Length) return -1;
            uint second = bytes[position++];
            if (second >= 0x80) return -1;
            bits = (bits & 0x7f) | (second << 7);
        }
        value = (int)(bits >> 1) ^ -(int)(bits & 1);
        return position;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int ReadLongInt32(ReadOnlySpan<byte> bytes, int position, out int value)
    {
        var next = ReadUnsigned(bytes, position, MaxSizeOfInt32, out var bits);
        value = (int)(bits >> 1) ^ -(int)(bits & 1);
        return bits <= uint.MaxValue ? next : -1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int ReadLongInt64(ReadOnlySpan<byte> bytes, int position, out long value)
    {
        var next = ReadUnsigned(bytes, position, MaxSizeOfInt64, out var bits);
        value = (long)(bits >> 1) ^ -(long)(bits & 1);
        return next;
    }

    static int ReadUnsigned(ReadOnlySpan<byte> bytes, int position, int maxSize, out ulong value)
    {
        value = 0;
        for (var i = 0; i < maxSize && (uint)position < (uint)bytes.Length; i++)
        {
            ulong next = bytes[position++];
            // The tenth byte has room for one bit only.
            if (i == MaxSizeOfInt64 - 1 && next > 1) return -1;
            value |= (next & 0x7f) << (7 * i);
            if (next < 0x80) return position;
        }
        return -1;
    }
}
