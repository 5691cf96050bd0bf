using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Tests.Producing.Accumulation;

public class CompressionEstimateTests
{
    [Fact]
    public void It_gets_better_slowly_and_worse_at_once()
    {
        var estimate = new CompressionEstimate();
        Assert.Equal(1.0, estimate.Ratio);
        estimate.Note(1000, 500);
        Assert.Equal(0.995, estimate.Ratio, 6);
        for (var batch = 0; batch < 200; batch++) estimate.Note(1000, 500);
        Assert.Equal(0.5, estimate.Ratio, 6);
        estimate.Note(1000, 510);
        Assert.Equal(0.55, estimate.Ratio, 6);
        estimate.Note(1000, 900);
        Assert.Equal(0.9, estimate.Ratio, 6);
    }

    [Fact]
    public void After_a_batch_that_was_too_large_nothing_is_expected_of_compression()
    {
        var estimate = new CompressionEstimate();
        for (var batch = 0; batch < 200; batch++) estimate.Note(1000, 100);
        estimate.Reset(0.4);
        Assert.Equal(1.0, estimate.Ratio);
        estimate.Reset(1.2);
        Assert.Equal(1.2, estimate.Ratio);
    }

    [Fact]
    public void Batches_take_more_records_as_they_turn_out_to_compress_well_and_stay_below_their_size()
    {
        var rig = new AccumulatorRig(("compression.type", "gzip"), ("batch.size", "20000"), ("buffer.memory", "100000000"));
        var topic = rig.Topic();
        for (var record = 0; record < 60_000; record++) topic.TryAppend(AccumulatorRig.Record(500), default, out _);
        var counts = rig.Sealed.Select(batch => batch.Builder.RecordCount).ToList();
        Assert.InRange(counts[0], 30, 40);
        // Zeros compress to next to nothing; what an open batch holds is bounded all the same.
        Assert.InRange(counts[^1], 7 * counts[0], 8 * 20_000 / 500);
        Assert.All(rig.Sealed, batch => Assert.True(batch.Builder.SizeInBytes <= 20_000));
        Assert.Equal(counts.Order(), counts);
    }

    [Fact]
    public void Without_compression_a_batch_has_its_size()
    {
        var rig = new AccumulatorRig(("batch.size", "20000"));
        var topic = rig.Topic();
        for (var record = 0; record < 2000; record++) topic.TryAppend(AccumulatorRig.Record(500), default, out _);
        Assert.All(rig.Sealed, batch => Assert.InRange(batch.Builder.RecordCount, 30, 40));
    }
}
