using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>What participants answer to the end of a transaction.</summary>
public class ParticipantAnswerTests
{
    readonly TestCoordinator _coordinator = new();
    readonly (long Pid, int Epoch) _held;
    readonly EndParticipants _told;

    public ParticipantAnswerTests()
    {
        _held = _coordinator.Init().Held;
        _coordinator.Add(_held, [TestCoordinator.Part(0), TestCoordinator.Part(1)]);
        _coordinator.End(_held, true);
        _told = _coordinator.TakeTold();
    }

    public static TheoryData<ErrorCode, ParticipantOutcome> Rows()
    {
        var rows = new TheoryData<ErrorCode, ParticipantOutcome>();
        foreach (var code in Enum.GetValues<ErrorCode>())
            rows.Add(code, (int)code switch
            {
                0 or 43 => ParticipantOutcome.Ended,
                3 or 5 or 6 or 7 or 14 or 15 or 16 or 19 or 20 or 56 => ParticipantOutcome.Later,
                47 => ParticipantOutcome.MovedOn,
                _ => ParticipantOutcome.Halted,
            });
        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_answer_has_its_consequence(ErrorCode answer, ParticipantOutcome outcome)
    {
        _coordinator.Answer(_told, ErrorCode.None, TestCoordinator.Part(0));
        _coordinator.Answer(_told, answer, TestCoordinator.Part(1));
        var isEnded = outcome is ParticipantOutcome.Ended or ParticipantOutcome.MovedOn;
        Assert.Equal(isEnded ? TransactionState.CompleteCommit : TransactionState.PrepareCommit, _coordinator.State());
        Assert.Equal(outcome is ParticipantOutcome.MovedOn or ParticipantOutcome.Halted ? 1 : 0, _coordinator.Notices.Count);
        _coordinator.Advance(TimeSpan.FromSeconds(30));
        if (outcome != ParticipantOutcome.Later)
        {
            Assert.Empty(_coordinator.Told);
            return;
        }
        Assert.Equal([TestCoordinator.Part(1)], _coordinator.TakeTold().Participants);
    }

    [Fact]
    public void T6_Who_could_not_end_is_told_again_and_nothing_is_complete_before()
    {
        _coordinator.Answer(_told, ErrorCode.NotLeaderOrFollower, TestCoordinator.Part(0));
        _coordinator.Answer(_told, ErrorCode.None, TestCoordinator.Part(1));
        for (var pause = 20; pause < 10_000; pause *= 2)
        {
            var expected = Math.Min(pause, 1000);
            _coordinator.Advance(TimeSpan.FromMilliseconds(expected - 1));
            Assert.Empty(_coordinator.Told);
            _coordinator.Advance(TimeSpan.FromMilliseconds(1));
            var again = _coordinator.TakeTold();
            Assert.Equal([TestCoordinator.Part(0)], again.Participants);
            Assert.Equal((_told.Marker, _told.End), (again.Marker, again.End));
            _coordinator.Answer(again, ErrorCode.KafkaStorageError);
        }
        // Told once, when it has gone on for some time.
        var notice = Assert.Single(_coordinator.Notices);
        Assert.Equal((TransactionEvent.Delayed, TestCoordinator.Part(0), ErrorCode.KafkaStorageError), (notice.Event, notice.Answer!.Value.Participant, notice.Answer.Value.Error));
        Assert.Equal(TransactionState.PrepareCommit, _coordinator.State());
        _coordinator.Advance(TimeSpan.FromSeconds(1));
        _coordinator.EndAll();
        Assert.Equal(TransactionState.CompleteCommit, _coordinator.State());
    }

    [Fact]
    public void One_that_was_halted_goes_on_after_a_restart()
    {
        _coordinator.Answer(_told, ErrorCode.TransactionCoordinatorFenced, TestCoordinator.Part(0));
        _coordinator.Answer(_told, ErrorCode.NotLeaderOrFollower, TestCoordinator.Part(1));
        var notice = Assert.Single(_coordinator.Notices);
        Assert.Equal((TransactionEvent.Halted, ErrorCode.TransactionCoordinatorFenced), (notice.Event, notice.Answer!.Value.Error));
        _coordinator.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_coordinator.Told);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Add(_held, TestCoordinator.Part(0)));
        _coordinator.Crash();
        Assert.Equal(2, _coordinator.Told[0].Participants.Count);
        _coordinator.EndAll();
        Assert.Equal(TransactionState.CompleteCommit, _coordinator.State());
    }

    [Fact]
    public void Answers_that_belong_to_nothing_change_nothing()
    {
        var recorded = _coordinator.Log.Count;
        _coordinator.Answer(_told, ErrorCode.None, TestCoordinator.Part(9));
        _coordinator.Answer(_told with { TransactionalId = new("nobody") }, ErrorCode.None);
        _coordinator.Answer(_told with { End = _told.End with { Number = _told.End.Number + 1 } }, ErrorCode.None);
        _coordinator.Answer(_told with { End = _told.End with { CoordinatorEpoch = _told.End.CoordinatorEpoch - 1 } }, ErrorCode.None);
        Assert.Equal((TransactionState.PrepareCommit, recorded), (_coordinator.State(), _coordinator.Log.Count));
        _coordinator.Answer(_told, ErrorCode.None, TestCoordinator.Part(0));
        _coordinator.Answer(_told, ErrorCode.None, TestCoordinator.Part(0));
        Assert.Equal(TransactionState.PrepareCommit, _coordinator.State());
        _coordinator.Answer(_told, ErrorCode.None, TestCoordinator.Part(1));
        _coordinator.Answer(_told, ErrorCode.None, TestCoordinator.Part(1));
        Assert.Equal((TransactionState.CompleteCommit, recorded + 1), (_coordinator.State(), _coordinator.Log.Count));
    }

    /// <summary>The first protocol uses the same producer id and epoch in the next transaction: an answer that is late must not be taken for one to its end.</summary>
    [Fact]
    public void A_late_answer_of_the_last_transaction_ends_nothing_of_the_next()
    {
        _coordinator.Crash();
        _coordinator.EndAll();
        _coordinator.Add(_held, TestCoordinator.Part(0));
        _coordinator.End(_held, true);
        _coordinator.Answer(_told, ErrorCode.None);
        Assert.Equal(TransactionState.PrepareCommit, _coordinator.State());
        _coordinator.EndAll();
        Assert.Equal(TransactionState.CompleteCommit, _coordinator.State());
    }

    [Fact]
    public void T26_One_that_is_gone_has_ended()
    {
        // The shell says so of a topic that was deleted.
        _coordinator.Answer(_told, ErrorCode.None);
        Assert.Equal(TransactionState.CompleteCommit, _coordinator.State());
    }
}
