namespace Semel.Machines.Groups.Consumer;

/// <summary>Somebody who was admitted joins or shows itself.</summary>
/// <param name="Member">Null of one that joins.</param>
/// <param name="Former">Whose place it takes as the same static member; null of nobody's.</param>
/// <param name="Subscription">What it says of itself by now.</param>
/// <param name="Owned">What it says it owns; null: as before.</param>
internal sealed record MemberRequest(string MemberId, ConsumerMember? Member, ConsumerMember? Former, MemberSubscription Subscription, PartitionSet? Owned)
{
    /// <summary>For a regular expression that the group did not have.</summary>
    public PatternTopics? PatternTopics { get; init; }
}

/// <param name="State">What the member has from now on.</param>
/// <param name="IsWaiting">There is more for it soon: an assignment that is about to be made, or partitions that another is about to give up.</param>
internal readonly record struct MemberOutcome(MemberState State, bool IsWaiting);

/// <summary>
/// What a member says is taken over, the group's epoch and targets follow, and the member is brought one step towards its own. The same for both protocols.
/// </summary>
internal static class MemberStep
{
    public static MemberOutcome Take(ConsumerGroup group, MemberRequest request, GroupTurn turn)
    {
        var (memberId, subscription) = (request.MemberId, request.Subscription);
        var change = new GroupChange(group, turn);
        if (request.PatternTopics is { } found) change.SetPattern(subscription.Pattern!, found);
        var before = (request.Former ?? request.Member)?.Subscription;
        var state = request.Former is { } former ? TakeOver(former, memberId, change) : request.Member?.State ?? MemberState.New;
        change.Subscribe(memberId, subscription);
        var asksForOthers = before is null || !before.AsksForTheSame(subscription);
        // The first of a group makes its first epoch even when it asks for nothing.
        change.UpdateEpoch((asksForOthers && !(before is null && AsksForNothing(subscription))) || group.Epoch == 0);
        change.Assign(atOnce: subscription.Classic is not null);

        var next = IsSettled(state, change, asksForOthers) ? state : Reconcile(group, change, request, turn).Step(state, asksForOthers);
        if (request.Former is not null || request.Member?.State is null || !next.Equals(state))
        {
            change.SetState(memberId, next);
            group.Timers.Changed(memberId, subscription, next, turn);
        }
        group.Timers.Heard(memberId, subscription, turn);
        return new(next, next.Phase == MemberPhase.Unreleased || change.Epoch > change.AssignmentEpoch);
    }

    static bool AsksForNothing(MemberSubscription subscription) => subscription.Topics.Count == 0 && subscription.Pattern is null;

    static bool IsSettled(MemberState state, GroupChange change, bool asksForOthers) => !asksForOthers && state.IsReconciledTo(change.AssignmentEpoch);

    static Reconciliation Reconcile(ConsumerGroup group, GroupChange change, MemberRequest request, GroupTurn turn)
    {
        var topics = change.TopicsOf(request.Subscription).ToHashSet();
        return new(change.TargetOf(request.MemberId), change.AssignmentEpoch, topics.Contains,
            partition => group.HasOwner(partition) && turn.Fault != PlantedFault.PartitionGivenBeforeReleased, request.Owned);
    }

    /// <summary>A static member is back, by another id or by its own: it has what it had.</summary>
    static MemberState TakeOver(ConsumerMember former, string memberId, GroupChange change)
    {
        var target = change.TargetOf(former.Id);
        var state = (former.State ?? MemberState.New) with { Epoch = MemberState.Joining, PreviousEpoch = MemberState.Joining };
        if (former.Id == memberId) return state;
        change.Remove(former.Id);
        change.SetTarget(memberId, target);
        return state;
    }
}
