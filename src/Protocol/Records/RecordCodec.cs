using System.Buffers;

namespace Semel.Protocol.Records;

/// <summary>One way to compress the record area of a batch. Thread safe.</summary>
public abstract class RecordCodec
{
    /// <summary>What batches call it.</summary>
    public abstract CompressionCodec Kind { get; }

    /// <summary>Levels that it has, both included; equal when it has none to choose.</summary>
    public abstract (int Lowest, int Highest) Levels { get; }

    /// <summary>Compresses a record area into one block as other Kafka clients read it.</summary>
    /// <param name="level">Null for the codec's own default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The codec has no such level.</exception>
    public abstract void Compress(ReadOnlySpan<byte> plain, int? level, IBufferWriter<byte> target);

    /// <summary>Decompresses a block of a batch. Memory grows with what comes out, never by what the block says of itself, and never beyond the target's limit.</summary>
    /// <returns>None; Compression when the block is damaged; DecompressedSize when the limit was passed. With a fault the target's content means nothing.</returns>
    public abstract RecordFaultKind Decompress(ReadOnlySpan<byte> block, PooledBytes target);

    /// <summary>How many bytes will probably come out, by what the block says: to plan with, not to rely on. At least 1.</summary>
    public virtual long ExpectedBytes(ReadOnlySpan<byte> block) => Math.Max(1, block.Length);

    /// <exception cref="ArgumentOutOfRangeException">The codec has no such level.</exception>
    protected void CheckLevel(int? level)
    {
        if (level is not { } given || (given >= Levels.Lowest && given <= Levels.Highest)) return;
        throw new ArgumentOutOfRangeException(nameof(level), given, $"a level of {Kind.ToString().ToLowerInvariant()} is {Levels.Lowest} to {Levels.Highest}");
    }
}

/// <summary>The codecs that whoever reads or writes batches has been given. Thread safe.</summary>
public interface IRecordCodecs
{
    /// <returns>Null when that codec is none of them.</returns>
    RecordCodec? Find(CompressionCodec codec);
}
