using Semel.Machines.Compaction;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Compaction;

public sealed class CompactorTests
{
    const long Late = CompactionRun.Timestamp + 1_000_000;

    static readonly CompactionPolicy WithTombstones = new() { BeginsAtLogStart = true, TombstonesUpTo = Late };

    /// <summary>The last batch of all stays, so there is one behind what is tested.</summary>
    static readonly TestRecord Tail = ("tail", "t");

    [Fact]
    public void The_newest_record_of_each_key_stays_and_older_ones_go()
    {
        var run = new CompactionRun().Append(("a", "1"), ("b", "1")).Append(("a", "2")).Append(("c", "1"), ("a", "3"), ("b", "2")).Append(Tail);
        Assert.Equal(["3:c=1,a=3,b=2", "6:tail=t"], run.Compacted().Left);
    }

    [Fact]
    public void The_records_of_a_batch_that_stay_keep_their_offsets_in_every_codec()
    {
        foreach (var codec in Enum.GetValues<CompressionCodec>())
        {
            var run = new CompactionRun().Append(5, 1, 7, isTransactional: false, [("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")], codec).Append(("a", "2"), ("c", "2"));
            run.Compacted();
            Assert.Equal(["0:b=1,d=1", "4:a=2,c=2"], run.Left);
            Assert.Equal([1, 3], CompactionRun.RecordsOf(run.Batches[0]).Select(record => record.Offset));
            var header = CompactionRun.Header(run.Batches[0]);
            Assert.Equal((3, 7, 10, codec, CompactionRun.Timestamp + 3), (header.LastOffsetDelta, header.BaseSequence, header.LastSequence, header.Attributes.Codec, header.MaxTimestamp));
        }
    }

    [Fact]
    public void Records_without_a_key_stay()
    {
        var run = new CompactionRun().Append((null, "1"), ("a", "1")).Append((null, "2")).Append(("a", "2"));
        Assert.Equal(["0:null=1", "2:null=2", "3:a=2"], run.Compacted().Left);
    }

    [Fact]
    public void The_last_batch_of_all_stays_emptied_so_that_the_end_is_known()
    {
        var run = new CompactionRun().Append(("a", "1")).Transactional(3, ("b", "1")).Abort(3).Transactional(4, ("c", "1"), ("d", "1")).Append(("a", null));
        run.Compacted(WithTombstones with { IsProducerNeeded = _ => false });
        Assert.Equal(["3:c=1,d=1", "5:"], run.Left);
        Assert.Equal(6, CompactionRun.Header(run.Batches[^1]).NextOffset);
    }

    [Fact]
    public void Records_of_an_aborted_transaction_go_and_take_nobodys_place()
    {
        var run = new CompactionRun().Append(("a", "1"), ("b", "1")).Transactional(3, ("a", "2"), ("b", "2")).Abort(3).Append(Tail);
        Assert.Equal(["0:a=1,b=1", "5:tail=t"], run.Compacted(new CompactionPolicy { BeginsAtLogStart = true, IsProducerNeeded = _ => false }).Left);
    }

    [Fact]
    public void Records_of_a_committed_transaction_count_as_others()
    {
        var run = new CompactionRun().Append(("a", "1"), ("b", "1")).Transactional(3, ("a", "2")).Commit(3).Append(Tail);
        Assert.Equal(["0:b=1", "2:a=2", "3:Commit", "4:tail=t"], run.Compacted().Left);
    }

    [Fact]
    public void What_nobody_knows_the_end_of_stays_and_takes_nobodys_place_until_it_does()
    {
        var run = new CompactionRun().Append(("a", "1")).Transactional(3, ("a", "2")).Append(("b", "1"));
        Assert.Equal(["0:a=1", "1:a=2", "2:b=1"], run.Compacted().Left);
        run.Commit(3);
        Assert.Equal(["1:a=2", "2:b=1", "3:Commit"], run.Compacted().Left);
    }

