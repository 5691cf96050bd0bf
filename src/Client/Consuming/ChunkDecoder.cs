using System.Runtime.InteropServices;
using Semel.Protocol.Records;

namespace Semel.Client.Consuming;

/// <summary>
/// Turns fetched bytes into a table of records: checks each batch, leaves out what is not for the application, decompresses the rest. Ends
/// at the first thing that cannot be read, with everything before it in the table. Without state of its own.
/// </summary>
internal static class ChunkDecoder
{
    /// <param name="released">Told how many decompressed bytes were let go.</param>
    public static DecodedChunk Decode(FetchedChunk fetched, ConsumerOptions options, Action<long> released)
    {
        var chunk = new DecodedChunk(fetched.Feed, fetched.Epoch, released) { NextOffset = fetched.FetchOffset, Ending = fetched.Ending, FetchedBytes = fetched.Records.Length };
        var isFrameUsed = false;
        try
        {
            if (!fetched.Records.IsEmpty) DecodeBatches(fetched, chunk, options, ref isFrameUsed);
        }
        catch (RecordFormatException failure)
        {
            chunk.Ending = Damaged(fetched.Feed.Position.Partition, chunk.NextOffset, failure.Message);
        }
        // Decompressed records have memory of their own: what they came from is not needed any more.
        if (isFrameUsed) chunk.Own(fetched.Frame!);
        else fetched.Frame?.Release();
        return chunk;
    }

    static void DecodeBatches(FetchedChunk fetched, DecodedChunk chunk, ConsumerOptions options, ref bool isFrameUsed)
    {
        var partition = fetched.Feed.Position.Partition;
        var filter = fetched.Aborted.Count > 0 ? new ReadCommittedFilter(fetched.Aborted) : null;
        var end = 0L;
        foreach (var batch in RecordBatches.Split(fetched.Records))
        {
            var header = batch.Header;
            if (!FetchedRange.CanFollow(header, end))
            {
                chunk.Ending = Damaged(partition, chunk.NextOffset, $"a batch with base offset {header.BaseOffset} and last offset delta {header.LastOffsetDelta} cannot follow offset {end}");
                return;
            }
            end = header.NextOffset;
            if (end <= chunk.NextOffset) continue;
            if (options.CheckCrcs && !RecordBatch.HasValidCrc(batch.Bytes.Span))
            {
                chunk.Ending = Damaged(partition, chunk.NextOffset, $"its CRC is not the {header.Crc:x8} of its header");
                return;
            }
            if (Judge(filter, header, batch.Bytes.Span) == BatchVerdict.Deliver && !TryAdd(batch, chunk, options, ref isFrameUsed)) return;
            chunk.NextOffset = end;
        }
    }

    static BatchVerdict Judge(ReadCommittedFilter? filter, in RecordBatchHeader header, ReadOnlySpan<byte> batch) =>
        filter is not null ? filter.Judge(header, batch) : header.Attributes.IsControl ? BatchVerdict.Control : BatchVerdict.Deliver;

    /// <summary>Adds the records from the position on.</summary>
    /// <returns>False when the batch cannot be read; the chunk's ending says why.</returns>
    static bool TryAdd(in BatchSlice batch, DecodedChunk chunk, ConsumerOptions options, ref bool isFrameUsed)
    {
        var before = chunk.Count;
        try
        {
            if (batch.Header.Attributes.Codec == CompressionCodec.None)
            {
                isFrameUsed = true;
                AddRecords(batch.Header, batch.Bytes[RecordBatchHeader.Size..], chunk);
                return true;
            }
            var decompressed = new DecompressedBatch(batch.Bytes, options.DecompressedBatchMaxBytes);
            chunk.Own(decompressed);
            AddRecords(batch.Header, decompressed.Area, chunk);
            return true;
        }
        catch (RecordFormatException failure)
        {
            chunk.RemoveFrom(before);
            chunk.Ending = Ending(failure, batch.Header, chunk, options);
            return false;
        }
    }

    static void AddRecords(in RecordBatchHeader header, ReadOnlyMemory<byte> area, DecodedChunk chunk)
    {
        MemoryMarshal.TryGetArray(area, out var array);
        // Each record takes at least seven bytes, so a count that lies cannot make the table larger than the data.
        var batch = chunk.AddBatch(new BatchMemory(array.Array!, header.LeaderEpoch, header.Attributes.TimestampType), Math.Min(header.RecordCount, area.Length / 7));
        var from = chunk.NextOffset;
        var last = -1;
        var records = new RecordEnumerator(header, area.Span);
        while (records.MoveNext())
        {
            if (records.OffsetDelta <= last || records.OffsetDelta > header.LastOffsetDelta) throw new RecordFormatException(new RecordFault(RecordFaultKind.OffsetDelta, records.Index));
            last = records.OffsetDelta;
            if (records.Offset < from) continue;
            ref var entry = ref chunk.Add();
            entry.Offset = records.Offset;
            entry.Timestamp = records.Timestamp;
            entry.KeyAt = array.Offset + records.KeyAt;
            entry.KeyLength = records.KeyIsNull ? -1 : records.Key.Length;
            entry.ValueAt = array.Offset + records.ValueAt;
            entry.ValueLength = records.ValueIsNull ? -1 : records.Value.Length;
            entry.HeadersAt = array.Offset + records.HeadersAt;
            entry.HeadersLength = records.HeadersLength;
            entry.HeaderCount = records.HeaderCount;
            entry.Batch = batch;
        }
    }

    static ChunkEnding Ending(RecordFormatException failure, in RecordBatchHeader header, DecodedChunk chunk, ConsumerOptions options)
    {
        var partition = chunk.Feed.Position.Partition;
        PartitionFault Fault(ConsumeFault kind, ErrorCode code, string reason) => new(kind, partition, chunk.NextOffset, null, code, reason);
        return failure.Fault.Kind switch
        {
            RecordFaultKind.UnsupportedCodec => ChunkEnding.Of(Fault(ConsumeFault.UnsupportedCodec, ErrorCode.UnsupportedCompressionType,
                $"the batch at offset {chunk.NextOffset} of {partition} is compressed with {header.Attributes.Codec.ToString().ToLowerInvariant()}, which this client does not support yet (it reads none and gzip). Seek past offset {header.LastOffset} to go on without its records")),
            RecordFaultKind.UnknownCodec => ChunkEnding.Of(Fault(ConsumeFault.UnsupportedCodec, ErrorCode.UnsupportedCompressionType,
                $"the batch at offset {chunk.NextOffset} of {partition} says it is compressed with codec {(int)header.Attributes.Codec}, which Kafka does not have")),
            // Fetching it again would only decompress it again.
            RecordFaultKind.DecompressedSize => ChunkEnding.Of(Fault(ConsumeFault.CorruptRecord, ErrorCode.CorruptMessage,
                $"the batch at offset {chunk.NextOffset} of {partition} is larger than max.decompressed.batch.bytes={options.DecompressedBatchMaxBytes} when decompressed. Raise that, or seek past offset {header.LastOffset}")),
            _ => Damaged(partition, chunk.NextOffset, failure.Message),
        };
    }

    static ChunkEnding Damaged(TopicPartition partition, long offset, string reason) =>
        ChunkEnding.Damaged(offset, $"the batch at offset {offset} of {partition} is damaged: {reason}");
}
