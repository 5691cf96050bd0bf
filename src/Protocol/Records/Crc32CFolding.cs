using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Semel.Protocol.Records;

/// <summary>
/// Folding by 512-bit carry-less multiplication: an accumulator of 64 bytes is moved over the bytes that follow it and added to them, which leaves
/// the remainder modulo P as it is. Four accumulators hide the latency of the multiplication. What is left at the end, 64 bytes, goes through the CRC instruction.
/// </summary>
/// <remarks>
/// An accumulator is four numbers of 128 bits, each of two halves. The lower half stands first in memory and so is worth x^64 more than the upper:
/// to move over n bytes it is multiplied by x^(8n + 64), the upper half by x^(8n). Both constants are 32 bits in a half of 64, which is why
/// <see cref="Polynomial.Shift"/> takes 33 from the exponent here as well: 32 because a constant stands in the lower part of its half, 1 because a mirrored product stands one bit too high.
/// </remarks>
static class Crc32CFolding
{
    const int Width = 64, Four = 4 * Width;

    static readonly Vector512<ulong> OverFour = Over(Four), OverOne = Over(Width);

    public static bool IsSupported => Pclmulqdq.V512.IsSupported && Sse42.X64.IsSupported && BitConverter.IsLittleEndian;

    static Vector512<ulong> Over(int bytes)
    {
        var pair = Vector128.Create((ulong)Polynomial.Shift(8L * bytes + 64), Polynomial.Shift(8L * bytes));
        return Vector512.Create(Vector256.Create(pair, pair), Vector256.Create(pair, pair));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Fold(Vector512<ulong> accumulator, Vector512<ulong> over, Vector512<ulong> next) =>
        Pclmulqdq.V512.CarrylessMultiply(accumulator, over, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(accumulator, over, 0x11) ^ next;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Load(ref byte at, int offset) => Vector512.LoadUnsafe(ref Unsafe.Add(ref at, offset)).AsUInt64();

    /// <param name="bytes">At least 64.</param>
    public static uint Update(uint register, ReadOnlySpan<byte> bytes)
    {
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var left = bytes.Length;
        // The register is added to the first four bytes, as one step of the plain algorithm would do.
        var a = Load(ref at, 0) ^ Vector512.CreateScalar((ulong)register);
        var done = Width;
        if (left >= Four)
        {
            Vector512<ulong> b = Load(ref at, Width), c = Load(ref at, 2 * Width), d = Load(ref at, 3 * Width), over = OverFour;
            for (done = Four; left - done >= Four; done += Four)
            {
                ref var next = ref Unsafe.Add(ref at, done);
                a = Fold(a, over, Load(ref next, 0));
                b = Fold(b, over, Load(ref next, Width));
                c = Fold(c, over, Load(ref next, 2 * Width));
                d = Fold(d, over, Load(ref next, 3 * Width));
            }
            a = Fold(Fold(Fold(a, OverOne, b), OverOne, c), OverOne, d);
        }
        for (; left - done >= Width; done += Width) a = Fold(a, OverOne, Load(ref at, done));
        ulong crc = 0;
        for (var i = 0; i < Vector512<ulong>.Count; i++) crc = Sse42.X64.Crc32(crc, a.GetElement(i));
        return Crc32CSingleLane.Update((uint)crc, bytes[done..]);
    }
}
