using System.Buffers;

namespace Semel.Protocol.Records;

/// <summary>
/// Takes records out of a batch. The others keep their bytes, and so their offsets and timestamps; the batch keeps its range of offsets, its producer and its sequence, as everything has to be told
/// of it that was true before.
/// </summary>
public static class RecordFilter
{
    const int GzipLevel = -1;

    /// <param name="batch">Exactly one sound batch, of a codec that can be read (none or gzip, which it keeps).</param>
    /// <param name="isKept">For each record in order. With none the batch is as Kafka leaves an emptied one: a header alone.</param>
    /// <returns>A new batch with a right CRC. Its largest timestamp is that of the records that are left; where there are none, or the broker gave the timestamp, it stays.</returns>
    /// <exception cref="RecordFormatException">The records cannot be read, or are not as many as there are answers.</exception>
    public static byte[] Keep(ReadOnlySpan<byte> batch, ReadOnlySpan<bool> isKept)
    {
        var fault = RecordBatch.TryOpen(batch, RecordBatchReader.DefaultDecompressedLimit, out var header, out var area, out var rented);
        if (fault != RecordFaultKind.None) throw new RecordFormatException(new RecordFault(fault));
        var room = ArrayPool<byte>.Shared.Rent(area.Length);
        try
        {
            var (length, count, largest) = Copy(header, area, isKept, room);
            return Assemble(header, room.AsSpan(0, length), count, count == 0 || header.Attributes.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : largest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    static (int Length, int Count, long Largest) Copy(in RecordBatchHeader header, ReadOnlySpan<byte> area, ReadOnlySpan<bool> isKept, Span<byte> room)
    {
        if (header.RecordCount != isKept.Length) throw new RecordFormatException(new RecordFault(RecordFaultKind.RecordCount));
        var records = new RecordEnumerator(header, area);
        var (start, length, count, largest) = (0, 0, 0, -1L);
        while (records.MoveNext())
        {
            var end = records.HeadersAt + records.HeadersLength;
            if (isKept[records.Index])
            {
                area[start..end].CopyTo(room[length..]);
                length += end - start;
                largest = count++ == 0 ? records.Timestamp : Math.Max(largest, records.Timestamp);
            }
            start = end;
        }
        return (length, count, largest);
    }

    static byte[] Assemble(in RecordBatchHeader header, ReadOnlySpan<byte> records, int count, long largest)
    {
        // Nothing is compressed to nothing: readers of an empty batch do not ask for its codec.
        if (header.Attributes.Codec != CompressionCodec.Gzip || count == 0) return Stamp(header, [.. new byte[RecordBatchHeader.Size], .. records], count, largest);
        var (compressed, length) = GzipBlock.Compress(records, GzipLevel, RecordBatchHeader.Size);
        try
        {
            return Stamp(header, compressed.AsSpan(0, length).ToArray(), count, largest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    static byte[] Stamp(in RecordBatchHeader header, byte[] batch, int count, long largest)
    {
        var attributes = count > 0 ? header.Attributes : BatchAttributes.Of(CompressionCodec.None, header.Attributes.TimestampType, header.Attributes.IsTransactional, header.Attributes.IsControl);
        var changed = header with { BatchLength = batch.Length - RecordBatchHeader.LengthPrefix, RecordCount = count, MaxTimestamp = largest, Attributes = attributes };
        changed.Write(batch);
        (changed with { Crc = Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)) }).Write(batch);
        return batch;
    }
}
