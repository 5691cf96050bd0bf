using Semel.Machines.Groups.Consumer;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>groups.md 5.4, row by row.</summary>
public class ReconciliationTests
{
    const int Target = 10;

    static TopicIdPartition P(int number) => new(new TopicId(new Guid(number / 10 + 1, 0, 0, new byte[8])), number % 10);
    static PartitionSet Set(params int[] numbers) => PartitionSet.Of(numbers.Select(P));
    static HeldPartitions Held(int epoch, params int[] numbers) => HeldPartitions.Of(numbers.Select(number => (P(number), epoch)));

    static MemberState State(int epoch, MemberPhase phase, HeldPartitions assigned, HeldPartitions? pending = null) => new(epoch, epoch - 1, phase, assigned, pending ?? HeldPartitions.None);

    /// <param name="taken">What others hold.</param>
    static MemberState Step(MemberState state, PartitionSet target, PartitionSet? owned, PartitionSet? taken = null, bool changed = false, int unsubscribedTopic = 0) =>
        new Reconciliation(target, Target, topic => topic.Value != new Guid(unsubscribedTopic, 0, 0, new byte[8]),
            partition => taken?.Contains(partition) == true || state.Assigned.Partitions.Contains(partition) || state.PendingRevocation.Partitions.Contains(partition), owned).Step(state, changed);

    [Fact]
    public void A_stable_member_at_its_target_stays()
    {
        var state = State(Target, MemberPhase.Stable, Held(9, 1, 2));
        Assert.Same(state, Step(state, Set(1, 2), null));
    }

    [Fact]
    public void A_member_with_the_same_target_goes_to_its_epoch()
    {
        var next = Step(State(8, MemberPhase.Stable, Held(5, 1, 2)), Set(1, 2), null);
        Assert.Equal((Target, 8, MemberPhase.Stable), (next.Epoch, next.PreviousEpoch, next.Phase));
        Assert.Equal(Held(5, 1, 2), next.Assigned);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_to_be_given_up_is_waited_for_and_nothing_is_given_meanwhile(bool says)
    {
        var next = Step(State(8, MemberPhase.Stable, Held(5, 1, 2)), Set(2, 3), says ? Set(1, 2) : null);
        Assert.Equal((8, MemberPhase.Unrevoked), (next.Epoch, next.Phase));
        Assert.Equal(Held(5, 2), next.Assigned);
        Assert.Equal(Held(5, 1), next.PendingRevocation);
    }

    [Fact]
    public void Who_does_not_own_it_any_more_need_not_give_it_up()
    {
        var next = Step(State(8, MemberPhase.Stable, Held(5, 1, 2)), Set(2, 3), Set(2));
        Assert.Equal((Target, MemberPhase.Stable), (next.Epoch, next.Phase));
        Assert.Equal(Held(5, 2).Add(Set(3), Target), next.Assigned);
        Assert.True(next.PendingRevocation.IsEmpty);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_has_not_given_up_all_stays(bool says)
    {
        var state = State(8, MemberPhase.Unrevoked, Held(5, 2), Held(5, 1, 4));
        Assert.Same(state, Step(state, Set(2, 3), says ? Set(2, 4) : null));
    }

    [Fact]
    public void Who_has_given_up_all_goes_on()
    {
        var next = Step(State(9, MemberPhase.Unrevoked, Held(5, 2), Held(5, 1)), Set(2, 3), Set(2));
        Assert.Equal((Target, 9, MemberPhase.Stable), (next.Epoch, next.PreviousEpoch, next.Phase));
        Assert.Equal(Set(2, 3), next.Assigned.Partitions);
    }

    [Fact]
    public void Who_has_given_up_all_and_has_to_give_up_more_goes_on_by_one_epoch()
    {
        var next = Step(State(6, MemberPhase.Unrevoked, Held(5, 2, 5), Held(5, 1)), Set(2, 3), Set(2, 5));
        Assert.Equal((7, MemberPhase.Unrevoked), (next.Epoch, next.Phase));
        Assert.Equal(Set(5), next.PendingRevocation.Partitions);
    }

    [Fact]
    public void What_was_its_own_and_is_meant_for_it_again_is_given_back()
    {
        var next = Step(State(9, MemberPhase.Unrevoked, Held(5, 2), Held(5, 1)), Set(1, 2), Set(2));
        Assert.Equal(MemberPhase.Stable, next.Phase);
        Assert.Equal(Held(5, 2).Add(Set(1), Target), next.Assigned);
    }

    [Fact]
    public void What_another_has_is_waited_for_and_the_rest_is_given()
    {
        var next = Step(State(8, MemberPhase.Stable, Held(5, 1)), Set(1, 2, 3), null, taken: Set(3));
        Assert.Equal((Target, MemberPhase.Unreleased), (next.Epoch, next.Phase));
        Assert.Equal(Set(1, 2), next.Assigned.Partitions);
    }

    [Fact]
    public void Nothing_is_free_yet()
    {
        var next = Step(State(8, MemberPhase.Stable, HeldPartitions.None), Set(2, 3), Set(), taken: Set(2, 3));
        Assert.Equal((Target, MemberPhase.Unreleased), (next.Epoch, next.Phase));
        Assert.True(next.Assigned.IsEmpty);
        Assert.Equal(next, Step(next, Set(2, 3), null, taken: Set(2, 3)));
    }

    [Fact]
    public void What_became_free_is_given()
    {
        var next = Step(State(Target, MemberPhase.Unreleased, Held(5, 1)), Set(1, 2), null);
        Assert.Equal((Target, MemberPhase.Stable), (next.Epoch, next.Phase));
        Assert.Equal(Set(1, 2), next.Assigned.Partitions);
    }

    [Fact]
    public void What_is_asked_for_no_longer_is_given_up_before_there_is_a_target()
    {
        var next = Step(State(Target, MemberPhase.Stable, Held(5, 1, 11)), Set(1, 11), Set(1, 11), changed: true, unsubscribedTopic: 2);
        Assert.Equal((Target, MemberPhase.Unrevoked), (next.Epoch, next.Phase));
        Assert.Equal(Set(1), next.Assigned.Partitions);
        Assert.Equal(Set(11), next.PendingRevocation.Partitions);
        var gone = Step(State(Target, MemberPhase.Stable, Held(5, 1, 11)), Set(1, 11), Set(1), changed: true, unsubscribedTopic: 2);
        Assert.Equal((MemberPhase.Stable, true), (gone.Phase, gone.PendingRevocation.IsEmpty));
    }

    [Fact]
    public void Who_has_to_give_up_and_asks_for_less_has_to_give_up_that_too()
    {
        var next = Step(State(8, MemberPhase.Unrevoked, Held(5, 1, 11), Held(5, 2)), Set(1, 11), Set(1, 2, 11), changed: true, unsubscribedTopic: 2);
        Assert.Equal((8, MemberPhase.Unrevoked), (next.Epoch, next.Phase));
        Assert.Equal(Set(2, 11), next.PendingRevocation.Partitions);
    }

    [Fact]
    public void What_is_not_asked_for_is_not_given_whatever_the_target_says()
    {
        var next = Step(State(8, MemberPhase.Stable, HeldPartitions.None), Set(1, 11), null, unsubscribedTopic: 2);
        Assert.Equal(Set(1), next.Assigned.Partitions);
        Assert.Equal(MemberPhase.Stable, next.Phase);
    }
}
