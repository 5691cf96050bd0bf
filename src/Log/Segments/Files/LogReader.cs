using System.Buffers;
using Semel.Log.Batches;

namespace Semel.Log.Segments.Files;

/// <summary>Reads whole batches of one segment with one large read where the position is known, as it is for a consumer that goes on.</summary>
sealed class LogReader
{
    const int WindowBytes = 4096;

    readonly PositionCache _positions = new();

    public void Forget() => _positions.Clear();

    /// <param name="fromOffset">Within the segment, and below the log's end.</param>
    /// <exception cref="ObjectDisposedException">The segment was removed meanwhile.</exception>
    public LogRead Read(Segment segment, long fromOffset, long upToOffset, int maxBytes)
    {
        var limit = segment.Published.Length;
        if (!_positions.TryGet(fromOffset, segment, out var position)) position = Locate(segment, fromOffset, limit);
        var size = Math.Min(Math.Max(maxBytes, WindowBytes), limit - position);
        var rented = ArrayPool<byte>.Shared.Rent(size);
        var length = segment.Read(rented.AsSpan(0, size), position);
        if (WholeFirstBatch(rented.AsSpan(0, length)) is var first && first > length && position + first <= limit)
        {
            ArrayPool<byte>.Shared.Return(rented);
            rented = ArrayPool<byte>.Shared.Rent((int)first);
            length = segment.Read(rented.AsSpan(0, (int)first), position);
        }
        return Trim(segment, rented, length, position, upToOffset, maxBytes);
    }

    static long WholeFirstBatch(ReadOnlySpan<byte> bytes) => Protocol.Records.RecordBatchHeader.TryRead(bytes, out var header) ? header.SizeInBytes : 0;

    /// <summary>The position of the batch that holds the offset.</summary>
    static int Locate(Segment segment, long offset, int limit)
    {
        Span<byte> window = stackalloc byte[WindowBytes];
        var cursor = new HeaderCursor(segment, IndexHints.ForOffset(segment, offset, limit), limit, window);
        while (cursor.MoveNext())
        {
            if (cursor.Header.NextOffset > offset) return cursor.Position;
        }
        throw new LogDamagedException($"{segment.FilePath} ends at position {limit} before offset {offset}, which belongs into it");
    }

    LogRead Trim(Segment segment, byte[] rented, int length, int position, long upToOffset, int maxBytes)
    {
        var walk = new BatchWalk(rented.AsSpan(0, length));
        var (end, next) = (0, -1L);
        while (walk.MoveNext() && walk.Header.NextOffset <= upToOffset && (end == 0 || walk.NextPosition <= maxBytes)) (end, next) = (walk.NextPosition, walk.Header.NextOffset);
        if (end == 0)
        {
            ArrayPool<byte>.Shared.Return(rented);
            return LogRead.Empty;
        }
        _positions.Put(next, segment, position + end);
        return LogRead.Rented(rented, 0, end);
    }
}
