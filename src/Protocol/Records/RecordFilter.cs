using System.Buffers;

namespace Semel.Protocol.Records;

/// <summary>
/// Takes records out of a batch. The others keep their bytes, and so their offsets and timestamps; the batch keeps its range of offsets, its producer and its sequence, as everything has to be told
/// of it that was true before.
/// </summary>
public static class RecordFilter
{
    /// <param name="batch">Exactly one sound batch, of a codec that can be read, which it keeps.</param>
    /// <param name="isKept">For each record in order. With none the batch is as Kafka leaves an emptied one: a header alone.</param>
    /// <param name="codecs">For compressed batches.</param>
    /// <returns>A new batch with a right CRC. Its largest timestamp is that of the records that are left; where there are none, or the broker gave the timestamp, it stays.</returns>
    /// <exception cref="RecordFormatException">The records cannot be read, or are not as many as there are answers.</exception>
    public static byte[] Keep(ReadOnlySpan<byte> batch, ReadOnlySpan<bool> isKept, IRecordCodecs? codecs)
    {
        var fault = RecordBatch.TryOpen(batch, new RecordReading(codecs), out var header, out var area, out var rented);
        if (fault != RecordFaultKind.None) throw new RecordFormatException(new RecordFault(fault));
        var room = ArrayPool<byte>.Shared.Rent(area.Length);
        try
        {
            var (length, count, largest) = Copy(header, area, isKept, room);
            return Assemble(header, room.AsSpan(0, length), codecs, count, count == 0 || header.Attributes.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : largest);
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

    static byte[] Assemble(in RecordBatchHeader header, ReadOnlySpan<byte> records, IRecordCodecs? codecs, int count, long largest)
    {
        using var batch = new PooledBytes(records.Length, room: RecordBatchHeader.Size);
        // Nothing is compressed to nothing: readers of an empty batch do not ask for its codec.
        if (header.Attributes.Codec == CompressionCodec.None || count == 0) batch.Write(records);
        else codecs!.Find(header.Attributes.Codec)!.Compress(records, level: null, batch);
        return Stamp(header, [.. new byte[RecordBatchHeader.Size], .. batch.Written], count, largest);
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
