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
    const int MagicAt = 16;
    const int WindowBytes = 1 << 20;

    /// <param name="expectedOffset">What the bad batch should have begun with; only a batch of a later offset counts, since older ones may be what the file held before.</param>
    /// <returns>Its position; null when there is none.</returns>
    public static long? Find(ReadAt read, long badPosition, long fileLength, long expectedOffset)
    {
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            // A bad batch whose header is sound says itself where the next one begins, and its records may hold bytes that look like a batch.
            var length = read(window.AsSpan(0, RecordBatchHeader.Size), badPosition);
            var hasSoundHeader = RecordBatchHeader.TryRead(window.AsSpan(0, length), out var bad) && BatchFault.OfHeader(bad, fileLength - badPosition, expectedOffset) is null;
            var position = badPosition + (hasSoundHeader ? bad.SizeInBytes : 1);
            while (position + RecordBatchHeader.Size <= fileLength)
            {
                length = read(window.AsSpan(0, WindowBytes), position);
                if (FindIn(read, window.AsSpan(0, length), position, fileLength, expectedOffset) is { } found) return found;
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

    static long? FindIn(ReadAt read, ReadOnlySpan<byte> window, long position, long fileLength, long expectedOffset)
    {
        for (var at = 0; at + RecordBatchHeader.Size <= window.Length; at++)
        {
            var step = window[(at + MagicAt)..].IndexOf((byte)BatchFault.Magic);
            if (step < 0) return null;
            at += step;
            if (RecordBatchHeader.TryRead(window[at..], out var header) && header.BaseOffset > expectedOffset
                && BatchFault.OfHeader(header, fileLength - position - at, header.BaseOffset) is null && IsSound(read, position + at, (int)header.SizeInBytes)) return position + at;
        }
        return null;
    }

    static bool IsSound(ReadAt read, long position, int size)
    {
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
}
