using System.Buffers.Binary;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Tests.Partition;

public class PartitionSnapshotTests
{
    static TestPartition Filled()
    {
        var partition = new TestPartition();
        for (var sequence = 0; sequence < 14; sequence += 2) Assert.Equal(ErrorCode.None, partition.Append(1, 0, sequence, records: 2).Error);
        partition.ReplayMarker(2, 3);
        partition.ReplayTransactional(3, 0, 0);
        partition.ReplayTransactional(4, 0, 0);
        partition.ReplayTransactional(5, 2, 0);
        partition.ReplayMarker(5, 3, commit: false);
        partition.Delete(3);
        return partition;
    }

    [Fact]
    public void A_loaded_machine_is_the_saved_one()
    {
        var partition = Filled();
        var loaded = new PartitionMachine(PartitionOptions.Default);
        Assert.True(loaded.TryLoad(partition.Save(), partition.Moment));
        Assert.Equal(partition.Machine.View, loaded.View);
        Assert.Equal(partition.Save(), partition.SaveOf(loaded));
        Assert.Equal(15, loaded.View.LastStableOffset);
    }

    [Fact]
    public void A_producer_of_which_only_a_marker_is_known_still_fences_after_a_load()
    {
        var partition = Filled();
        partition.RestartCleanly();
        Assert.Equal(SequenceDecision.StaleEpoch, partition.Append(2, 2, 0).Decision);
        Assert.Equal(SequenceDecision.FirstAfterMarker, partition.Append(2, 3, 0).Decision);
    }

    [Fact]
    public void Bytes_that_are_too_few_or_too_many_are_refused_and_change_nothing()
    {
        var whole = Filled().Save();
        var machine = new PartitionMachine(PartitionOptions.Default);
        for (var length = 0; length < whole.Length; length++) Assert.False(machine.TryLoad(whole.AsSpan(0, length), default), $"{length} of {whole.Length} bytes");
        Assert.False(machine.TryLoad([.. whole, 0], default));
        Assert.Equal(PartitionView.Empty, machine.View);
        Assert.True(machine.TryLoad(whole, default));
    }

    [Theory]
    [InlineData(0, 9)]
    [InlineData(2, -1)]
    [InlineData(10, -1)]
    [InlineData(26, -5)]
    [InlineData(30, long.MaxValue)]
    [InlineData(38, long.MaxValue)]
    [InlineData(38, -1)]
    [InlineData(46 + 22, long.MaxValue)]
    [InlineData(46 + 22, -1)]
    public void Damaged_values_are_refused(int at, long value)
    {
        var bytes = Filled().Save();
        if (at == 0) BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        else if (at == 26) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), (int)value);
        else BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(at), value);
        Assert.False(new PartitionMachine(PartitionOptions.Default).TryLoad(bytes, default));
    }

    [Fact]
    public void A_count_that_the_bytes_cannot_hold_costs_nothing()
    {
        var bytes = Filled().Save();
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(26), int.MaxValue);
        Assert.False(new PartitionMachine(PartitionOptions.Default).TryLoad(bytes, default));
    }

    [Fact]
    public void The_same_producer_twice_is_refused()
    {
        var partition = new TestPartition();
        partition.Append(1, 0, 0);
        var bytes = partition.Save();
        const int headLength = 46;
        const int abortedLength = 4;
        byte[] doubled = [.. bytes[..^abortedLength], .. bytes[headLength..]];
        BinaryPrimitives.WriteInt32BigEndian(doubled.AsSpan(26), 2);
        Assert.False(new PartitionMachine(PartitionOptions.Default).TryLoad(doubled, default));
    }

    [Fact]
    public void Open_and_aborted_transactions_are_those_that_were_saved()
    {
        var partition = Filled();
        var loaded = new PartitionMachine(PartitionOptions.Default);
        Assert.True(loaded.TryLoad(partition.Save(), partition.Moment));
        Assert.True(loaded.View.OpenTransactions.IsOpen(new(3), new(0)));
        Assert.False(loaded.View.OpenTransactions.IsOpen(new(5), new(2)));
        Assert.Equal([new AbortedTransaction(new(5), 17, 18, 15)], loaded.View.AbortedTransactions.Between(0, 19));
    }

    [Fact]
    public void A_snapshot_from_before_there_were_transactions_is_read_and_what_it_has_open_is_open_in_its_producers_epoch()
    {
        var partition = new TestPartition();
        partition.Append(1, 0, 0);
        partition.ReplayTransactional(3, 4, 0);
        const int abortedLength = 4, openEpochLength = 2;
        byte[] old = [0, 2, .. partition.Save()[2..^(abortedLength + openEpochLength)]];
        partition.GoOnWith(partition.Rebuilt(old));
        Assert.True(partition.Machine.View.OpenTransactions.IsOpen(new(3), new(4)));
        Assert.Equal((1L, 2L), (partition.Lso, partition.EndOffset));
    }

    [Theory]
    [InlineData(24, -1)]
    [InlineData(24, 19)]
    [InlineData(8, -1)]
    public void Damaged_aborted_transactions_are_refused(int fromEnd, long value)
    {
        var bytes = Filled().Save();
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(bytes.Length - fromEnd), value);
        Assert.False(new PartitionMachine(PartitionOptions.Default).TryLoad(bytes, default));
    }
}
