using Semel.Client.Producing.Accumulation;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Accumulation;

/// <summary>Where records without a key go.</summary>
public class TopicAccumulatorTests
{
    static int Append(TopicAccumulator topic, int bytes)
    {
        var outcome = topic.TryAppend(AccumulatorRig.Record(bytes, partition: null), default, out var delivery);
        Assert.True(outcome is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch, $"{outcome}");
        return delivery.TopicPartition.Partition;
    }

    /// <summary>How many records in a row went to the same partition.</summary>
    static List<int> Rows(TopicAccumulator topic, int records, int bytes)
    {
        var rows = new List<int>();
        var last = -1;
        for (var record = 0; record < records; record++)
        {
            var partition = Append(topic, bytes);
            if (partition == last) rows[^1]++;
            else rows.Add(1);
            last = partition;
        }
        return rows;
    }

    [Fact]
    public void They_stay_on_a_partition_for_a_batch_and_then_go_to_another()
    {
        var rig = new AccumulatorRig(("batch.size", "10000"), ("partitioner.adaptive.partitioning.enable", "false"));
        var rows = Rows(rig.Topic(partitions: 50), 2000, 500);
        // At least 10,000 bytes: 20 records. At most twice that, and as often again as the same partition is drawn twice.
        Assert.All(rows.SkipLast(1), row => Assert.True(row >= 20, $"{row} records"));
        Assert.InRange(rows.Count, 30, 100);
    }

    [Fact]
    public void A_partition_that_had_its_bytes_is_left_when_it_lingered() =>
        // The same one may be drawn again, but not five times out of five.
        Assert.Contains(true, Enumerable.Range(0, 5).Select(_ => IsLeftAfterLinger()).ToList());

    static bool IsLeftAfterLinger()
    {
        var rig = new AccumulatorRig(("batch.size", "1000000"), ("linger.ms", "5"));
        var topic = rig.Topic(partitions: 50);
        var first = Append(topic, 70_000);
        Assert.Equal(first, Append(topic, 5_000));
        rig.Now = TimeSpan.FromMilliseconds(10);
        Assert.Equal(first, Append(topic, 5_000));
        return Assert.Single(Enumerable.Range(0, 20).Select(_ => Append(topic, 100)).Distinct()) != first;
    }

    [Fact]
    public void Without_a_linger_each_record_chooses_anew()
    {
        var rig = new AccumulatorRig(("sticky.partitioning.linger.ms", "0"));
        Assert.True(Rows(rig.Topic(partitions: 50), 200, 10).Count > 100);
    }

    [Fact]
    public void A_partition_that_gives_no_report_is_avoided_while_there_is_another()
    {
        var rig = new AccumulatorRig(("sticky.partitioning.linger.ms", "0"), ("partitioner.availability.timeout.ms", "1000"), ("linger.ms", "5"), ("partitioner.adaptive.partitioning.enable", "false"));
        var topic = rig.Topic(partitions: 3);
        topic.TryAppend(AccumulatorRig.Record(1, partition: 0), default, out _);
        rig.Now = TimeSpan.FromMilliseconds(1005);
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 100).Select(_ => Append(topic, 1)).Distinct().Order());
        foreach (var partition in topic.Partitions) partition.Seal(rig.Generations.Current);
        foreach (var batch in rig.Opened) rig.Reports.Ended(batch, Client.Producing.Verdict.Persisted(0, -1));
        topic.TryAppend(AccumulatorRig.Record(1, partition: 0), default, out _);
        rig.Now = TimeSpan.FromMilliseconds(2011);
        Assert.Equal([1, 2], Enumerable.Range(0, 100).Select(_ => Append(topic, 1)).Distinct().Order());
        // When all of them are silent, each is as good as another.
        rig.Now = TimeSpan.FromMilliseconds(4000);
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 100).Select(_ => Append(topic, 1)).Distinct().Order());
    }

    [Fact]
    public void Arrays_for_whole_batches_together_take_half_of_the_memory_at_most()
    {
        var rig = new AccumulatorRig(("buffer.memory", "100000"), ("max.request.size", "10000"), ("batch.size", "10000"));
        var topic = rig.Topic(partitions: 8);
        // Each partition has had a full batch, which is done.
        for (var partition = 0; partition < 8; partition++)
        {
            for (var record = 0; record < 2; record++) topic.TryAppend(AccumulatorRig.Record(6000, partition), default, out _);
            foreach (var batch in rig.Opened) rig.Finish(batch);
        }
        for (var partition = 0; partition < 8; partition++) topic.TryAppend(AccumulatorRig.Record(6000, partition), default, out _);
        Assert.InRange(rig.Opened.Count(batch => batch.IsPooled && !batch.Builder.IsClosed), 1, 5);
    }
}
