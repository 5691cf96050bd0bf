using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>Requests of the first protocol that come late, over a connection that their client has given up (KAFKA-17754).</summary>
public class ConnectionOrderTests
{
    const short New = TestCoordinator.New;
    const long Earlier = 5, Later = 6;

    readonly TestCoordinator _coordinator = new();
    readonly (long Pid, int Epoch) _held;

    public ConnectionOrderTests()
    {
        _held = _coordinator.Init(on: Earlier).Held;
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(0), on: Earlier));
    }

    void CommitAndBeginNext(long on)
    {
        _coordinator.End(_held, true, on: on);
        _coordinator.EndAll();
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(1), on: on));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void T2_T3_A_late_end_does_not_end_the_next_transaction(bool commit)
    {
        CommitAndBeginNext(Later);
        Assert.True(_coordinator.End(_held, commit, on: Earlier).Reply.IsLate);
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        Assert.Empty(_coordinator.Told);
    }

    [Fact]
    public void A_late_partition_does_not_come_into_the_next_transaction()
    {
        CommitAndBeginNext(Later);
        Assert.True(_coordinator.Add(_held, [TestCoordinator.Part(0)], on: Earlier).Reply.IsLate);
        Assert.Equal([TestCoordinator.Part(1)], _coordinator.Describe()!.Participants);
    }

    [Fact]
    public void A_late_question_for_the_next_epoch_does_not_abort_it()
    {
        CommitAndBeginNext(Later);
        Assert.True(_coordinator.Init(TestCoordinator.Id, _held.Pid, _held.Epoch, on: Earlier).Reply.IsLate);
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
    }

    [Fact]
    public void T2_With_KIP_890_the_epoch_tells_a_late_end_and_the_connection_is_not_asked()
    {
        var next = _coordinator.End(_held, true, New, on: Later);
        _coordinator.EndAll();
        Assert.Equal(ErrorCode.None, _coordinator.Add(next.Held, TestCoordinator.Part(1), version: New));
        var late = _coordinator.End(_held, true, New, on: Earlier);
        Assert.Equal((ErrorCode.ProducerFenced, false), (late.Error, late.Reply.IsLate));
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        var end = _coordinator.End(next.Held, true, New, on: Earlier);
        _coordinator.EndAll();
        Assert.Equal(ErrorCode.None, end.Error);
    }

    [Fact]
    public void The_same_connection_and_a_later_one_are_heard()
    {
        CommitAndBeginNext(Earlier);
        CommitAndBeginNext(Later);
        CommitAndBeginNext(Later + 10);
        Assert.True(_coordinator.End(_held, true, on: Later).Reply.IsLate);
    }

    /// <summary>The disk failed under it while its process lives on: which connection spoke last is forgotten, and none of them is taken for that.</summary>
    [Fact]
    public void When_the_coordinator_is_folded_anew_beside_its_connections_all_of_them_are_earlier_ones()
    {
        CommitAndBeginNext(Later);
        _coordinator.LogFailed();
        foreach (var ordinal in new[] { Earlier, Later })
        {
            Assert.True(_coordinator.End(_held, true, on: ordinal).Reply.IsLate);
            Assert.True(_coordinator.Add(_held, [TestCoordinator.Part(2)], on: ordinal).Reply.IsLate);
        }
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(1), on: Later + 1));
        var other = _coordinator.Init("other", on: Later + 1);
        Assert.Equal(ErrorCode.None, _coordinator.Add(other.Held, TestCoordinator.Part(0), "other", on: Later + 1));
        _coordinator.Crash();
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(1), on: 1));
    }

    [Fact]
    public void Who_has_no_connection_is_heard()
    {
        CommitAndBeginNext(Later);
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(2)));
    }

    [Fact]
    public void Another_epoch_begins_anew()
    {
        CommitAndBeginNext(Later);
        var asked = _coordinator.Init(on: Later);
        _coordinator.EndAll();
        // The next incarnation may have been connected before.
        Assert.Equal(ErrorCode.None, _coordinator.Add(asked.Held, TestCoordinator.Part(0), on: Earlier));
    }

    [Fact]
    public void Strangers_make_nobody_late()
    {
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.End((_held.Pid, 9), true, on: 100).Error);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.Add((99, 0), TestCoordinator.Part(0), on: 100));
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(1), on: Later));
    }

    [Fact]
    public void What_a_write_adds_says_nothing_of_the_connection_to_the_coordinator()
    {
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(1), version: New, on: 100));
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(2), on: Later));
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(3), version: New, on: 3));
    }

    [Fact]
    public void After_the_log_has_failed_nothing_is_heard_over_connections_of_before_and_everybody_over_later_ones()
    {
        CommitAndBeginNext(Later);
        _coordinator.LogFailed();
        Assert.True(_coordinator.End(_held, true, on: Earlier).Reply.IsLate);
        // Whose connection this is comes again by another one.
        Assert.True(_coordinator.End(_held, true, on: Later).Reply.IsLate);
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        CommitAndBeginNext(Later + 1);
    }

    [Fact]
    public void A_process_that_begins_knows_no_earlier_connections()
    {
        CommitAndBeginNext(Later);
        _coordinator.Crash();
        CommitAndBeginNext(Earlier);
    }
}
