using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>AddPartitionsToTxn, AddOffsetsToTxn, and asking whether something takes part.</summary>
public class AddParticipantsTests
{
    const short Old = TestCoordinator.Old, New = TestCoordinator.New;

    readonly TestCoordinator _coordinator = new();
    readonly (long Pid, int Epoch) _held;

    public AddParticipantsTests() => _held = _coordinator.Init().Held;

    static Participant Part(int partition) => TestCoordinator.Part(partition);

    [Fact]
    public void The_first_begins_the_transaction_and_its_time()
    {
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, Part(0)));
        var described = _coordinator.Describe()!;
        Assert.Equal((TransactionState.Ongoing, _coordinator.Now.Wall.UnixMilliseconds), (described.State, described.StartMs));
        _coordinator.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, Part(1)));
        Assert.Equal(described.StartMs, _coordinator.Describe()!.StartMs);
        Assert.Equal([Part(0), Part(1)], _coordinator.Describe()!.Participants);
    }

    [Fact]
    public void What_takes_part_already_is_not_recorded_again()
    {
        _coordinator.Add(_held, [Part(0), Part(1), TestCoordinator.Part(3, "__consumer_offsets")]);
        var recorded = _coordinator.Log.Count;
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, Part(1)));
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, [Part(0), TestCoordinator.Part(3, "__consumer_offsets")]).Error);
        Assert.Equal(recorded, _coordinator.Log.Count);
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(0, incarnation: 2)));
        Assert.Equal(recorded + 1, _coordinator.Log.Count);
        Assert.Equal(4, _coordinator.Describe()!.Participants.Count);
    }

    [Fact]
    public void Nothing_begins_nothing()
    {
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, []).Error);
        Assert.Equal(TransactionState.Empty, _coordinator.State());
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Add((_held.Pid, 9), []).Error);
    }

    [Theory]
    [InlineData(true, Old)]
    [InlineData(false, Old)]
    [InlineData(true, New)]
    [InlineData(false, New)]
    public void The_next_transaction_begins_without_those_of_the_last(bool commit, short version)
    {
        _coordinator.Add(_held, [Part(0), Part(1)], version: version);
        var ended = _coordinator.End(_held, commit, version);
        _coordinator.EndAll();
        _coordinator.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(ErrorCode.None, _coordinator.Add(ended.Held, Part(2), version: version));
        Assert.Equal([Part(2)], _coordinator.Describe()!.Participants);
        Assert.Equal(_coordinator.Now.Wall.UnixMilliseconds, _coordinator.Describe()!.StartMs);
    }

    [Theory]
    [InlineData("nobody", 0, 0, ErrorCode.InvalidProducerIdMapping)]
    [InlineData(TestCoordinator.Id, 1, 0, ErrorCode.InvalidProducerIdMapping)]
    [InlineData(TestCoordinator.Id, 0, 1, ErrorCode.ProducerFenced)]
    [InlineData(TestCoordinator.Id, 0, -1, ErrorCode.ProducerFenced)]
    public void Nobody_else_adds(string id, int otherPid, int otherEpoch, ErrorCode error)
    {
        Assert.Equal(error, _coordinator.Add((_held.Pid + otherPid, _held.Epoch + otherEpoch), Part(0), id));
        Assert.Equal(TransactionState.Empty, _coordinator.State());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void While_an_end_is_under_way_everybody_asks_again(bool commit)
    {
        _coordinator.Add(_held, Part(0));
        _coordinator.End(_held, commit);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Add(_held, Part(0)));
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Add(_held, Part(1)));
        // Both may be about to change.
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Add((77, 3), Part(1)));
        Assert.Equal([Part(0)], _coordinator.TakeTold().Participants);
    }

    [Fact]
    public void The_epoch_that_is_left_for_markers_begins_nothing()
    {
        _coordinator.Begin(_coordinator.At(500, 32767, TransactionState.CompleteAbort));
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Add((500, 32767), Part(0)));
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.End((500, 32767), false).Error);
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.End((500, 32767), false, New).Error);
    }

    [Fact]
    public void Who_asks_is_told_of_each_whether_it_takes_part()
    {
        Assert.Equal([ErrorCode.TransactionAbortable], _coordinator.Verify(_held, Part(0)).Reply.Participants);
        _coordinator.Add(_held, Part(0));
        var recorded = _coordinator.Log.Count;
        Assert.Equal([ErrorCode.None, ErrorCode.TransactionAbortable, ErrorCode.TransactionAbortable],
            _coordinator.Verify(_held, Part(0), Part(1), TestCoordinator.Part(0, incarnation: 2)).Reply.Participants);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.Verify((_held.Pid + 1, 0), Part(0)).Error);
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Verify((_held.Pid, 1), Part(0)).Error);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping,
            _coordinator.Ask(new TransactionCommand.Verify(new("nobody"), new(_held.Pid), new(0), [Part(0)])).Error);
        Assert.Equal(recorded, _coordinator.Log.Count);
    }

    [Fact]
    public void While_an_end_is_under_way_nothing_takes_part()
    {
        _coordinator.Add(_held, Part(0));
        _coordinator.End(_held, true);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Verify(_held, Part(0)).Error);
        // Looked at before that, as nothing that is about to change makes a stranger the holder.
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.Verify((77, 3), Part(0)).Error);
        _coordinator.EndAll();
        Assert.Equal([ErrorCode.TransactionAbortable], _coordinator.Verify(_held, Part(0)).Reply.Participants);
    }

    [Fact]
    public void T24_What_was_recorded_and_not_answered_is_known_after_all()
    {
        _coordinator.Add(_held, Part(0));
        var recorded = _coordinator.Log.Count;
        _coordinator.Crash();
        Assert.Equal([ErrorCode.None], _coordinator.Verify(_held, Part(0)).Reply.Participants);
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, Part(0)));
        Assert.Equal(recorded, _coordinator.Log.Count);
        _coordinator.Crash(recorded - 1);
        Assert.Equal([ErrorCode.TransactionAbortable], _coordinator.Verify(_held, Part(0)).Reply.Participants);
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, Part(0)));
    }

    [Fact]
    public void Participants_have_one_order_whatever_the_order_in_which_they_came()
    {
        Participant[] parts = [Part(2), TestCoordinator.Part(1, "__consumer_offsets"), Part(0), TestCoordinator.Part(0, "a"), TestCoordinator.Part(0, incarnation: 2), Part(0)];
        var one = ParticipantSet.Of(parts);
        var other = parts.Reverse().Aggregate(ParticipantSet.Empty, (set, part) => set.With([part]));
        Assert.Equal(one, other);
        Assert.Equal(5, one.Count);
        Assert.All(parts, part => Assert.True(one.Contains(part)));
        Assert.False(one.Contains(Part(7)));
        Assert.Same(one, one.With([Part(0), Part(2)]));
    }
}
