using System.Buffers;
using Semel.Log.Batches;
using Semel.Log.Segments.Files;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Recovery;

/// <summary>Where a scan ended.</summary>
/// <param name="Position">After the last sound batch.</param>
/// <param name="Fault">What is wrong there; null at the end of the file.</param>
/// <param name="ScannedBytes">Bytes whose checksums were verified.</param>
readonly record struct ScanEnd(int Position, long Offset, string? Fault, long ScannedBytes);

/// <summary>Verifies a segment batch by batch with large reads in order, and makes its indexes in the same pass.</summary>
static class SegmentScan
{
    const int ReadBytes = 4 << 20;

    /// <summary>Goes on from what is published of the segment and publishes every sound batch.</summary>
    public static ScanEnd Run(Segment segment, long fileLength, int indexInterval)
    {
        var start = segment.Published;
        long position = start.Length, windowStart = position;
        var offset = start.EndOffset;
        var windowLength = 0;
        var window = ArrayPool<byte>.Shared.Rent((int)Math.Min(ReadBytes, Math.Max(RecordBatchHeader.Size, fileLength - position)));
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
                fault = BatchFault.OfHeader(header, fileLength - position, offset);
                if (fault is not null) break;
                if (!Holds(header.SizeInBytes)) Refill((int)header.SizeInBytes);
                fault = At().Length < header.SizeInBytes ? BatchFault.NotWhole : BatchFault.OfBody(At()[..(int)header.SizeInBytes]);
                if (fault is not null) break;
                segment.Publish(header, indexInterval);
                position += header.SizeInBytes;
                offset = header.NextOffset;
            }
            return new ScanEnd((int)position, offset, fault, position - start.Length);
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
            windowLength = segment.Read(window.AsSpan(0, (int)Math.Min(window.Length, fileLength - position)), position);
        }
    }
}
