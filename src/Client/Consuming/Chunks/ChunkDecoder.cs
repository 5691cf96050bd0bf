using System.Runtime.InteropServices;
using Semel.Client.Configuration;
using Semel.Codecs;
using Semel.Protocol.Records;

namespace Semel.Client.Consuming.Chunks;

/// <summary>
/// Turns fetched bytes into a table of records: checks each batch, leaves out what is not for the application, decompresses the rest. Ends
/// at the first thing that cannot be read, with everything before it in the table; and before a compressed batch for which there is no memory, or when as much is
/// decompressed as a chunk of uncompressed records may have. Without state of its own.
/// </summary>
internal static class ChunkDecoder
{
    /// <param name="granted">How many bytes of the memory are taken for this already: at least what is expected of the first batch, which so is decoded in any case.</param>
    /// <returns>What was decoded, and what is left of the chunk; null when nothing is.</returns>
    public static (DecodedChunk Decoded, FetchedChunk? Left) Decode(FetchedChunk fetched, ConsumerOptions options, FetchMemory memory, long granted)
    {
        var chunk = new DecodedChunk(fetched.Feed, fetched.Epoch, memory, granted) { NextOffset = fetched.FetchOffset, Ending = fetched.Ending };
        FetchedChunk? rest = null;
        var isFrameUsed = false;
        try
        {
            if (!fetched.Records.IsEmpty) rest = DecodeBatches(fetched, chunk, options, ref isFrameUsed);
        }
        catch (RecordFormatException failure)
        {
            chunk.Ending = Damaged(fetched.Feed.Position.Partition, chunk.NextOffset, failure.Message);
        }
        catch
        {
            chunk.Release();
            throw;
        }
        chunk.EndFilling();
        chunk.FetchedBytes = fetched.Records.Length - (rest?.Records.Length ?? 0);
        if (isFrameUsed)
        {
            if (rest is not null) fetched.Frame!.Hold();
            chunk.Own(fetched.Frame!);
        }
        // Decompressed records have memory of their own: what they came from is not needed any more.
        else if (rest is null) fetched.Frame?.Release();
        return (chunk, rest);
    }

    /// <returns>What is left to decode when there is memory again.</returns>
    static FetchedChunk? DecodeBatches(FetchedChunk fetched, DecodedChunk chunk, ConsumerOptions options, ref bool isFrameUsed)
    {
        var partition = fetched.Feed.Position.Partition;
        var filter = fetched.Filter ?? (fetched.Aborted.Count > 0 ? new ReadCommittedFilter(fetched.Aborted) : null);
        var end = fetched.AfterOffset;
        var batches = RecordBatches.Split(fetched.Records);
        for (var here = fetched.Records; batches.MoveNext(); here = batches.Rest)
        {
            var batch = batches.Current;
            var header = batch.Header;
            var before = end;
            if (!FetchedRange.CanFollow(header, end))
            {
                chunk.Ending = Damaged(partition, chunk.NextOffset, $"a batch with base offset {header.BaseOffset} and last offset delta {header.LastOffsetDelta} cannot follow offset {end}");
                return null;
            }
            end = header.NextOffset;
            if (end <= chunk.NextOffset) continue;
            if (options.CheckCrcs && !RecordBatch.HasValidCrc(batch.Bytes.Span))
            {
                chunk.Ending = Damaged(partition, chunk.NextOffset, $"its CRC is not the {header.Crc:x8} of its header");
                return null;
            }
            if (Judge(filter, header, batch.Bytes.Span) == BatchVerdict.Deliver)
            {
                if (header.Attributes.Codec != CompressionCodec.None && !HasRoom(batch, chunk, options))
                {
                    chunk.Ending = ChunkEnding.None;
                    return fetched with { Records = here, FetchOffset = chunk.NextOffset, AfterOffset = before, Filter = filter };
                }
                if (!TryAdd(batch, chunk, options, ref isFrameUsed)) return null;
            }
            chunk.NextOffset = end;
        }
        return null;
    }

    static bool HasRoom(in BatchSlice batch, DecodedChunk chunk, ConsumerOptions options)
    {
        if (chunk.DecompressedBytes > 0 && chunk.DecompressedBytes >= options.PartitionFetchMaxBytes) return false;
        return chunk.TryTake(DecompressedBatch.ExpectedBytes(batch.Bytes.Span, CodecTable.All));
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
            var decompressed = new DecompressedBatch(batch.Bytes, new RecordReading(CodecTable.All, options.DecompressedBatchMaxBytes));
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
            RecordFaultKind.UnknownCodec => ChunkEnding.Of(Fault(ConsumeFault.UnsupportedCodec, ErrorCode.UnsupportedCompressionType,
                $"the batch at offset {chunk.NextOffset} of {partition} says it is compressed with codec {(int)header.Attributes.Codec}, which Kafka does not have. Seek past offset {header.LastOffset} to go on without its records")),
            // Fetching it again would only decompress it again.
            RecordFaultKind.DecompressedSize => ChunkEnding.Of(Fault(ConsumeFault.CorruptRecord, ErrorCode.CorruptMessage,
                $"the batch at offset {chunk.NextOffset} of {partition} is larger than max.decompressed.batch.bytes={options.DecompressedBatchMaxBytes} when decompressed. Raise that, or seek past offset {header.LastOffset}")),
            _ => Damaged(partition, chunk.NextOffset, failure.Message),
        };
    }

    static ChunkEnding Damaged(TopicPartition partition, long offset, string reason) =>
        ChunkEnding.Damaged(offset, $"the batch at offset {offset} of {partition} is damaged: {reason}");
}
