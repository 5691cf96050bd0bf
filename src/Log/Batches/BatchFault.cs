using Semel.Protocol.Records;

namespace Semel.Log.Batches;

/// <summary>Whether the bytes at one place are the batch that must be there, and if not, why.</summary>
static class BatchFault
{
    public const sbyte Magic = 2;

    /// <summary>The file gave fewer bytes than it has.</summary>
    public const string NotWhole = "it cannot be read whole";

    /// <param name="available">Bytes from the place to the end of the file, too few for a header.</param>
    public static string NoHeader(long available) => $"only {available} bytes are there, fewer than a header";

    /// <summary>How many bytes the batch takes by its header.</summary>
    /// <param name="header">Of bytes that may be anything.</param>
    /// <param name="available">Bytes from the header's first to the end of the file.</param>
    /// <returns>What is wrong with the header; null when a batch of this size may be there.</returns>
    public static string? OfHeader(in RecordBatchHeader header, long available) => OfHeader(header, available, header.BaseOffset, OffsetOrder.Continuous);

    /// <summary>The same of a batch that comes after others.</summary>
    /// <param name="due">Where the one before it ended.</param>
    public static string? OfHeader(in RecordBatchHeader header, long available, long due, OffsetOrder order)
    {
        if (header.SizeInBytes < RecordBatchHeader.Size) return $"its length field is {header.BatchLength}, which is less than a header";
        if (header.Magic != Magic) return $"its magic is {header.Magic} instead of {Magic}";
        if (order.Fault(header.BaseOffset, due) is { } fault) return fault;
        if (header.LastOffsetDelta < 0) return $"its last offset delta is {header.LastOffsetDelta}";
        if (header.SizeInBytes > available) return $"it has {header.SizeInBytes} bytes by its header, but only {available} are there";
        return null;
    }

    /// <param name="batch">Exactly the batch, whose header has no fault.</param>
    public static string? OfBody(ReadOnlySpan<byte> batch) => RecordBatch.HasValidCrc(batch) ? null : "its CRC is not that of its bytes";
}
