namespace Semel.Protocol.Records;

/// <summary>What a broker may have rules about, of all records of one batch.</summary>
/// <param name="FirstNullKey">Which record is the first without a key (a compacted topic refuses it); -1 when all have one or they were not read.</param>
/// <param name="MinTimestamp">The smallest of the records' own timestamps, milliseconds since 1970; long.MaxValue when they were not read.</param>
/// <param name="MaxTimestamp">The largest; long.MinValue when they were not read.</param>
public readonly record struct RecordAreaSummary(int FirstNullKey, long MinTimestamp, long MaxTimestamp)
{
    public static readonly RecordAreaSummary NotRead = new(-1, long.MaxValue, long.MinValue);

    public bool WasRead => MinTimestamp <= MaxTimestamp;
}

/// <summary>The rules for the records of a produced batch.</summary>
static class RecordArea
{
    /// <summary>Walks over all records; the counts in the header are already known to fit each other.</summary>
    /// <param name="largestRecordBytes">Of a record in a compressed batch.</param>
    public static RecordFault? Check(in RecordBatchHeader header, ReadOnlySpan<byte> area, int largestRecordBytes, out RecordAreaSummary summary)
    {
        summary = RecordAreaSummary.NotRead;
        var records = new RecordEnumerator(header, area);
        var firstNullKey = -1;
        if (header.Attributes.Codec == CompressionCodec.None) largestRecordBytes = int.MaxValue;
        long minTimestamp = long.MaxValue, maxTimestamp = long.MinValue;
        for (var i = 0; i < header.RecordCount; i++)
        {
            var fault = records.Advance();
            if (fault == RecordFaultKind.None && records.OffsetDelta != i) fault = RecordFaultKind.OffsetDelta;
            if (fault == RecordFaultKind.None && records.HeaderCount > 0) fault = records.Headers.Check();
            if (fault == RecordFaultKind.None && records.Length > largestRecordBytes) return new RecordFault(RecordFaultKind.RecordSize);
            if (fault == RecordFaultKind.RecordCount) return new RecordFault(fault);
            if (fault != RecordFaultKind.None) return new RecordFault(fault, i);
            if (records.KeyIsNull && firstNullKey < 0) firstNullKey = i;
            minTimestamp = Math.Min(minTimestamp, records.OwnTimestamp);
            maxTimestamp = Math.Max(maxTimestamp, records.OwnTimestamp);
        }
        if (!records.IsAtEnd) return new RecordFault(RecordFaultKind.RecordCount);
        summary = new RecordAreaSummary(firstNullKey, minTimestamp, maxTimestamp);
        return null;
    }
}
