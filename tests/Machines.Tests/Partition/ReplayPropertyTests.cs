using Semel.Machines.Partition;

namespace Semel.Machines.Tests.Partition;

/// <summary>Whatever was sent, a machine that is built from the log is the machine that wrote it, from whichever snapshot it begins.</summary>
public class ReplayPropertyTests
{
    const int Producers = 6;

    public static TheoryData<int> Seeds()
    {
        var seeds = new TheoryData<int>();
        for (var seed = 1; seed <= 40; seed++) seeds.Add(seed);
        return seeds;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_live_state_equals_the_replayed_state(int seed)
    {
        var random = new Random(seed);
        var options = new PartitionOptions { TimestampType = seed % 2 == 0 ? Protocol.TimestampType.CreateTime : Protocol.TimestampType.LogAppendTime };
        var partition = new TestPartition(options);
        var snapshots = new List<byte[]?> { null };
        for (var step = 0; step < 300; step++)
        {
            partition.Now += TimeSpan.FromMilliseconds(random.Next(0, 5_000));
            var start = partition.Machine.View.LogStartOffset;
            var lastStable = partition.Lso;
            Step(partition, random);
            Assert.True(partition.Lso >= lastStable, $"the last stable offset went back from {lastStable} to {partition.Lso}");
            // No record tells of a deletion, so each is made after a snapshot of its own.
            if (partition.Machine.View.LogStartOffset > start) snapshots = [partition.Save()];
            if (random.Next(40) == 0) snapshots.Add(partition.Save());
        }
        Assert.True(partition.Log.Count > 30);
        foreach (var snapshot in snapshots)
        {
            var rebuilt = partition.Rebuilt(snapshot);
            Assert.Equal(partition.Machine.View, rebuilt.View);
            Assert.Equal(partition.Save(), partition.SaveOf(rebuilt));
        }
    }

    /// <summary>Everything but silence: sequences near the wrap, old and new epochs, retries, transactions, markers, deletions.</summary>
    static void Step(TestPartition partition, Random random)
    {
        long producer = random.Next(Producers);
        var epoch = (short)random.Next(0, 3);
        switch (random.Next(18))
        {
            case 12 or 13 or 14:
                partition.Write(producer, epoch, NextSequence(partition, producer), random.Next(1, 4), second: random.Next(2) == 0);
                break;
            case 15 or 16:
                partition.End(producer, epoch, commit: random.Next(2) == 0, coordinatorEpoch: random.Next(5), version: (short)random.Next(3));
                break;
            case 17:
                partition.Begin(TestBatch.Of(producer, epoch, random.Next(4), transactional: true), second: random.Next(2) == 0);
                break;
            case 0:
                partition.ReplayMarker(producer, epoch, commit: random.Next(2) == 0, coordinatorEpoch: random.Next(5));
                break;
            case 1:
                partition.ReplayTransactional(producer, epoch, random.Next(4), random.Next(1, 4));
                break;
            case 2:
                partition.Append(TestBatch.Plain(random.Next(1, 4)));
                break;
            case 3:
                partition.Replay(TestBatch.Of(producer, epoch, int.MaxValue - random.Next(4), random.Next(1, 8)));
                break;
            case 4 when random.Next(10) == 0:
                partition.Delete(random.NextInt64(-2, partition.EndOffset + 2));
                break;
            default:
                var sequence = (NextSequence(partition, producer) - (random.Next(4) == 0 ? random.Next(6) : 0)) & int.MaxValue;
                partition.Append(producer, epoch, sequence, random.Next(1, 4));
                break;
        }
    }

    static int NextSequence(TestPartition partition, long producer) =>
        (int)((partition.Producers().Where(described => described.ProducerId.Value == producer).Select(described => (long)described.LastSequence).FirstOrDefault(-1) + 1) & int.MaxValue);
}
