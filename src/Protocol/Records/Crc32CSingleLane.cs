using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Semel.Protocol.Records;

/// <summary>
/// One register, eight bytes at a time: for short pieces, for what the wide ways leave over, and for processors without carry-less multiplication.
/// The base library uses the CRC instruction of x86 or ARM here, and a table where there is none.
/// </summary>
static class Crc32CSingleLane
{
    public static uint Update(uint register, ReadOnlySpan<byte> bytes)
    {
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var left = bytes.Length;
        for (; left >= 8; left -= 8, at = ref Unsafe.Add(ref at, 8)) register = BitOperations.Crc32C(register, LittleEndian(ref at));
        for (; left > 0; left--, at = ref Unsafe.Add(ref at, 1)) register = BitOperations.Crc32C(register, at);
        return register;
    }

    /// <summary>The CRC takes bytes in the order of memory, lowest bit first: a little-endian number of eight of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong LittleEndian(ref byte at)
    {
        var word = Unsafe.ReadUnaligned<ulong>(ref at);
        return BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);
    }
}
