using Semel.Log.Segments.Files;
using Semel.Log.Batches;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// Looks for a whole batch after bytes that are none. Where it is not known up to where bytes were forced, this tells damage in the middle of a log from its torn end.
/// </summary>
static class FollowingBatch
{
    const int MagicAt = 16;

    /// <param name="expectedOffset">What the bad batch should have begun with; only a batch of a later offset counts, since older ones may be what the file held before.</param>
    /// <returns>Its position; null when there is none.</returns>
    public static long? Find(Segment segment, long badPosition, long fileLength, long expectedOffset)
    {
        var rest = new byte[fileLength - badPosition];
        var length = segment.Read(rest, badPosition);
        var bytes = rest.AsSpan(0, length);
        // A bad batch whose header is sound says itself where the next one begins, and its records may hold bytes that look like a batch.
        var from = RecordBatchHeader.TryRead(bytes, out var bad) && BatchFault.OfHeader(bad, length, expectedOffset) is null ? (int)bad.SizeInBytes : 1;
        for (var at = from; at + RecordBatchHeader.Size <= length; at++)
        {
            var step = bytes[(at + MagicAt)..].IndexOf((byte)BatchFault.Magic);
            if (step < 0) return null;
            at += step;
            if (IsWhole(bytes[at..], expectedOffset)) return badPosition + at;
        }
        return null;
    }

    static bool IsWhole(ReadOnlySpan<byte> bytes, long expectedOffset) =>
        RecordBatchHeader.TryRead(bytes, out var header)
        && header.BaseOffset > expectedOffset
        && BatchFault.OfHeader(header, bytes.Length, header.BaseOffset) is null
        && BatchFault.OfBody(bytes[..(int)header.SizeInBytes]) is null;
}
