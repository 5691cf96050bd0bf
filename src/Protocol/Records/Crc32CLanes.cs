using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Semel.Protocol.Records;

/// <summary>
/// Three registers side by side. The CRC instruction of x86 takes three cycles and a new one can begin in every cycle, so one register uses a
/// third of the processor. Three neighbouring stretches are summed at the same time, and the first two are then moved over what
/// follows them by one carry-less multiplication each.
/// </summary>
static class Crc32CLanes
{
    /// <summary>Long stretches make joining cheap; short ones serve what is left and small batches.</summary>
    const int LongStretch = 1024, ShortStretch = 128;

    static readonly uint OverOneLong = Polynomial.Shift(8L * LongStretch), OverTwoLong = Polynomial.Shift(16L * LongStretch);
    static readonly uint OverOneShort = Polynomial.Shift(8L * ShortStretch), OverTwoShort = Polynomial.Shift(16L * ShortStretch);

    public static bool IsSupported => Sse42.X64.IsSupported && Pclmulqdq.IsSupported;

    public static uint Update(uint register, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 3 * LongStretch; bytes = bytes[(3 * LongStretch)..]) register = Three(register, bytes, LongStretch, OverOneLong, OverTwoLong);
        for (; bytes.Length >= 3 * ShortStretch; bytes = bytes[(3 * ShortStretch)..]) register = Three(register, bytes, ShortStretch, OverOneShort, OverTwoShort);
        return Crc32CSingleLane.Update(register, bytes);
    }

    static uint Three(uint register, ReadOnlySpan<byte> bytes, int stretch, uint overOne, uint overTwo)
    {
        ref var at = ref MemoryMarshal.GetReference(bytes);
        ulong first = register, second = 0, third = 0;
        for (var i = 0; i < stretch; i += 8)
        {
            ref var word = ref Unsafe.Add(ref at, i);
            first = Sse42.X64.Crc32(first, Unsafe.ReadUnaligned<ulong>(ref word));
            second = Sse42.X64.Crc32(second, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref word, stretch)));
            third = Sse42.X64.Crc32(third, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref word, 2 * stretch)));
        }
        // Both products are brought back to 32 bits together: the instruction is linear.
        var moved = Polynomial.CarrylessProduct(first, overTwo) ^ Polynomial.CarrylessProduct(second, overOne);
        return (uint)(Sse42.X64.Crc32(0, moved) ^ third);
    }
}
