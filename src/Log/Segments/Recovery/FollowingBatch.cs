using System.Buffers;
using Semel.Log.Batches;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Recovery;

/// <summary>Reads bytes of a file at a position; fewer than asked at its end.</summary>
delegate int ReadAt(Span<byte> bytes, long position);

/// <summary>
/// Looks for a whole batch after bytes that are none. Where it is not known up to where bytes were forced, this tells damage in the middle of a log from its torn end.
/// </summary>
static class FollowingBatch
{
    const int WindowBytes = 1 << 20;

    /// <param name="expectedOffset">What the bad batch should have begun with; only a batch of a later offset counts, since older ones may be what the file held before.</param>
    /// <param name="order">How batches follow each other there.</param>
    /// <returns>Its position; null when there is none.</returns>
    public static long? Find(ReadAt read, long badPosition, long fileLength, long expectedOffset, OffsetOrder order)
    {
        var file = new Bytes(read, fileLength, order);
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            // Records of the bad batch may hold bytes that look like a batch. If its header is sound it says where they end.
            var recordsEnd = file.HeaderAt(badPosition) is { } bad && BatchFault.OfHeader(bad, fileLength - badPosition) is null ? badPosition + bad.SizeInBytes : badPosition;
            for (var position = badPosition + 1; position + RecordBatchHeader.Size <= fileLength;)
            {
                var length = read(window.AsSpan(0, WindowBytes), position);
                if (FindIn(file, window.AsSpan(0, length), position, recordsEnd, expectedOffset) is { } found) return found;
                // The last bytes may be the beginning of a header.
                position += Math.Max(1, length - RecordBatchHeader.Size + 1);
            }
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    static long? FindIn(in Bytes file, ReadOnlySpan<byte> window, long position, long recordsEnd, long expectedOffset)
    {
        for (var at = 0; at + RecordBatchHeader.Size <= window.Length; at++)
        {
            var step = window[(at + RecordBatchHeader.MagicAt)..].IndexOf((byte)BatchFault.Magic);
            if (step < 0) return null;
            at += step;
            if (RecordBatchHeader.TryRead(window[at..], out var header) && header.BaseOffset > expectedOffset && file.IsSound(position + at, header)
                && (position + at >= recordsEnd || file.LeadsBeyond(position + at, recordsEnd))) return position + at;
        }
        return null;
    }

    readonly struct Bytes(ReadAt read, long length, OffsetOrder order)
    {
        public RecordBatchHeader? HeaderAt(long position)
        {
            Span<byte> bytes = stackalloc byte[RecordBatchHeader.Size];
            return RecordBatchHeader.TryRead(bytes[..read(bytes, position)], out var header) ? header : null;
        }

        public bool IsSound(long position, in RecordBatchHeader header)
        {
            if (BatchFault.OfHeader(header, length - position) is not null) return false;
            var size = (int)header.SizeInBytes;
            var batch = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                return read(batch.AsSpan(0, size), position) == size && BatchFault.OfBody(batch.AsSpan(0, size)) is null;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(batch);
            }
        }

        /// <summary>
        /// Whether whole batches follow each other from here past the end that the bad batch gives, or to the end of the file: then that end is wrong. Bytes within a
        /// record do neither, because a record ends with the count of its headers.
        /// </summary>
        public bool LeadsBeyond(long position, long recordsEnd)
        {
            var next = -1L;
            while (HeaderAt(position) is { } header && (next < 0 || order.Allows(header.BaseOffset, next)) && IsSound(position, header))
            {
                position += header.SizeInBytes;
                next = header.NextOffset;
                if (position > recordsEnd) return true;
            }
            return position == length;
        }
    }
}