    [Fact]
    public void A_newer_record_takes_the_place_of_older_ones_on_both_sides_of_what_is_undecided()
    {
        var run = new CompactionRun().Append(("a", "1")).Transactional(3, ("a", "2")).Append(("a", "3")).Append(Tail);
        Assert.Equal(["1:a=2", "2:a=3", "3:tail=t"], run.Compacted().Left);
    }

    [Fact]
    public void A_marker_stays_as_long_as_anything_of_its_transaction()
    {
        var run = new CompactionRun().Transactional(3, ("a", "1")).Transactional(4, ("b", "1")).Transactional(3, ("c", "1")).Commit(3).Commit(4).Append(("a", "2"), ("b", "2"));
        var policy = new CompactionPolicy { BeginsAtLogStart = true, IsProducerNeeded = _ => false };
        Assert.Equal(["2:c=1", "3:Commit", "5:a=2,b=2"], run.Compacted(policy).Left);
        run.Append(("c", "2"));
        Assert.Equal(["5:a=2,b=2", "7:c=2"], run.Compacted(policy).Left);
    }

    [Fact]
    public void A_marker_whose_data_may_lie_before_the_batches_goes_only_at_the_logs_start()
    {
        var run = new CompactionRun().Commit(3).Append(Tail);
        var policy = new CompactionPolicy { BeginsAtLogStart = false, IsProducerNeeded = _ => false };
        Assert.Equal(["0:Commit", "1:tail=t"], run.Compacted(policy).Left);
        Assert.Equal(["1:tail=t"], run.Compacted(policy with { BeginsAtLogStart = true }).Left);
    }

    [Fact]
    public void The_last_data_batch_of_a_producer_stays_emptied_and_the_last_marker_with_it()
    {
        var run = new CompactionRun().Append(3, 0, 0, isTransactional: true, [("a", "1")]).Commit(3).Append(3, 0, 1, isTransactional: true, [("a", "2")]).Abort(3, epoch: 1).Append(("a", "3"));
        run.Compacted();
        Assert.Equal(["2:", "3:Abort", "4:a=3"], run.Left);
        Assert.Equal((1, 0, 0), (CompactionRun.Header(run.Batches[0]).LastSequence, CompactionRun.Header(run.Batches[0]).RecordCount, CompactionRun.Header(run.Batches[0]).LastOffsetDelta));
        // Emptied batches are taken as the data batches that they were.
        Assert.Equal(["2:", "3:Abort", "4:a=3"], run.Compacted().Left);
        run.Append(3, 1, 0, isTransactional: false, [("b", "1")]);
        Assert.Equal(["4:a=3", "5:b=1"], run.Compacted().Left);
    }

    [Fact]
    public void A_marker_that_is_its_producers_last_word_stays_without_data_until_the_producer_is_not_needed()
    {
        var run = new CompactionRun().Commit(3, epoch: 4).Commit(3, epoch: 5).Append(Tail);
        Assert.Equal(["1:Commit", "2:tail=t"], run.Compacted().Left);
        Assert.Equal(["2:tail=t"], run.Compacted(new CompactionPolicy { BeginsAtLogStart = true, IsProducerNeeded = producer => producer.Value != 3 }).Left);
    }

    [Fact]
    public void A_tombstone_goes_when_it_is_old_enough_and_nothing_older_of_its_key_is_left()
    {
        CompactionRun Run() => new CompactionRun().Append(("a", "1"), ("b", "1")).Append(("a", null)).Append(Tail);
        Assert.Equal(["0:b=1", "3:tail=t"], Run().Compacted(WithTombstones).Left);
        // Its own timestamp is that of the first plus 2.
        Assert.Equal(["0:b=1", "3:tail=t"], Run().Compacted(WithTombstones with { TombstonesUpTo = CompactionRun.Timestamp + 2 }).Left);
        Assert.Equal(["0:b=1", "2:a=null", "3:tail=t"], Run().Compacted(WithTombstones with { TombstonesUpTo = CompactionRun.Timestamp + 1 }).Left);
        Assert.Equal(["0:b=1", "2:a=null", "3:tail=t"], Run().Compacted(new CompactionPolicy { BeginsAtLogStart = true }).Left);
        Assert.Equal(["0:b=1", "2:a=null", "3:tail=t"], Run().Compacted(WithTombstones with { BeginsAtLogStart = false }).Left);
    }

