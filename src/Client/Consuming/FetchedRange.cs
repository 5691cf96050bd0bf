using Semel.Protocol.Records;

namespace Semel.Client.Consuming;

/// <summary>
/// What the batch headers of a fetch answer say, read before any batch is checked or decoded: how far the answer goes, so that the next request
/// can be sent while this one is being decoded.
/// </summary>
/// <param name="NextOffset">Behind the last whole batch; the fetch offset when there is none.</param>
/// <param name="LastLeaderEpoch">Of the last whole batch; -1 when there is none.</param>
/// <param name="IsDamaged">A header is there that cannot be one, behind the whole batches.</param>
/// <param name="IsPartial">The answer ends within a batch.</param>
internal readonly record struct FetchedRange(int BatchCount, long NextOffset, int LastLeaderEpoch, bool IsDamaged, bool IsPartial)
{
    /// <summary>Whether a whole batch is compressed.</summary>
    public bool HasCompressed { get; init; }

    public bool IsEmpty => BatchCount == 0 && !IsDamaged && !IsPartial;

    public static FetchedRange Read(ReadOnlyMemory<byte> records, long fetchOffset)
    {
        var (count, end, leaderEpoch, isDamaged, hasCompressed) = (0, 0L, -1, false, false);
        var batches = RecordBatches.Split(records);
        try
        {
            while (!isDamaged && batches.MoveNext())
            {
                var header = batches.Current.Header;
                if (isDamaged = !CanFollow(header, end)) break;
                (count, end, leaderEpoch) = (count + 1, header.NextOffset, header.LeaderEpoch);
                hasCompressed |= header.Attributes.Codec != CompressionCodec.None;
            }
        }
        catch (RecordFormatException)
        {
            isDamaged = true;
        }
        return new FetchedRange(count, Math.Max(fetchOffset, end), leaderEpoch, isDamaged, IsPartial: !isDamaged && !batches.Rest.IsEmpty) { HasCompressed = hasCompressed };
    }

    /// <summary>Offsets rise from batch to batch. (The first may begin before the fetch offset: a broker sends whole batches, and the position may be within one.)</summary>
    /// <param name="end">Behind the batch before.</param>
    internal static bool CanFollow(in RecordBatchHeader header, long end) =>
        header.BaseOffset >= end && header.LastOffsetDelta >= 0 && header.BaseOffset < long.MaxValue - header.LastOffsetDelta;
}
