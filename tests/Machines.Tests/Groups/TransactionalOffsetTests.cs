using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>Offsets of transactions: what may be written, and what a marker makes of it.</summary>
public class TransactionalOffsetTests
{
    readonly TestGroups _groups = new();

    public TransactionalOffsetTests() => _groups.Topics.Create("t", partitions: 4);

    [Fact]
    public void G13_a_commit_is_visible_as_soon_as_its_marker_is_answered()
    {
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 10, producer: 1));
        Assert.Equal(-1, _groups.Fetch("g").Offset);
        // In one turn even: the marker, and whoever asks right after it.
        var asked = _groups.Turn(new EndTransaction(new(new(1), new(0), true, 1, 1)), new FetchOffsets { GroupId = new("g"), RequireStable = true, Topics = [new("t", TopicId.None, [0])] });
        Assert.Equal(ErrorCode.None, asked[0].Error);
        Assert.Equal(10, ((FetchedOffsets)asked[1].Reply).Topics[0].Partitions[0].Offset);
    }

    [Fact]
    public void T21_a_plain_commit_after_the_pending_one_stays()
    {
        _groups.Pending("g", 100, producer: 1);
        _groups.Commit("g", 50);
        Assert.Equal(50, _groups.Fetch("g").Offset);
        _groups.End(1, 0, commit: true);
        Assert.Equal(50, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void A_plain_commit_before_the_pending_one_gives_way()
    {
        _groups.Commit("g", 50);
        _groups.Pending("g", 100, producer: 1);
        _groups.End(1, 0, commit: true);
        Assert.Equal(100, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void T22_pending_offsets_are_unstable_or_the_former_ones()
    {
        _groups.Commit("g", 1);
        _groups.Pending("g", 100, producer: 1);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, _groups.Fetch("g", stable: true).Error);
        Assert.Equal(1, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void T23_G24_a_generation_that_is_over_leaves_nothing_pending()
    {
        var old = _groups.Stable("g", 1)[0];
        var members = _groups.Join("g");
        var again = _groups.Join("g", old.MemberId).Joined;
        Assert.True(members.IsAnswered);
        Assert.Equal(ErrorCode.IllegalGeneration, _groups.Pending("g", 9, producer: 1, by: old));
        Assert.Equal(0, _groups.Machine.View.OpenTransactions.Count);
        Assert.Equal(-1, _groups.Fetch("g", stable: true).Offset);
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 9, producer: 1, by: again));
    }

    [Theory]
    [InlineData(5, ErrorCode.IllegalGeneration)]
    [InlineData(6, ErrorCode.GroupIdNotFound)]
    public void A_group_that_nobody_knows_has_no_members(short version, ErrorCode error)
    {
        Assert.Equal(error, _groups.Pending("g", 1, producer: 1, by: new JoinReply(ErrorCode.None) { Generation = 3, MemberId = "m" }, version: version));
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 1, producer: 1, version: version));
    }

    [Fact]
    public void KIP447_who_names_a_member_is_asked_for_it()
    {
        var member = _groups.Join("g", instance: "i").Joined;
        _groups.Sync("g", member, (member.MemberId, "x"));
        ErrorCode Try(JoinReply by, string? instance) => _groups.First(_groups.PendingOf("g", 1, 1, 0, _groups.Verify(1, 0).Guard, by) with { InstanceId = instance });
        Assert.Equal(ErrorCode.UnknownMemberId, Try(member with { MemberId = "other" }, null));
        Assert.Equal(ErrorCode.UnknownMemberId, Try(member, "unknown"));
        Assert.Equal(ErrorCode.FencedInstanceId, Try(member with { MemberId = "other" }, "i"));
        Assert.Equal(ErrorCode.IllegalGeneration, Try(member with { Generation = 9 }, "i"));
        Assert.Equal(ErrorCode.None, Try(member, "i"));
        // kafkajs and old librdkafka name nobody: their transactional id fences.
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 2, producer: 2));
    }

    [Fact]
    public void An_empty_group_takes_no_member_and_whoever_names_none()
    {
        var member = _groups.Stable("g", 1)[0];
        _groups.Leave("g", member.MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Pending("g", 1, producer: 1, by: member));
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 1, producer: 1));
    }

    [Fact]
    public void Without_a_guard_nothing_is_written()
    {
        Assert.Equal(ErrorCode.InvalidTxnState, _groups.First(_groups.PendingOf("g", 1, 1, 0, guard: 0)));
        Assert.Empty(_groups.Log);
        var verified = _groups.Verify(1, 0);
        Assert.Equal((ErrorCode.None, false), (verified.Error, verified.IsOpen));
        Assert.Equal(ErrorCode.None, _groups.First(_groups.PendingOf("g", 1, 1, 0, verified.Guard)));
        // From now on the transaction is open here.
        Assert.True(_groups.Verify(1, 0).IsOpen);
        Assert.Equal(ErrorCode.None, _groups.First(_groups.PendingOf("g", 2, 1, 0, guard: 0, partition: 1)));
    }

    [Fact]
    public void A_marker_between_verification_and_write_takes_the_guard_away()
    {
        var guard = _groups.Verify(1, 0).Guard;
        Assert.Equal(ErrorCode.None, _groups.End(1, 0, commit: false));
        Assert.Equal(ErrorCode.InvalidTxnState, _groups.First(_groups.PendingOf("g", 1, 1, 0, guard)));
        // KAFKA-19690: under a marker that raised the epoch it is told that it is old.
        guard = _groups.Verify(2, 0).Guard;
        _groups.End(2, 1, commit: false, version: 2);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, _groups.First(_groups.PendingOf("g", 1, 2, 0, guard)));
        Assert.Equal(-1, _groups.Fetch("g", stable: true).Offset);
    }

    [Fact]
    public void A_guard_of_a_machine_that_is_gone_counts_no_more()
    {
        var guard = _groups.Verify(1, 0).Guard;
        _groups.Restart();
        Assert.Equal(ErrorCode.KafkaStorageError, _groups.First(_groups.PendingOf("g", 1, 1, 0, guard)));
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 1, 1));
    }

    [Fact]
    public void An_older_epoch_is_refused_and_a_marker_of_it_as_well()
    {
        _groups.Pending("g", 1, 1, epoch: 5);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, _groups.Pending("g", 2, 1, epoch: 4));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, _groups.End(1, 4, commit: true));
        Assert.Equal(ErrorCode.UnstableOffsetCommit, _groups.Fetch("g", stable: true).Error);
    }

    [Fact]
    public void A_late_marker_of_the_transaction_before_does_not_end_the_next()
    {
        _groups.Pending("g", 1, 1, epoch: 5);
        Assert.Equal(ErrorCode.None, _groups.End(1, 6, commit: true, version: 2));
        _groups.Pending("g", 2, 1, epoch: 6);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, _groups.End(1, 6, commit: true, version: 2));
        Assert.Equal(1, _groups.Fetch("g").Offset);
        Assert.Equal(ErrorCode.None, _groups.End(1, 7, commit: true, version: 2));
        Assert.Equal(2, _groups.Fetch("g").Offset);
        // And one that is repeated is answered, and changes nothing.
        var batches = _groups.Log.Count;
        Assert.Equal(ErrorCode.None, _groups.End(1, 7, commit: true, version: 2));
        Assert.Equal(batches, _groups.Log.Count);
    }

    [Fact]
    public void A_higher_epoch_waits_until_what_the_lower_left_open_has_ended()
    {
        _groups.Pending("g", 1, 1, epoch: 5);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _groups.Pending("g", 2, 1, epoch: 6, version: 5));
        Assert.Equal(ErrorCode.InvalidTxnState, _groups.Pending("g", 2, 1, epoch: 6, version: 4));
        _groups.End(1, 6, commit: false);
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 2, 1, epoch: 6));
    }

    [Fact]
    public void Of_one_partition_the_last_offset_of_the_transaction_counts()
    {
        _groups.Pending("g", 1, 1);
        _groups.Pending("g", 2, 1);
        _groups.End(1, 0, commit: true);
        Assert.Equal(2, _groups.Fetch("g", stable: true).Offset);
    }

    [Fact]
    public void Two_transactions_with_the_same_partition_end_each_by_itself()
    {
        _groups.Pending("g", 1, producer: 1);
        _groups.Pending("g", 2, producer: 2);
        _groups.End(2, 0, commit: true);
        Assert.Equal((2L, ErrorCode.UnstableOffsetCommit), (_groups.Fetch("g").Offset, _groups.Fetch("g", stable: true).Error));
        // The first one's record is the older.
        _groups.End(1, 0, commit: true);
        Assert.Equal(2, _groups.Fetch("g", stable: true).Offset);
    }

    [Fact]
    public void What_is_wrong_is_told_in_its_order()
    {
        Assert.Equal(ErrorCode.InvalidGroupId, _groups.Pending("", 1, 1));
        Assert.Equal(ErrorCode.OffsetMetadataTooLarge, _groups.First(_groups.PendingOf("g", 1, 1, 0, _groups.Verify(1, 0).Guard) with
        {
            Topics = [new("t", TopicId.None, [new(0, 1, -1, new string('m', 5000))])],
        }));
        // A topic that is not there comes before everything else, and by its id even before the group.
        Assert.Equal(ErrorCode.UnknownTopicId, _groups.First(_groups.PendingOf("g", 1, 1, 0, 0, new JoinReply(ErrorCode.None) { Generation = 4, MemberId = "m" }, version: 6) with
        {
            Topics = [new(null, Catalog.TestCatalog.Id(99), [new(0, 1)])],
        }));
        Assert.Empty(_groups.Log);
    }

    [Fact]
    public void G11_pending_offsets_survive_a_restart_and_a_snapshot()
    {
        _groups.Commit("g", 1);
        _groups.Pending("g", 7, 1);
        _groups.RestartFromSnapshot();
        Assert.Equal(ErrorCode.UnstableOffsetCommit, _groups.Fetch("g", stable: true).Error);
        _groups.Restart();
        Assert.True(_groups.Verify(1, 0).IsOpen);
        _groups.RestartFromSnapshot();
        _groups.End(1, 0, commit: true);
        Assert.Equal(7, _groups.Fetch("g", stable: true).Offset);
    }

    [Fact]
    public void Readers_of_the_log_see_its_open_and_aborted_transactions()
    {
        _groups.Commit("g", 1);
        _groups.Pending("g", 2, 1);
        _groups.Commit("g", 3);
        Assert.Equal((1L, 3L), (_groups.Machine.View.LastStableOffset, _groups.Machine.View.HighWatermark));
        Assert.True(_groups.Machine.View.OpenTransactions.IsOpen(new(1), new(0)));
        _groups.End(1, 0, commit: false);
        Assert.Equal(4, _groups.Machine.View.LastStableOffset);
        Assert.Equal(1, Assert.Single(_groups.Machine.View.AbortedTransactions.Between(0, 4)).FirstOffset);
    }

    [Fact]
    public void Ten_thousand_open_transactions_end_each_with_its_own_offset()
    {
        _groups.ChecksReplay = false;
        for (var producer = 1; producer <= 10_000; producer++) Assert.Equal(ErrorCode.None, _groups.Pending($"g{producer % 100}", producer, producer, partition: producer % 4));
        Assert.Equal(10_000, _groups.Machine.View.OpenTransactions.Count);
        for (var producer = 1; producer <= 10_000; producer++) Assert.Equal(ErrorCode.None, _groups.End(producer, 0, commit: producer % 2 == 0));
        Assert.Equal(0, _groups.Machine.View.OpenTransactions.Count);
        for (var group = 0; group < 100; group++) Assert.Equal(group % 2 == 0 ? 9_900 + group + (group == 0 ? 100 : 0) : -1, _groups.Fetch($"g{group}", partition: group % 4).Offset);
        Assert.Equal(_groups.Save(), _groups.SaveOf(_groups.Rebuilt(null)));
    }

    [Fact]
    public void Who_owns_a_transaction_that_hangs_is_asked_again_and_again_until_it_has_ended()
    {
        _groups.Pending("g", 1, 1, epoch: 3);
        _groups.Pass(TimeSpan.FromMinutes(19));
        Assert.Empty(_groups.Asks);
        _groups.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(new Machines.Producers.AskAboutTransaction(new(1), new(3), -1), Assert.Single(_groups.Asks));
        _groups.RestartFromSnapshot();
        _groups.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(2, _groups.Asks.Count);
        _groups.End(1, 3, commit: false);
        _groups.Pass(TimeSpan.FromMinutes(60));
        Assert.Equal(2, _groups.Asks.Count);
        Assert.Equal(-1, _groups.Fetch("g", stable: true).Offset);
    }
}
