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
    const int SmallestOldSize = 14;
    const short FirstVersionWithZstd = 7;
    const long NoTimestamp = -1;
    /// <summary>A batch may have a million records to blame; more than these tell nobody more.</summary>
    const int MostRecordErrors = 100;

    /// <param name="records">The bytes for one partition as they stand in the request.</param>
    /// <param name="isNull">The request had null in their place.</param>
    /// <param name="produceVersion">Of the request: zstd is known from 7 on.</param>
    public static EnvelopeVerdict Check(ReadOnlySpan<byte> records, bool isNull, in EnvelopeLimits limits, Instant now, short produceVersion)
    {
        if (isNull) return Refused(ErrorCode.InvalidRecord, "null in place of a record batch");
        if (Frame(records, out var length) is { } unframed) return unframed;
        var batch = records[..length];
        if (!RecordBatchHeader.TryRead(batch, out var header)) return Refused(ErrorCode.CorruptMessage, $"a record batch of {length} bytes is shorter than its header");
        var refused = CheckHeader(header, limits, produceVersion)
            ?? CheckSums(batch)
            ?? CheckContent(header, limits)
            ?? CheckRecords(batch, header, limits, now);
        if (refused is not { } verdict) return new EnvelopeVerdict { Error = ErrorCode.None, Header = header, Length = length };
        return MayHaveBeenTaken(verdict.Error, batch, header, limits) ? verdict with { MayBeThere = true, Header = header, Length = length } : verdict;
    }

    /// <summary>
    /// Clocks are set and limits are lowered between a batch and its retry. One that is there must be recognised all the same: a producer that is told of a refusal gives its
    /// sequence to other records, and those would be taken for it.
    /// </summary>
    static bool MayHaveBeenTaken(ErrorCode error, ReadOnlySpan<byte> batch, in RecordBatchHeader header, in EnvelopeLimits limits) =>
        error is ErrorCode.InvalidTimestamp or ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge
        && header.HasProducerId && RecordBatch.HasValidCrc(batch) && CheckContent(header, limits) is null;

    /// <summary>Finds the one batch. Older formats keep size and magic where the present one has them.</summary>
    static EnvelopeVerdict? Frame(ReadOnlySpan<byte> records, out int length)
    {
        length = 0;
        if (records.Length <= RecordBatchHeader.MagicAt) return Refused(ErrorCode.InvalidRecord, $"{records.Length} bytes are no record batch");
        var size = BinaryPrimitives.ReadInt32BigEndian(records[RecordBatchHeader.BatchLengthAt..]);
        if (size < SmallestOldSize) return Refused(ErrorCode.CorruptMessage, $"a record batch says that it has {size} bytes");
        var magic = (sbyte)records[RecordBatchHeader.MagicAt];
        if (magic is < 0 or > 2) return Refused(ErrorCode.CorruptMessage, $"no record batch has the magic {magic}");
        if (magic < 2) return Refused(ErrorCode.InvalidRecord, $"a message of the old magic {magic}; only record batches of magic 2 are taken");
        if (size > records.Length - RecordBatchHeader.LengthPrefix)
            return Refused(ErrorCode.InvalidRecord, $"a record batch says that it has {size + (long)RecordBatchHeader.LengthPrefix} bytes, {records.Length} were sent");
        length = size + RecordBatchHeader.LengthPrefix;
        return CheckRest(records[length..]);
    }

    /// <summary>Behind the batch there may be the beginning of one that was cut off, as Kafka allows: it is left out. A whole one, or bytes that begin none, may not be there.</summary>
    static EnvelopeVerdict? CheckRest(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < RecordBatchHeader.LengthPrefix) return null;
        var size = BinaryPrimitives.ReadInt32BigEndian(rest[RecordBatchHeader.BatchLengthAt..]);
        if (size < SmallestOldSize || (rest.Length > RecordBatchHeader.MagicAt && (sbyte)rest[RecordBatchHeader.MagicAt] is < 0 or > 2)) return Refused(ErrorCode.CorruptMessage, $"{rest.Length} bytes behind the record batch are no record batch");
        return size <= rest.Length - RecordBatchHeader.LengthPrefix ? Refused(ErrorCode.InvalidRecord, "more than one record batch for one partition") : null;
    }

    /// <summary>What can be said before the bytes are known to be undamaged: above all their size, so that no checksum is computed over what is too large anyway.</summary>
    static EnvelopeVerdict? CheckHeader(in RecordBatchHeader header, in EnvelopeLimits limits, short produceVersion)
    {
        if (header.Attributes.Codec == CompressionCodec.Zstd && produceVersion < FirstVersionWithZstd)
            return Refused(ErrorCode.UnsupportedCompressionType, $"zstd needs Produce {FirstVersionWithZstd} or later, this is {produceVersion}");
        if (header.BaseOffset != 0) return Refused(ErrorCode.InvalidRecord, $"a producer's batch begins at offset 0, this at {header.BaseOffset}");
        if (header.SizeInBytes > limits.MaxMessageBytes)
            return Refused(ErrorCode.MessageTooLarge, $"the batch has {header.SizeInBytes} bytes, max.message.bytes is {limits.MaxMessageBytes}");
        if (header.SizeInBytes > limits.SegmentBytes)
            return Refused(ErrorCode.RecordListTooLarge, $"the batch has {header.SizeInBytes} bytes, segment.bytes is {limits.SegmentBytes}");
        return null;
    }

    static EnvelopeVerdict? CheckSums(ReadOnlySpan<byte> batch) =>
        RecordBatch.HasValidCrc(batch) ? null : Refused(ErrorCode.CorruptMessage, "the batch's checksum is not that of its bytes");

    static EnvelopeVerdict? CheckContent(in RecordBatchHeader header, in EnvelopeLimits limits)
    {
        if (header.Attributes.IsControl) return Refused(ErrorCode.InvalidRecord, "a producer may not write control batches");
        if (header.ProducerId.Value < -1) return Refused(ErrorCode.InvalidRecord, $"the producer id {header.ProducerId} is below -1");
        if (header.BaseSequence < SequenceNumber.None) return Refused(ErrorCode.InvalidRecord, $"the base sequence {header.BaseSequence} is below -1");
        if (header.HasProducerId && header.ProducerEpoch.IsNone) return Refused(ErrorCode.InvalidRecord, $"producer {header.ProducerId} has the epoch {header.ProducerEpoch}");
        if (header.HasProducerId && header.BaseSequence == SequenceNumber.None) return Refused(ErrorCode.InvalidRecord, $"producer {header.ProducerId} has no base sequence");
        if (!header.HasProducerId && header.Attributes.IsTransactional) return Refused(ErrorCode.InvalidRecord, "a transactional batch without a producer id");
        if (header.Attributes.TimestampType == TimestampType.LogAppendTime && limits.TimestampType == TimestampType.LogAppendTime)
            return Refused(ErrorCode.InvalidTimestamp, "the batch says that it has been given its append time, which only the broker can do");
        return null;
    }

    static EnvelopeVerdict? CheckRecords(ReadOnlySpan<byte> batch, in RecordBatchHeader header, in EnvelopeLimits limits, Instant now)
    {
        if (RecordBatch.Validate(batch, limits.Reading, out var summary) is { } fault)
            return EnvelopeVerdict.Refused(fault.ErrorCode, fault.ToString(), fault.RecordIndex < 0 ? null : [new EnvelopeRecordError(fault.RecordIndex, fault.ToString())]);
        if (limits.Compacted && summary.FirstNullKey >= 0) return NullKeys(batch, limits);
        if (limits.TimestampType == TimestampType.LogAppendTime) return null;
        // Records of a codec that is not read here are judged by what the header says of them.
        var (oldest, newest) = summary.WasRead ? (summary.MinTimestamp, summary.MaxTimestamp) : (header.BaseTimestamp, header.MaxTimestamp);
        var window = TimestampWindow.Around(now, limits);
        return window.Contains(oldest) && window.Contains(newest) ? null : OutsideWindow(batch, header, window, limits, summary.WasRead);
    }

    static EnvelopeVerdict NullKeys(ReadOnlySpan<byte> batch, in EnvelopeLimits limits)
    {
        var errors = new List<EnvelopeRecordError>();
        using var reader = new RecordBatchReader(batch, limits.Reading);
        while (errors.Count < MostRecordErrors && reader.MoveNext())
            if (reader.KeyIsNull) errors.Add(new EnvelopeRecordError(reader.Index, "a record of a compacted topic needs a key"));
        return EnvelopeVerdict.Refused(ErrorCode.InvalidRecord, "the topic is compacted and a record has no key", errors);
    }

    /// <summary>Looks at each record. A record that says -1 has no timestamp and none to refuse, so that there may be nothing wrong after all.</summary>
    static EnvelopeVerdict? OutsideWindow(ReadOnlySpan<byte> batch, in RecordBatchHeader header, TimestampWindow window, in EnvelopeLimits limits, bool isReadable)
    {
        var message = $"a record's timestamp lies {window.Outside} (message.timestamp.before.max.ms, message.timestamp.after.max.ms)";
        // A reader of a batch that claims to have its append time shows that, not the records' own timestamps.
        if (!isReadable || header.Attributes.TimestampType == TimestampType.LogAppendTime) return Refused(ErrorCode.InvalidTimestamp, message);
        var errors = new List<EnvelopeRecordError>();
        using var reader = new RecordBatchReader(batch, limits.Reading);
        while (errors.Count < MostRecordErrors && reader.MoveNext())
            if (reader.Timestamp != NoTimestamp && !window.Contains(reader.Timestamp)) errors.Add(new EnvelopeRecordError(reader.Index, $"timestamp {reader.Timestamp} lies {window.Outside}"));
        return errors.Count == 0 ? null : EnvelopeVerdict.Refused(ErrorCode.InvalidTimestamp, message, errors);
    }

    static EnvelopeVerdict Refused(ErrorCode error, string message) => EnvelopeVerdict.Refused(error, message);

    /// <summary>Which timestamps a topic takes at one moment, both ends included.</summary>
    readonly record struct TimestampWindow(long Oldest, long Newest)
    {
        public static TimestampWindow Around(Instant now, in EnvelopeLimits limits) =>
            new(Math.Max(now.UnixMilliseconds, 0) - limits.TimestampBeforeMaxMs, limits.TimestampAfterMaxMs > long.MaxValue - now.UnixMilliseconds ? long.MaxValue : now.UnixMilliseconds + limits.TimestampAfterMaxMs);

        /// <summary>In words. Without a lower limit the oldest is some hundred million years ago, which tells nobody anything.</summary>
        public string Outside => Oldest < 0 ? $"after {Newest}" : $"outside {Oldest} to {Newest}";

        public bool Contains(long timestamp) => timestamp >= Oldest && timestamp <= Newest;
    }
}
