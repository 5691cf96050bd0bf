using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Accumulation;

public class PartitionAccumulatorTests
{
    static AppendOutcome Append(PartitionAccumulator partition, int bytes) => partition.TryAppend(AccumulatorRig.Record(bytes), default, out _);

    [Fact]
    public void Records_fill_a_batch_and_the_one_that_would_pass_its_size_begins_another()
    {
        var rig = new AccumulatorRig(("batch.size", "1000"));
        var partition = rig.Partition();
        Assert.Equal(AppendOutcome.Accepted, Append(partition, 400));
        Assert.Equal(AppendOutcome.Accepted, Append(partition, 400));
        Assert.Equal(AppendOutcome.AcceptedInNewBatch, Append(partition, 400));
        Assert.Equal(2, rig.Opened.Count);
        var full = Assert.Single(rig.Posted.OfType<BatchSealed>());
        Assert.Equal((2, rig.Opened[0]), (full.RecordCount, full.Batch));
        Assert.True(full.SizeInBytes <= 1000);
    }

    [Fact]
    public void A_record_larger_than_a_batch_has_one_for_itself_up_to_the_largest_request()
    {
        var rig = new AccumulatorRig(("batch.size", "1000"), ("max.request.size", "5000"));
        var partition = rig.Partition();
        Assert.Equal(AppendOutcome.Accepted, Append(partition, 10));
        Assert.Equal(AppendOutcome.AcceptedInNewBatch, Append(partition, 4000));
        Assert.Equal(AppendOutcome.AcceptedInNewBatch, Append(partition, 10));
        Assert.Equal(AppendOutcome.TooLarge, Append(partition, 5000));
    }

    [Fact]
    public void A_batch_has_no_more_records_than_it_may()
    {
        var rig = new AccumulatorRig(("batch.num.messages", "2"));
        var partition = rig.Partition();
        var outcomes = Enumerable.Range(0, 5).Select(_ => Append(partition, 1)).ToArray();
        Assert.Equal([AppendOutcome.Accepted, AppendOutcome.Accepted, AppendOutcome.AcceptedInNewBatch, AppendOutcome.Accepted, AppendOutcome.AcceptedInNewBatch], outcomes);
    }

    [Fact]
    public void Nothing_is_accepted_beyond_the_memory_and_something_is_when_it_comes_back()
    {
        var rig = new AccumulatorRig(("buffer.memory", "100000"), ("max.request.size", "50000"), ("batch.size", "20000"));
        var partition = rig.Partition();
        var accepted = 0;
        while (Append(partition, 9000) != AppendOutcome.NeedsMemory) accepted++;
        Assert.InRange(accepted, 9, 11);
        Assert.True(rig.Memory.Used <= 100_000);
        rig.Finish(rig.Sealed[0]);
        Assert.NotEqual(AppendOutcome.NeedsMemory, Append(partition, 9000));
    }

    [Fact]
    public void No_more_records_are_accepted_than_may_be_unfinished()
    {
        var rig = new AccumulatorRig(("queue.buffering.max.messages", "3"));
        var partition = rig.Partition();
        for (var record = 0; record < 3; record++) Assert.Equal(AppendOutcome.Accepted, Append(partition, 1));
        Assert.Equal(AppendOutcome.NeedsMemory, Append(partition, 1));
        partition.TrySeal(rig.Opened.Single());
        rig.Finish(rig.Opened.Single());
        Assert.Equal(AppendOutcome.Accepted, Append(partition, 1));
    }

    [Fact]
    public void A_batch_is_sealed_once_whoever_asks()
    {
        var rig = new AccumulatorRig();
        var partition = rig.Partition();
        Append(partition, 1);
        var batch = rig.Opened.Single();
        Assert.True(partition.TrySeal(batch));
        Assert.False(partition.TrySeal(batch));
        Assert.Equal(AppendOutcome.Accepted, Append(partition, 1));
        Assert.Equal(2, rig.Opened.Count);
    }

    [Fact]
    public void A_lowered_size_is_that_of_the_next_batch()
    {
        var rig = new AccumulatorRig(("batch.size", "10000"));
        var partition = rig.Partition();
        partition.LowerBatchSize(1000);
        Append(partition, 600);
        Assert.Equal(AppendOutcome.AcceptedInNewBatch, Append(partition, 600));
    }

    [Fact]
    public void A_closed_partition_seals_what_is_open_and_refuses_the_rest()
    {
        var rig = new AccumulatorRig();
        var partition = rig.Partition();
        Append(partition, 1);
        partition.Close();
        Assert.Single(rig.Sealed);
        Assert.Equal(AppendOutcome.Closed, Append(partition, 1));
    }

    [Fact]
    public void Appending_allocates_nothing_per_record()
    {
        var rig = new AccumulatorRig(("buffer.memory", "100000000"));
        var partition = rig.Partition();
        var value = new byte[100];
        Fill(partition, value, 30_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var batchesBefore = rig.Opened.Count;
        const int records = 100_000;
        Fill(partition, value, records);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        // What a batch costs (its objects, its place in the queues, at worst an array of the pool) is shared by its thousands of records.
        Assert.True(rig.Opened.Count - batchesBefore < 20);
        Assert.True(allocated < 20 * 1_200_000, $"{allocated} bytes for {records} records");
        var within = GC.GetAllocatedBytesForCurrentThread();
        Fill(partition, value, 1000);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - within is var more && (more == 0 || more > 1000), $"{more} bytes for 1000 records within a batch");
    }

    static void Fill(PartitionAccumulator partition, byte[] value, int records)
    {
        for (var record = 0; record < records; record++) partition.TryAppend(new RawRecord { Value = value, Key = value.AsSpan(0, 8) }, new Offer(record), out _);
    }
}
