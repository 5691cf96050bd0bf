using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>
/// Gives a produced batch the codec that its topic wants (compression.type). Offsets, timestamps, producer and sequence stay, so a retry of the batch is recognised whatever either is
/// compressed with. Markers are made here and never come this way. Thread safe.
/// </summary>
public static class Recompression
{
    /// <summary>Whether a batch has another codec than the topic wants. Which level it was compressed with nobody can see, as in Kafka.</summary>
    public static bool IsNeeded(in RecordBatchHeader header, in EnvelopeLimits limits) => limits.Compression is { } wanted && wanted != header.Attributes.Codec;

    /// <param name="batch">Exactly one batch that <see cref="BatchEnvelope"/> accepted.</param>
    /// <param name="recompressed">The new batch, to be disposed by the caller; null when it is refused.</param>
    /// <returns>As of the new batch; or a refusal, since it is larger than the topic takes, which a batch that has been taken before may be as well.</returns>
    public static EnvelopeVerdict Recompress(ReadOnlySpan<byte> batch, in RecordBatchHeader header, in EnvelopeLimits limits, out PooledBytes? recompressed)
    {
        recompressed = RecordBatch.Recompress(batch, limits.Compression.GetValueOrDefault(), limits.CompressionLevel, limits.Reading);
        if (TooLarge(recompressed.Length, limits) is { } refusal)
        {
            recompressed.Dispose();
            recompressed = null;
            return refusal with { MayBeThere = header.HasProducerId, Header = header, Length = batch.Length };
        }
        RecordBatchHeader.TryRead(recompressed.Written, out var changed);
        return new EnvelopeVerdict { Error = ErrorCode.None, Header = changed, Length = recompressed.Length };
    }

    static EnvelopeVerdict? TooLarge(int size, in EnvelopeLimits limits)
    {
        if (size > limits.MaxMessageBytes)
            return EnvelopeVerdict.Refused(ErrorCode.MessageTooLarge, $"the batch has {size} bytes when compressed as the topic's compression.type says, max.message.bytes is {limits.MaxMessageBytes}");
        return size > limits.SegmentBytes
            ? EnvelopeVerdict.Refused(ErrorCode.RecordListTooLarge, $"the batch has {size} bytes when compressed as the topic's compression.type says, segment.bytes is {limits.SegmentBytes}") : null;
    }
}
