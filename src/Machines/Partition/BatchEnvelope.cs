using System.Buffers.Binary;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>
/// The checks of produced bytes that need no partition's state. Thread safe: a connection's thread runs them before it enqueues the batch, so that
/// checksums of many batches are computed side by side and no turn waits for them.
/// </summary>
public static class BatchEnvelope
{
    const int SizeAt = 8, MagicAt = 16, SmallestOldSize = 14;

    /// <param name="records">The bytes for one partition as they stand in the request.</param>
    /// <param name="isNull">The request had null in their place.</param>
    /// <param name="produceVersion">Of the request: zstd is known from 7 on.</param>
    public static EnvelopeVerdict Check(ReadOnlySpan<byte> records, bool isNull, in EnvelopeLimits limits, Instant now, short produceVersion)
    {
        if (isNull) return Refused(ErrorCode.InvalidRecord, "null in place of a record batch");
        if (Frame(records, out var length) is { } unframed) return unframed;
        var batch = records[..length];
        if (!RecordBatchHeader.TryRead(batch, out var header)) return Refused(ErrorCode.CorruptMessage, $"a record batch of {length} bytes is shorter than its header");
        return new EnvelopeVerdict { Error = ErrorCode.None, Header = header, Length = length };
    }

    /// <summary>Finds the one batch. Older formats keep size and magic where the present one has them.</summary>
    static EnvelopeVerdict? Frame(ReadOnlySpan<byte> records, out int length)
    {
        length = 0;
        if (records.Length <= MagicAt) return Refused(ErrorCode.InvalidRecord, $"{records.Length} bytes are no record batch");
        var size = BinaryPrimitives.ReadInt32BigEndian(records[SizeAt..]);
        if (size < SmallestOldSize) return Refused(ErrorCode.CorruptMessage, $"a record batch says that it has {size} bytes");
        var magic = (sbyte)records[MagicAt];
        if (magic is < 0 or > 2) return Refused(ErrorCode.CorruptMessage, $"no record batch has the magic {magic}");
        if (magic < 2) return Refused(ErrorCode.InvalidRecord, $"a message of the old magic {magic}; only record batches of magic 2 are taken");
        if (size > records.Length - RecordBatchHeader.LengthPrefix)
            return Refused(ErrorCode.InvalidRecord, $"a record batch says that it has {size + (long)RecordBatchHeader.LengthPrefix} bytes, {records.Length} were sent");
        length = size + RecordBatchHeader.LengthPrefix;
        return IsWholeBatch(records[length..]) ? Refused(ErrorCode.InvalidRecord, "more than one record batch for one partition") : null;
    }

    static bool IsWholeBatch(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= MagicAt) return false;
        var size = BinaryPrimitives.ReadInt32BigEndian(bytes[SizeAt..]);
        return size >= SmallestOldSize && size <= bytes.Length - RecordBatchHeader.LengthPrefix;
    }

    static EnvelopeVerdict Refused(ErrorCode error, string message) => EnvelopeVerdict.Refused(error, message);
}
