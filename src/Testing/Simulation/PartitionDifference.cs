using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Turn;

namespace Semel.Testing.Simulation;

/// <summary>
/// Compares a partition's live state with the one folded from its log. When producers were last heard of is left out: a replay knows only a later bound. Of a producer
/// that the live one had forgotten by silence, the replayed one may know more, never anything else.
/// </summary>
internal static class PartitionDifference
{
    public static string? Between(byte[] live, byte[] replayed)
    {
        Invariant.Check(PartitionSnapshot.TryRead(live, default, out var left) & PartitionSnapshot.TryRead(replayed, default, out var right), "a machine reads what it saved");
        if (left.EndOffset != right.EndOffset) return $"the end is {right.EndOffset}, it was {left.EndOffset}";
        if (left.StartOffset != right.StartOffset) return $"the start is {right.StartOffset}, it was {left.StartOffset}";
        if (left.LastStableOffset != right.LastStableOffset) return $"the last stable offset is {right.LastStableOffset}, it was {left.LastStableOffset}";
        if (!left.Log.Aborted.Between(0, long.MaxValue).SequenceEqual(right.Log.Aborted.Between(0, long.MaxValue)))
            return $"there are {right.Log.Aborted.Count} aborted transactions, or others than the {left.Log.Aborted.Count} that there were";
        for (var position = 0; position < left.Producers.Count; position++)
        {
            var found = right.Producers.Find(left.Producers[position].ProducerId);
            if (found < 0) return $"producer {left.Producers[position].ProducerId} is not known any more";
            if (Between(left.Producers[position], right.Producers[found], left.MayHaveForgotten(left.Producers[position].ProducerId)) is { } difference) return difference;
        }
        return null;
    }

    static string? Between(in ProducerState live, in ProducerState replayed, bool wasForgotten)
    {
        Span<CachedBatch> left = stackalloc CachedBatch[ProducerState.MaxBatches];
        Span<CachedBatch> right = stackalloc CachedBatch[ProducerState.MaxBatches];
        left = left[..live.Batches(left)];
        right = right[..replayed.Batches(right)];
        if (wasForgotten && right.Length > left.Length) right = right[..left.Length];
        var same = live.Epoch == replayed.Epoch && live.TransactionStart == replayed.TransactionStart && live.TransactionEpoch == replayed.TransactionEpoch && live.LastTimestamp == replayed.LastTimestamp
            && live.CoordinatorEpoch == replayed.CoordinatorEpoch && left.SequenceEqual(right);
        return same ? null : $"producer {live.ProducerId}: epoch {replayed.Epoch} with batches up to {replayed.LastSequence}, it was epoch {live.Epoch} up to {live.LastSequence}";
    }
}