    [Fact]
    public void A_tombstone_stays_over_an_older_record_that_may_count_yet()
    {
        var run = new CompactionRun().Append(("a", "1")).Transactional(3, ("a", "2")).Append(("a", null)).Append(Tail);
        Assert.Equal(["1:a=2", "2:a=null", "3:tail=t"], run.Compacted(WithTombstones).Left);
        run.Commit(3);
        Assert.Equal(["3:tail=t", "4:Commit"], run.Compacted(WithTombstones with { IsProducerNeeded = _ => false }).Left);
    }

    [Fact]
    public void Tombstones_and_markers_stay_where_a_snapshot_may_hold_what_they_end()
    {
        CompactionRun Run() => new CompactionRun().Append(("a", "1")).Transactional(3, ("b", "1")).Append(("a", null)).Append(("b", "2")).Commit(3).Append(Tail);
        var policy = WithTombstones with { IsProducerNeeded = _ => false };
        Assert.Equal(["3:b=2", "5:tail=t"], Run().Compacted(policy with { FoldedFrom = 5 }).Left);
        Assert.Equal(["3:b=2", "4:Commit", "5:tail=t"], Run().Compacted(policy with { FoldedFrom = 4 }).Left);
        Assert.Equal(["2:a=null", "3:b=2", "4:Commit", "5:tail=t"], Run().Compacted(policy with { FoldedFrom = 2 }).Left);
    }

    [Fact]
    public void A_batch_that_cannot_be_read_stays_whole_and_no_tombstone_goes_beside_it()
    {
        var run = new CompactionRun().Append(("b", "1")).AppendUnreadable(("a", "1")).Append(("a", null), ("b", "2")).Append(Tail);
        Assert.Equal(["1:", "2:a=null,b=2", "4:tail=t"], run.Compacted(WithTombstones).Left);
        Assert.Equal(1, CompactionRun.Header(run.Batches[0]).RecordCount);
    }

    [Fact]
    public void Control_batches_of_other_kinds_stay()
    {
        var marker = ControlRecord.EndTransactionMarker(commit: true, new ProducerId(3), new ProducerEpoch(0), 3, 0);
        marker[RecordBatchHeader.Size + 8] = (byte)ControlRecordType.LeaderChange;
        var run = new CompactionRun().Add(marker).Append(Tail);
        Assert.Equal(["0:LeaderChange", "1:tail=t"], run.Compacted(WithTombstones with { IsProducerNeeded = _ => false }).Left);
    }

    [Fact]
    public void A_compaction_without_batches_and_one_that_changes_nothing_are_possible()
    {
        Assert.Empty(new CompactionRun().Compacted().Left);
        var run = new CompactionRun().Append(("a", "1")).Append(("b", "2"));
        Assert.Equal(2, run.Compact(WithTombstones));
        Assert.Equal(["0:a=1", "1:b=2"], run.Left);
    }

    [Fact]
    public void A_key_larger_than_all_memory_that_there_is_stays_and_the_others_are_compacted()
    {
        var large = new string('k', 5000);
        var run = new CompactionRun().Append((large, "1"), ("a", "1")).Append((large, null), ("a", "2")).Append(Tail);
        var looks = run.Compact(WithTombstones with { KeyBytes = 200 });
        Assert.Equal([$"0:{large}=1", $"2:{large}=null,a=2", "4:tail=t"], run.Left);
        Assert.InRange(looks, 3, 100);
    }
}
