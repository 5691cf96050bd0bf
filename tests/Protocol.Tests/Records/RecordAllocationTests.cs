using Semel.Codecs;
using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

/// <summary>Nothing is allocated for a record: a count over ten thousand of them after a round that fills the pools.</summary>
public sealed class RecordAllocationTests
{
    const int Records = 10_000;

    static readonly byte[] Key = new byte[16], Value = new byte[84];
    static readonly RecordHeader[] Headers = [new("name", new byte[10])];

    static void Fill(RecordBatchBuilder builder)
    {
        for (var i = 0; i < Records; i++) builder.TryAppend(Batches.Time + i, Key, false, Value, false, i % 2 == 0 ? Headers : null);
        builder.Close(CompressionCodec.None);
        builder.Stamp(new ProducerId(1), new ProducerEpoch(2), 3, transactional: true);
    }

    static int Walk(ReadOnlySpan<byte> batch)
    {
        using var reader = new RecordBatchReader(batch, Batches.Reading());
        var bytes = 0;
        while (reader.MoveNext())
        {
            bytes += reader.Key.Length + reader.Value.Length;
            foreach (var header in reader.Headers) bytes += header.Key.Length + header.Value.Length;
        }
        return bytes;
    }

    static long AllocatedBy(Action action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void Building_a_batch_allocates_nothing()
    {
        using var builder = new RecordBatchBuilder(64 << 20);
        Assert.Equal(0, AllocatedBy(() =>
        {
            builder.Reset();
            Fill(builder);
        }));
        Assert.Equal(Records, builder.RecordCount);
    }

    [Fact]
    public void Reading_a_batch_allocates_nothing()
    {
        using var builder = new RecordBatchBuilder(64 << 20);
        Fill(builder);
        var bytes = 0;
        Assert.Equal(0, AllocatedBy(() => bytes = Walk(builder.Bytes.Span)));
        Assert.Equal(Records * 100 + Records / 2 * 14, bytes);
    }

    [Fact]
    public void Checking_and_splitting_a_batch_allocates_nothing()
    {
        using var builder = new RecordBatchBuilder(64 << 20);
        Fill(builder);
        Assert.Equal(0, AllocatedBy(() =>
        {
            foreach (var batch in RecordBatches.Split(builder.Bytes))
            {
                if (!RecordBatch.HasValidCrc(batch.Bytes.Span) || RecordBatch.Validate(batch.Bytes.Span, new RecordReading()) is not null) throw new InvalidOperationException();
            }
        }));
    }

    [Fact]
    public void A_compressed_batch_costs_the_same_few_objects_whatever_its_size()
    {
        long Cost(int records)
        {
            using var builder = new RecordBatchBuilder(64 << 20);
            for (var i = 0; i < records; i++) builder.TryAppend(Batches.Time, Key, false, Value, false);
            builder.Close(CompressionCodec.Gzip, null, CodecTable.All);
            return AllocatedBy(() => Walk(builder.Bytes.Span));
        }
        // What a GZipStream itself is made of; the records' bytes are in pooled arrays.
        Assert.InRange(Cost(Records), 0, 20_000);
    }
}
