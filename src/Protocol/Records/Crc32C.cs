using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Semel.Protocol.Tests")]

namespace Semel.Protocol.Records;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of record batches. A value is always a finished checksum: that of no bytes is 0, and
/// <see cref="Append"/> goes on from one. Which instructions compute it is chosen once by what the processor has; all ways give the same value.
/// </summary>
public static class Crc32C
{
    /// <summary>Below this many bytes setting up and folding back wide accumulators costs more than one lane of the CRC instruction.</summary>
    const int WideFrom = 256;

    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of some bytes followed by <paramref name="bytes"/>.</summary>
    /// <param name="crc">The checksum of what comes before; 0 when nothing does.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        // The register of the algorithm is the complement of the finished value, at the start as at the end.
        var register = ~crc;
        if (bytes.Length >= WideFrom)
        {
            if (Crc32CFolding.IsSupported) return ~Crc32CFolding.Update(register, bytes);
            if (Crc32CLanes.IsSupported) return ~Crc32CLanes.Update(register, bytes);
        }
        return ~Crc32CSingleLane.Update(register, bytes);
    }

    /// <summary>The checksum of A followed by B from the checksums of both, without their bytes. Takes some ten nanoseconds whatever the length.</summary>
    /// <param name="lengthB">How many bytes B has: not negative.</param>
    public static uint Combine(uint crcA, uint crcB, long lengthB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthB);
        // Appending B's bytes multiplies what A left in the register by x^(8 * length); the complements at the ends cancel out.
        return Polynomial.TimesXToBytes(crcA, lengthB) ^ crcB;
    }
}
