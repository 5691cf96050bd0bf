using Semel.Protocol.Records;

namespace Semel.Log.Batches;

/// <summary>What may take the place of others in a log.</summary>
static class ReplacingBatch
{
    /// <param name="due">Where the one before it ended, or the range began.</param>
    /// <param name="upToOffset">The offset after the range.</param>
    /// <exception cref="ArgumentException">It is not exactly one sound batch, or has no place there. The content is the caller's work, so this is a fault in the program.</exception>
    public static RecordBatchHeader Check(ReadOnlySpan<byte> batch, long due, long upToOffset)
    {
        if (!RecordBatchHeader.TryRead(batch, out var header) || header.SizeInBytes != batch.Length) throw new ArgumentException($"{batch.Length} bytes that replace others are not exactly one batch");
        if (BatchFault.OfHeader(header, batch.Length, due, OffsetOrder.Rising) is { } fault) throw new ArgumentException($"a batch cannot replace others: {fault}");
        if (header.NextOffset > upToOffset) throw new ArgumentException($"a batch up to offset {header.LastOffset} cannot replace what ends at offset {upToOffset}");
        if (BatchFault.OfBody(batch) is { } damage) throw new ArgumentException($"the batch at offset {header.BaseOffset} cannot replace others: {damage}");
        return header;
    }
}
