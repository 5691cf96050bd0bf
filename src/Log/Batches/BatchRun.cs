using Semel.Protocol.Records;

namespace Semel.Log.Batches;

/// <summary>What an append is about to add: batches that follow each other without a gap.</summary>
/// <param name="SizeInBytes">Of all batches together.</param>
/// <param name="EndOffset">The offset after the last record.</param>
readonly record struct BatchRun(long SizeInBytes, long EndOffset)
{
    /// <exception cref="ArgumentException">An entry is not exactly one batch of magic 2, or does not begin where the one before it ended. Offsets are the caller's work, so this is a fault in the program.</exception>
    public static BatchRun Measure(IReadOnlyList<ReadOnlyMemory<byte>> batches, long startOffset)
    {
        long size = 0;
        var end = startOffset;
        for (var at = 0; at < batches.Count; at++)
        {
            var batch = batches[at].Span;
            if (!RecordBatchHeader.TryRead(batch, out var header) || header.SizeInBytes != batch.Length || header.Magic != BatchFault.Magic || header.LastOffsetDelta < 0)
                throw new ArgumentException($"entry {at} of the append is not exactly one batch of magic {BatchFault.Magic}", nameof(batches));
            if (OffsetOrder.Continuous.Fault(header.BaseOffset, end) is { } fault) throw new ArgumentException($"batch {at} of the append has no place there: {fault}", nameof(batches));
            size += batch.Length;
            end = header.NextOffset;
        }
        return new BatchRun(size, end);
    }

    /// <summary>How many batches, from the first on, take no more offsets together; always at least one.</summary>
    public static int CountWithin(IReadOnlyList<ReadOnlyMemory<byte>> batches, long mostOffsets)
    {
        RecordBatchHeader.TryRead(batches[0].Span, out var first);
        var count = 1;
        while (count < batches.Count && RecordBatchHeader.TryRead(batches[count].Span, out var header) && header.NextOffset - first.BaseOffset <= mostOffsets) count++;
        return count;
    }
}
