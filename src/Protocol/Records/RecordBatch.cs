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
    /// What a broker has to check of a produced batch's records, after its CRC: counts, lengths, offset deltas, headers. Compressed records are decompressed for it;
    /// those of a codec that the reader has not been given are passed over. Nothing is allocated for a sound batch that is not compressed.
    /// </summary>
    /// <param name="batch">Exactly the batch.</param>
    /// <param name="reading">How far and with what its records are opened.</param>
    /// <returns>The first thing that is wrong; null when nothing is.</returns>
    public static RecordFault? Validate(ReadOnlySpan<byte> batch, in RecordReading reading) => Validate(batch, reading, out _);

    /// <summary>The same, and what a topic's configuration may have rules about.</summary>
    /// <param name="summary">Of the records; of none when a fault is returned or the records were not looked at.</param>
    public static RecordFault? Validate(ReadOnlySpan<byte> batch, in RecordReading reading, out RecordAreaSummary summary)
    {
        summary = RecordAreaSummary.NotRead;
        // What the header says is known without opening anything.
        var fault = CheckHeader(batch, out var header);
        if (fault == RecordFaultKind.None && header.SizeInBytes != batch.Length) fault = RecordFaultKind.BatchLength;
        if (fault == RecordFaultKind.None && (header.RecordCount <= 0 || header.LastOffsetDelta != header.RecordCount - 1)) fault = RecordFaultKind.RecordCount;
        if (fault != RecordFaultKind.None) return new RecordFault(fault);
        byte[]? rented = null;
        try
        {
            return TryOpen(batch, reading, out header, out var area, out rented) switch
            {
                RecordFaultKind.None => RecordArea.Check(header, area, reading.LargestRecordBytes, out summary),
                // Records of a codec that is not read here are not this check's business.
                RecordFaultKind.UnsupportedCodec => null,
                var opening => new RecordFault(opening),
            };
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Gives a batch another codec. Everything else of it stays: its header's fields but for length, codec and CRC, and each record's bytes.</summary>
    /// <param name="batch">Begins with a sound batch.</param>
    /// <param name="codec">None leaves the records uncompressed.</param>
    /// <param name="level">Null for the codec's own default.</param>
    /// <returns>The new batch; the caller disposes it.</returns>
    /// <exception cref="RecordFormatException">The records cannot be opened.</exception>
    /// <exception cref="NotSupportedException">The codec is not among those given.</exception>
    public static PooledBytes Recompress(ReadOnlySpan<byte> batch, CompressionCodec codec, int? level, in RecordReading reading)
    {
        var compressor = codec == CompressionCodec.None ? null : reading.Codecs?.Find(codec) ?? throw new NotSupportedException($"compression codec {codec} is not among those given");
        var fault = TryOpen(batch, reading, out var header, out var area, out var rented);
        if (fault != RecordFaultKind.None) throw new RecordFormatException(new RecordFault(fault));
        var changed = new PooledBytes(RecordBatchHeader.Size + (compressor is null ? area.Length : area.Length / 2));
        try
        {
            changed.GetSpan(RecordBatchHeader.Size)[..RecordBatchHeader.Size].Clear();
            changed.Advance(RecordBatchHeader.Size);
            if (compressor is null) changed.Write(area);
            else compressor.Compress(area, level, changed);
            var bytes = changed.Written;
            header = header with { BatchLength = bytes.Length - RecordBatchHeader.LengthPrefix, Attributes = header.Attributes.With(codec) };
            header.Write(bytes);
            (header with { Crc = Crc32C.Compute(bytes[RecordBatchHeader.CrcStart..]) }).Write(bytes);
            return changed;
        }
        catch
        {
            changed.Dispose();
            throw;
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Reads the header and makes the record area readable.</summary>
    /// <param name="rented">The array that holds the area and goes back to the shared pool; null when the area is part of the batch.</param>
    internal static RecordFaultKind TryOpen(ReadOnlySpan<byte> batch, scoped in RecordReading reading, out RecordBatchHeader header, out ReadOnlySpan<byte> area, out byte[]? rented)
    {
        area = default;
        rented = null;
        if (CheckHeader(batch, out header) is not RecordFaultKind.None and var wrong) return wrong;
        area = batch[RecordBatchHeader.Size..(int)header.SizeInBytes];
        if (header.Attributes.Codec == CompressionCodec.None) return RecordFaultKind.None;
        if (!Enum.IsDefined(header.Attributes.Codec)) return RecordFaultKind.UnknownCodec;
        if (reading.Codecs?.Find(header.Attributes.Codec) is not { } codec) return RecordFaultKind.UnsupportedCodec;
        using var target = new PooledBytes(Math.Min(FirstRoom, codec.ExpectedBytes(area)), reading.DecompressedLimit);
        if (codec.Decompress(area, target) is not RecordFaultKind.None and var fault) return fault;
        rented = target.Take(out var length);
        area = rented.AsSpan(0, length);
        return RecordFaultKind.None;
    }

    /// <summary>No more is taken before something came out.</summary>
    const long FirstRoom = 1 << 20;

    static RecordFaultKind CheckHeader(ReadOnlySpan<byte> batch, out RecordBatchHeader header)
    {
        if (!RecordBatchHeader.TryRead(batch, out header)) return RecordFaultKind.BatchLength;
        if (header.Magic != 2) return RecordFaultKind.Magic;
        return header.SizeInBytes < RecordBatchHeader.Size || header.SizeInBytes > batch.Length ? RecordFaultKind.BatchLength : RecordFaultKind.None;
    }
}
