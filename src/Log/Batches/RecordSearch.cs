using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Log.Batches;

/// <summary>
/// Finds records by timestamp inside one batch. Where the records cannot be read, because of their codec, the answer is the batch's first offset:
/// a reader that begins there misses nothing.
/// </summary>
static class RecordSearch
{
    /// <summary>The first record from <paramref name="fromOffset"/> and below <paramref name="upToOffset"/> whose timestamp is at least <paramref name="timestamp"/>.</summary>
    public static TimestampedOffset? FirstAtOrAfter(ReadOnlySpan<byte> batch, long timestamp, long fromOffset, long upToOffset, IRecordCodecs? codecs)
    {
        if (!RecordBatchHeader.TryRead(batch, out var header) || header.MaxTimestamp < timestamp) return null;
        try
        {
            using var records = new RecordBatchReader(batch, new RecordReading(codecs));
            while (records.MoveNext())
            {
                if (records.Offset >= upToOffset) return null;
                if (records.Offset >= fromOffset && records.Timestamp >= timestamp) return new TimestampedOffset(records.Offset, records.Timestamp);
            }
            return null;
        }
        catch (RecordFormatException)
        {
            // Records that cannot be decoded are the reader's to judge; to find the batch is enough for it to meet them.
            return WholeBatch(header, fromOffset, upToOffset);
        }
    }

    /// <summary>The first of the records with the largest timestamp, among those from <paramref name="fromOffset"/> and below <paramref name="upToOffset"/>.</summary>
    public static TimestampedOffset? WithLargestTimestamp(ReadOnlySpan<byte> batch, long fromOffset, long upToOffset, IRecordCodecs? codecs)
    {
        if (!RecordBatchHeader.TryRead(batch, out var header)) return null;
        try
        {
            TimestampedOffset? largest = null;
            using var records = new RecordBatchReader(batch, new RecordReading(codecs));
            while (records.MoveNext())
            {
                if (records.Offset < fromOffset || records.Offset >= upToOffset) continue;
                if (largest is not { } found || records.Timestamp > found.Timestamp) largest = new TimestampedOffset(records.Offset, records.Timestamp);
            }
            return largest;
        }
        catch (RecordFormatException)
        {
            return WholeBatch(header, fromOffset, upToOffset);
        }
    }

    static TimestampedOffset? WholeBatch(in RecordBatchHeader header, long fromOffset, long upToOffset)
    {
        var first = Math.Max(header.BaseOffset, fromOffset);
        return first < upToOffset && first <= header.LastOffset ? new TimestampedOffset(first, header.MaxTimestamp) : null;
    }
}
