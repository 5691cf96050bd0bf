using System.Buffers;
using Semel.Log.Batches;
using Semel.Log.Segments.Files;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Recovery;

/// <summary>Where a scan ended.</summary>
/// <param name="Position">After the last sound batch.</param>
/// <param name="Fault">What is wrong there; null at the end of the file.</param>
/// <param name="ScannedBytes">Bytes whose checksums were verified.</param>
/// <param name="IsUnreadable">The device does not give what is there: nobody knows what it is.</param>
readonly record struct ScanEnd(int Position, long Offset, string? Fault, long ScannedBytes, bool IsUnreadable = false);

/// <summary>What is done with each sound batch of a scan.</summary>
delegate void SoundBatch(int position, in RecordBatchHeader header, ReadOnlySpan<byte> batch);

/// <summary>Verifies batches of a segment one by one with large reads in order.</summary>
static class SegmentScan
{
    const int ReadBytes = 4 << 20;

    /// <summary>Goes on from what is published of the segment, publishes every sound batch, and makes the indexes in the same pass.</summary>
    /// <exception cref="Device.ReadFailedException">The device does not give what the file has.</exception>
    public static ScanEnd Run(Segment segment, long fileLength, int indexInterval)
    {
        var start = segment.Published;
        return Run(Read, start.Length, start.EndOffset, segment.Order, fileLength, Publish);

        int Read(Span<byte> bytes, long position)
        {
            segment.Read(bytes, position);
            return bytes.Length;
        }

        void Publish(int position, in RecordBatchHeader header, ReadOnlySpan<byte> batch)
        {
            if (position == 0) segment.LearnHead(batch);
            segment.Publish(header, indexInterval);
        }
    }

    /// <param name="position">Where the first batch begins.</param>
    /// <param name="offset">Where it is due.</param>
    public static ScanEnd Run(ReadAt read, int position, long offset, OffsetOrder order, long fileLength, SoundBatch found)
    {
        var start = position;
        long windowStart = position;
        var windowLength = 0;
        var window = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(fileLength - position, RecordBatchHeader.Size, ReadBytes));
        try
        {
            string? fault = null;
            while (position < fileLength)
            {
                if (!Holds(RecordBatchHeader.Size)) Refill(RecordBatchHeader.Size);
                if (!RecordBatchHeader.TryRead(At(), out var header))
                {
                    fault = BatchFault.NoHeader(fileLength - position);
                    break;
                }
                fault = BatchFault.OfHeader(header, fileLength - position, offset, order);
                if (fault is not null) break;
                if (!Holds(header.SizeInBytes)) Refill((int)header.SizeInBytes);
                fault = At().Length < header.SizeInBytes ? BatchFault.NotWhole : BatchFault.OfBody(At()[..(int)header.SizeInBytes]);
                if (fault is not null) break;
                found(position, header, At()[..(int)header.SizeInBytes]);
                position += (int)header.SizeInBytes;
                offset = header.NextOffset;
            }
            return new ScanEnd(position, offset, fault, position - start);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }

        bool Holds(long size) => position - windowStart + size <= windowLength;

        ReadOnlySpan<byte> At() => window.AsSpan((int)(position - windowStart)..windowLength);

        void Refill(int needed)
        {
            if (needed > window.Length)
            {
                ArrayPool<byte>.Shared.Return(window);
                window = ArrayPool<byte>.Shared.Rent(needed);
            }
            windowStart = position;
            windowLength = read(window.AsSpan(0, (int)Math.Min(window.Length, fileLength - position)), position);
        }
    }
}
