using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Semel.Protocol.Records;

/// <summary>
/// Arithmetic with polynomials over GF(2) modulo P, the polynomial of CRC-32C: x^32 + x^28 + x^27 + x^26 + x^25 + x^23 + x^22 + x^20 + x^19
/// + x^18 + x^14 + x^13 + x^11 + x^10 + x^9 + x^8 + x^6 + 1. A remainder is a 32-bit number whose highest bit is the coefficient of x^0, as in
/// the register of a CRC that takes the lowest bit first.
/// The CRC of a message is the message times x^32 modulo P, so passing over n zero bits multiplies the register by x^n: every constant
/// that joins separately computed parts is a power of x, and is computed here instead of written down.
/// </summary>
static class Polynomial
{
    /// <summary>P without its x^32, the highest bit for x^0.</summary>
    const uint P = 0x82F63B78;

    const uint One = 0x80000000;

    /// <summary>P is (x + 1) times a primitive polynomial of degree 31, so the powers of x repeat after 2^31 - 1 steps.</summary>
    const int Order = int.MaxValue;

    /// <summary>How much a carry-less product that is brought back by the CRC instruction is too large: the product of two mirrored numbers stands one bit too high, and the instruction multiplies by x^32.</summary>
    const int ProductExcess = 33;

    static readonly uint[] SquaresForInstruction = Squares(-ProductExcess);
    static readonly uint[] PlainSquares = Squares(0);

    static bool HasInstructions => Pclmulqdq.IsSupported && Sse42.X64.IsSupported;

    /// <summary>x^(2^k + offset) for k from 0 to 30. x^(2^31) is x again, so larger k begin anew.</summary>
    static uint[] Squares(int offset)
    {
        var squares = new uint[31];
        for (var k = 0; k < squares.Length; k++) squares[k] = XTo((1L << k) + offset);
        return squares;
    }

    /// <summary>x^exponent mod P; a negative exponent divides.</summary>
    public static uint XTo(long exponent)
    {
        exponent %= Order;
        if (exponent < 0) exponent += Order;
        uint result = One, square = One >> 1;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) result = Multiply(result, square);
            square = Multiply(square, square);
        }
        return result;
    }

    /// <summary>The constant by which a carry-less multiplication moves a part over the <paramref name="bits"/> that follow it.</summary>
    public static uint Shift(long bits) => XTo(bits - ProductExcess);

    /// <summary>Joins the register of a part to what follows it: the register times a constant of <see cref="Shift"/>, still to be brought back to 32 bits by the CRC instruction.</summary>
    public static ulong CarrylessProduct(ulong register, uint shift) =>
        Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(register), Vector128.CreateScalar((ulong)shift), 0).ToScalar();

    /// <summary>The register times x^(8 * bytes): what it becomes after so many zero bytes.</summary>
    public static uint TimesXToBytes(uint register, long bytes)
    {
        // 8 * bytes as a sum of powers of two: the bit k of the bytes stands for 2^(k + 3) bits.
        for (var k = 3; bytes > 0; bytes >>= 1, k++)
        {
            if ((bytes & 1) == 0) continue;
            register = HasInstructions
                ? (uint)Sse42.X64.Crc32(0, CarrylessProduct(register, SquaresForInstruction[k % 31]))
                : Multiply(register, PlainSquares[k % 31]);
        }
        return register;
    }

    /// <summary>Bit by bit: a times each power of x that b has.</summary>
    internal static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (; b != 0; b <<= 1)
        {
            if ((b & One) != 0) product ^= a;
            a = (a >> 1) ^ ((a & 1) != 0 ? P : 0);
        }
        return product;
    }
}
