using System.Buffers;
using System.Buffers.Binary;

namespace Semel.Protocol.Records;

/// <summary>What is done to one whole batch of magic 2 in place.</summary>
public static class RecordBatch
{
    /// <summary>Whether the CRC in the header is that of the bytes after it. The span is exactly the batch.</summary>
    public static bool HasValidCrc(ReadOnlySpan<byte> batch) =>
        batch.Length >= RecordBatchHeader.Size && BinaryPrimitives.ReadUInt32BigEndian(batch[RecordBatchHeader.CrcAt..]) == Crc32C.Compute(batch[RecordBatchHeader.CrcStart..]);

    /// <summary>Marks the batch as timestamped by the broker: attributes bit 3, the largest timestamp, and the CRC anew. Each record then reports this timestamp.</summary>
    /// <param name="timestamp">Milliseconds since 1970.</param>
    public static void RestampLogAppendTime(Span<byte> batch, long timestamp) => Restamp(batch, TimestampType.LogAppendTime, timestamp);

    /// <summary>
    /// Changes whose timestamp counts and the largest timestamp. The CRC is carried over by what changed, in the time that the header takes and not
    /// the batch: one that was right stays right, one that was wrong stays wrong, so damage is never covered up.
    /// </summary>
    /// <param name="maxTimestamp">Milliseconds since 1970.</param>
    public static void Restamp(Span<byte> batch, TimestampType timestampType, long maxTimestamp)
    {
        var checkedHeader = batch[RecordBatchHeader.CrcStart..RecordBatchHeader.Size];
        var before = Crc32C.Compute(checkedHeader);
        var attributes = new BatchAttributes(BinaryPrimitives.ReadInt16BigEndian(batch[RecordBatchHeader.AttributesAt..])).With(timestampType);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatchHeader.AttributesAt..], attributes.Bits);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchHeader.MaxTimestampAt..], maxTimestamp);
        // The CRC is linear: what the header's change does to it is the difference of the header's CRCs moved over the records.
        var difference = Crc32C.Combine(before ^ Crc32C.Compute(checkedHeader), 0, batch.Length - RecordBatchHeader.Size);
        BinaryPrimitives.WriteUInt32BigEndian(batch[RecordBatchHeader.CrcAt..], BinaryPrimitives.ReadUInt32BigEndian(batch[RecordBatchHeader.CrcAt..]) ^ difference);
    }

    /// <summary>
    /// What a broker has to check of a produced batch's records, after its CRC: counts, lengths, offset deltas, headers. Gzip is decompressed for it;
    /// the other compressed codecs are stored as they came. Nothing is allocated for a sound batch that is not compressed.
    /// </summary>
    /// <param name="batch">Exactly the batch.</param>
    /// <param name="decompressedLimit">In bytes.</param>
    /// <returns>The first thing that is wrong; null when nothing is.</returns>
    public static RecordFault? Validate(ReadOnlySpan<byte> batch, int decompressedLimit) => Validate(batch, decompressedLimit, out _);

    /// <summary>The same, and what a topic's configuration may have rules about.</summary>
    /// <param name="summary">Of the records; of none when a fault is returned or the records were not looked at.</param>
    public static RecordFault? Validate(ReadOnlySpan<byte> batch, int decompressedLimit, out RecordAreaSummary summary)
    {
        summary = RecordAreaSummary.NotRead;
        byte[]? rented = null;
        try
        {
            var fault = TryOpen(batch, decompressedLimit, out var header, out var area, out rented);
            // Records of a codec that is not read here are not this check's business; the header still is.
            if (fault is not (RecordFaultKind.None or RecordFaultKind.UnsupportedCodec)) return new RecordFault(fault);
            if (header.SizeInBytes != batch.Length) return new RecordFault(RecordFaultKind.BatchLength);
            if (header.RecordCount <= 0 || header.LastOffsetDelta != header.RecordCount - 1) return new RecordFault(RecordFaultKind.RecordCount);
            return fault == RecordFaultKind.None ? RecordArea.Check(header, area, out summary) : null;
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Reads the header and makes the record area readable.</summary>
    /// <param name="rented">The array that holds the area and goes back to the shared pool; null when the area is part of the batch.</param>
    internal static RecordFaultKind TryOpen(ReadOnlySpan<byte> batch, int decompressedLimit, out RecordBatchHeader header, out ReadOnlySpan<byte> area, out byte[]? rented)
    {
        area = default;
        rented = null;
        if (!RecordBatchHeader.TryRead(batch, out header)) return RecordFaultKind.BatchLength;
        if (header.Magic != 2) return RecordFaultKind.Magic;
        if (header.SizeInBytes < RecordBatchHeader.Size || header.SizeInBytes > batch.Length) return RecordFaultKind.BatchLength;
        area = batch[RecordBatchHeader.Size..(int)header.SizeInBytes];
        switch (header.Attributes.Codec)
        {
            case CompressionCodec.None:
                return RecordFaultKind.None;
            case CompressionCodec.Gzip:
                var fault = GzipBlock.TryDecompress(area, decompressedLimit, out var buffer, out var length);
                if (fault != RecordFaultKind.None) return fault;
                rented = buffer;
                area = buffer.AsSpan(0, length);
                return RecordFaultKind.None;
            case CompressionCodec.Snappy or CompressionCodec.Lz4 or CompressionCodec.Zstd:
                return RecordFaultKind.UnsupportedCodec;
            default:
                return RecordFaultKind.UnknownCodec;
        }
    }
}
