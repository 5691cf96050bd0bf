using System.Buffers;
using Semel.Log.Batches;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Files;

/// <summary>
/// Reads whole batches of one segment with one large read where the position is known, as it is for a consumer that goes on. Batches that this process reads for the first
/// time are verified, each by its checksum and by its place behind the one before it.
/// </summary>
sealed class LogReader
{
    const int WindowBytes = 4096;

    readonly PositionCache _positions = new();

    public void Forget() => _positions.Clear();

    /// <summary>Where to read, and the base offset of the batch that must be there.</summary>
    readonly record struct Place(int Position, long Offset, int Limit);

    /// <param name="fromOffset">Within the segment, not in a hole, and below the log's end.</param>
    /// <returns>Null when the segment has no batch at or above the offset, as one may that took the place of others.</returns>
    /// <exception cref="LogDamagedException">The batch of that offset is not there or not sound.</exception>
    /// <exception cref="Device.ReadFailedException">It cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The segment was removed meanwhile.</exception>
    public LogRead? Read(Segment segment, long fromOffset, long upToOffset, int maxBytes)
    {
        if (Locate(segment, fromOffset) is not { } place) return null;
        var size = Math.Min(Math.Max(maxBytes, WindowBytes), place.Limit - place.Position);
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            segment.Read(rented.AsSpan(0, size), place.Position);
            if (WholeFirstBatch(rented.AsSpan(0, size)) is var first && first > size && place.Position + first <= place.Limit)
            {
                ArrayPool<byte>.Shared.Return(rented);
                rented = ArrayPool<byte>.Shared.Rent(size = (int)first);
                segment.Read(rented.AsSpan(0, size), place.Position);
            }
            var length = SoundLength(segment, rented.AsSpan(0, size), place, upToOffset, maxBytes);
            if (length > 0) return LogRead.Rented(rented, 0, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
        ArrayPool<byte>.Shared.Return(rented);
        return LogRead.Empty;
    }

    static long WholeFirstBatch(ReadOnlySpan<byte> bytes) => RecordBatchHeader.TryRead(bytes, out var header) ? header.SizeInBytes : 0;

    Place? Locate(Segment segment, long offset)
    {
        var limit = segment.Published.Length;
        if (segment.Runs is not { } runs)
            return _positions.TryGet(offset, segment, out var position) ? PlaceAt(segment, position, offset, limit) : Locate(segment, offset, IndexHints.ForOffset(segment, offset, limit), due: -1, limit);
        foreach (var run in runs)
        {
            if (offset < run.StartOffset || offset >= run.EndOffset) continue;
            limit = Math.Min(limit, run.EndPosition);
            return _positions.TryGet(offset, segment, out var at) ? PlaceAt(segment, at, offset, limit) : Locate(segment, offset, run.Position, run.StartOffset, limit);
        }
        throw new LogDamagedException($"{segment.FilePath} has offset {offset} at no position that can be read");
    }

    /// <summary>Where the last read ended.</summary>
    static Place? PlaceAt(Segment segment, int position, long offset, int limit) => position >= limit && segment.Order == OffsetOrder.Rising ? null : new Place(position, offset, limit);

    /// <summary>The batch that holds the offset, or the next one where there is none.</summary>
    /// <param name="due">Where the batch is due with which the search begins; -1 when it is not known.</param>
    static Place? Locate(Segment segment, long offset, int begin, long due, int limit)
    {
        Span<byte> window = stackalloc byte[WindowBytes];
        var cursor = new HeaderCursor(segment, begin, limit, window);
        if (begin == 0) due = segment.BaseOffset;
        while (cursor.MoveNext())
        {
            if (due >= 0 && segment.Order.Fault(cursor.Header.BaseOffset, due) is { } fault) throw segment.DamagedAt(cursor.Position, fault);
            if (cursor.Header.BaseOffset > offset && segment.Order == OffsetOrder.Continuous) break;
            if (cursor.Header.NextOffset > offset) return new Place(cursor.Position, cursor.Header.BaseOffset, limit);
            due = cursor.Header.NextOffset;
        }
        if (segment.Order == OffsetOrder.Rising) return null;
        throw new LogDamagedException($"{segment.FilePath} has no batch with offset {offset}, which belongs into it: it was read up to position {cursor.NextPosition}");
    }

    /// <returns>How many of the bytes are given out: 0 when the first batch reaches the upper bound.</returns>
    int SoundLength(Segment segment, ReadOnlySpan<byte> bytes, Place place, long upToOffset, int maxBytes)
    {
        var verifiedTo = segment.VerifiedFrom(place.Position) - place.Position;
        var walk = new BatchWalk(bytes);
        var (end, next) = (0, place.Offset);
        while (walk.MoveNext())
        {
            if (walk.NextPosition > verifiedTo && Fault(walk, next, segment.Order) is { } fault)
            {
                // What lies before it is given out; the next read begins here and tells.
                if (end == 0) throw segment.DamagedAt(place.Position, fault);
                break;
            }
            if (walk.Header.NextOffset > upToOffset || (end > 0 && walk.NextPosition > maxBytes)) break;
            (end, next) = (walk.NextPosition, walk.Header.NextOffset);
        }
        if (walk.NextPosition == 0) throw segment.DamagedAt(place.Position, "no whole batch is there");
        if (end == 0) return 0;
        if (end > verifiedTo) segment.MarkVerified(place.Position, place.Position + end);
        _positions.Put(next, segment, place.Position + end);
        return end;
    }

    static string? Fault(in BatchWalk walk, long due, OffsetOrder order) => BatchFault.OfHeader(walk.Header, walk.Batch.Length, due, order) ?? BatchFault.OfBody(walk.Batch);
}
