using Semel.Client.Configuration;
using Semel.Client.Producing.Accumulation;
using Semel.Codecs;

namespace Semel.Client.Producing.Sending;

/// <summary>Encodes the records of a batch anew: in parts, or without some of them. The parts use no memory of the producer's; the last one takes over the original's.</summary>
internal static class BatchRewriter
{
    /// <param name="kept">Which of the original's records go on.</param>
    public static IReadOnlyList<ProducerBatch> Rewrite(BufferedBatch original, int maxBytes, Func<int, bool> kept, ProducerOptions options)
    {
        var fragments = new List<ProducerBatch>();
        RecordBatchBuilder? builder = null;
        var indexes = new List<int>();
        using var records = new RecordBatchReader(original.Builder.Bytes.Span, new RecordReading(CodecTable.All, int.MaxValue));
        while (records.MoveNext())
        {
            if (!kept(records.Index)) continue;
            var headers = records.HeaderCount > 0 ? records.Headers.ToArray() : null;
            builder ??= new RecordBatchBuilder(maxBytes);
            if (!builder.TryAppend(records.Timestamp, records.Key, records.KeyIsNull, records.Value, records.ValueIsNull, headers))
            {
                fragments.Add(Seal(original, builder, indexes, options));
                builder = new RecordBatchBuilder(maxBytes);
                builder.TryAppend(records.Timestamp, records.Key, records.KeyIsNull, records.Value, records.ValueIsNull, headers);
                indexes.Clear();
            }
            indexes.Add(original.Indexes is { } known ? known[records.Index] : records.Index);
        }
        if (builder is not null) fragments.Add(Seal(original, builder, indexes, options));
        if (fragments.Count > 0)
        {
            var last = (BufferedBatch)fragments[^1];
            (last.GrantedBytes, last.GrantedRecords) = (original.GrantedBytes, original.GrantedRecords);
            (original.GrantedBytes, original.GrantedRecords) = (0, 0);
        }
        return fragments;
    }

    static BufferedBatch Seal(BufferedBatch original, RecordBatchBuilder builder, List<int> indexes, ProducerOptions options)
    {
        builder.Close(options.Compression, options.CompressionLevel, CodecTable.All);
        return new BufferedBatch(original.Owner, builder, original.Group, original.AcceptedAt, grantedBytes: 0, isPooled: false)
        {
            Indexes = [.. indexes],
            RecordCount = builder.RecordCount,
            SizeInBytes = builder.SizeInBytes,
            IsSealed = true,
        };
    }
}
