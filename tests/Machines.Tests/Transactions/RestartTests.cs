using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>A coordinator that is killed behind each of its records goes on where it was.</summary>
public class RestartTests
{
    const short Old = TestCoordinator.Old, New = TestCoordinator.New;
    static readonly Participant[] Parts = [TestCoordinator.Part(0), TestCoordinator.Part(1), TestCoordinator.Part(3, "__consumer_offsets")];

    public static TheoryData<short, bool, int> Ends()
    {
        var rows = new TheoryData<short, bool, int>();
        foreach (var version in new[] { Old, New })
            foreach (var commit in new[] { true, false })
                foreach (var epoch in new[] { 7, 32766 }) rows.Add(version, commit, epoch);
        return rows;
    }

    /// <summary>Every table of what must come of a crash, by cutting the log of one transaction behind each record.</summary>
    [Theory]
    [MemberData(nameof(Ends))]
    public void T1_T9_Whatever_is_in_the_log_the_end_is_the_same_for_all_and_the_repeated_question_has_its_answer(short version, bool commit, int epoch)
    {
        for (var left = 1; left <= 4; left++)
        {
            var coordinator = Whole(version, commit, epoch, out var answered);
            Assert.Equal(4, coordinator.Log.Count);
            coordinator.Crash(left);
            var told = coordinator.Told.ToArray();
            switch (left)
            {
                case 1:
                    // Nothing of it was ever acknowledged.
                    Assert.Equal(TransactionState.Empty, coordinator.State());
                    break;
                case 2:
                    Assert.Equal(TransactionState.Ongoing, coordinator.State());
                    Assert.Empty(told);
                    Finish(coordinator, version, commit, epoch, answered);
                    break;
                case 3:
                    // Decided: all are told, by a coordinator of a later epoch; until they know, nothing else.
                    Assert.Equal(Parts.Order(Comparer<Participant>.Create((x, y) => x.Kind.CompareTo(y.Kind))), Assert.Single(told).Participants);
                    Assert.Equal((commit, coordinator.CoordinatorEpoch), (told[0].Marker.Commit, told[0].Marker.CoordinatorEpoch));
                    Assert.Equal(ErrorCode.ConcurrentTransactions, coordinator.End((500, epoch), commit, version).Error);
                    Assert.Equal(ErrorCode.ConcurrentTransactions, coordinator.End((500, epoch), !commit, version).Error);
                    coordinator.EndAll();
                    Finish(coordinator, version, commit, epoch, answered);
                    break;
                default:
                    Assert.Empty(told);
                    Finish(coordinator, version, commit, epoch, answered);
                    break;
            }
        }
    }

    static TestCoordinator Whole(short version, bool commit, int epoch, out (long, int) answered)
    {
        var coordinator = new TestCoordinator();
        coordinator.Begin(coordinator.At(500, epoch));
        Assert.Equal(ErrorCode.None, coordinator.Add((500, epoch), Parts, version: version).Error);
        var asked = coordinator.End((500, epoch), commit, version);
        coordinator.EndAll();
        answered = asked.Held;
        return coordinator;
    }

    static void Finish(TestCoordinator coordinator, short version, bool commit, int epoch, (long, int) answered)
    {
        var isOpen = coordinator.State() == TransactionState.Ongoing;
        var asked = coordinator.End((500, epoch), commit, version);
        Assert.Equal(isOpen, coordinator.Told.Count > 0);
        coordinator.EndAll();
        Assert.Equal(ErrorCode.None, asked.Error);
        // A producer id that was never answered may be another one the second time.
        if (isOpen && version == New && epoch == 32766) Assert.Equal(0, asked.Held.Item2);
        else Assert.Equal(answered, asked.Held);
        Assert.Equal(asked.Held, coordinator.End((500, epoch), commit, version).Held);
        Assert.Equal(commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort, coordinator.State());
        Assert.NotEqual(ErrorCode.None, coordinator.End((500, epoch), !commit, version).Error);
        Assert.Equal(ErrorCode.None, coordinator.Add(asked.Held, Parts, version: version).Error);
    }

    [Fact]
    public void T1_Participants_that_knew_it_are_told_again_and_the_others_at_last()
    {
        var coordinator = new TestCoordinator();
        var held = coordinator.Init().Held;
        coordinator.Add(held, Parts);
        coordinator.End(held, true);
        var told = coordinator.TakeTold();
        coordinator.Answer(told, ErrorCode.None, Parts[0]);
        coordinator.Crash();
        Assert.Equal(3, coordinator.Told[0].Participants.Count);
        // What the earlier coordinator was still answered is not of this one's end.
        coordinator.Answer(told, ErrorCode.None);
        Assert.Equal(TransactionState.PrepareCommit, coordinator.State());
        coordinator.EndAll();
        Assert.Equal(TransactionState.CompleteCommit, coordinator.State());
    }

    [Fact]
    public void An_abort_of_nothing_that_was_cut_in_the_middle_is_completed_without_anybody_being_told()
    {
        var coordinator = new TestCoordinator();
        coordinator.Begin(coordinator.At(500, 8, TransactionState.PrepareAbort) with { LastEpoch = new(7), TransactionVersion = New });
        Assert.Empty(coordinator.Told);
        Assert.Equal(coordinator.Now.Steady, coordinator.Machine.NextDeadline);
        Assert.Equal((500L, 8), coordinator.End((500, 7), false, New).Held);
        var recorded = coordinator.Log.Count;
        coordinator.Advance(default);
        Assert.Equal((TransactionState.CompleteAbort, recorded), (coordinator.Facts().State, coordinator.Log.Count));
    }

    [Fact]
    public void A_fence_that_was_cut_off_goes_on_and_its_question_is_asked_again()
    {
        var coordinator = new TestCoordinator();
        var held = coordinator.Init().Held;
        coordinator.Add(held, Parts);
        Assert.True(coordinator.Init().IsParked);
        coordinator.Crash();
        Assert.Equal(ErrorCode.ConcurrentTransactions, coordinator.Init().Error);
        coordinator.EndAll();
        Assert.Equal((held.Item1, 2), coordinator.Init().Held);
    }

    [Fact]
    public void Records_of_ids_that_were_compacted_away_are_not_missed()
    {
        var coordinator = Whole(New, true, 7, out _);
        var whole = coordinator.Save();
        coordinator.Log.RemoveRange(0, 3);
        Assert.Equal(whole, coordinator.Save(coordinator.Rebuilt()));
    }

    [Fact]
    public void What_a_newer_version_wrote_stops_the_log_and_is_not_passed_over()
    {
        var coordinator = Whole(New, true, 7, out _);
        // The record's key begins with its kind.
        var batch = coordinator.Log[^1];
        var at = batch.AsSpan().IndexOf("copier"u8) - 3;
        batch[at] = 9;
        Assert.Throws<Semel.Machines.Turn.InvariantBrokenException>(() => coordinator.Rebuilt());
    }
}
