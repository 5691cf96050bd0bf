using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>A member joins or shows itself: what it says is taken over, the group's epoch and targets follow, and the member is brought one step towards its own.</summary>
internal static class MemberHeartbeat
{
    public static ConsumerHeartbeatReply Decide(ConsumerHeartbeat request, ConsumerGroup group, GroupTurn turn)
    {
        var memberId = request.MemberId;
        if (group.MemberCount >= turn.Options.ConsumerMaxSize && !group.TryFind(memberId, out _))
            return ConsumerHeartbeatReply.Refused(ErrorCode.GroupMaxSizeReached, $"the group has {group.MemberCount} members, and may have no more (group.consumer.max.size)");
        if (Admit(request, group, out var member, out var former) is { } refusal) return refusal;

        var change = new GroupChange(group, turn);
        var before = (former ?? member)?.Subscription;
        var subscription = Updated(before, request);
        if (Resolve(subscription.Pattern, group, change, turn) is { } badPattern) return badPattern;
        var state = former is null ? member?.State ?? MemberState.New : TakeOver(former, memberId, change);
        change.Subscribe(memberId, subscription);
        var asksForOthers = before is null || !before.AsksForTheSame(subscription);
        // The first of a group makes its first epoch even when it asks for nothing.
        change.UpdateEpoch((asksForOthers && !(before is null && AsksForNothing(subscription))) || group.Epoch == 0);
        change.Assign();

        var topics = change.AssignmentEpoch == state.Epoch && !asksForOthers && state.Phase == MemberPhase.Stable ? null : change.TopicsOf(subscription).ToHashSet();
        var next = topics is null ? state : new Reconciliation(change.TargetOf(memberId), change.AssignmentEpoch, topics.Contains,
            partition => group.HasOwner(partition) && turn.Fault != PlantedFault.PartitionGivenBeforeReleased, request.Owned).Step(state, asksForOthers);
        if (former is not null || member?.State is null || !next.Equals(state))
        {
            change.SetState(memberId, next);
            group.Timers.Changed(memberId, subscription, next, turn);
        }
        group.Timers.Heard(memberId, subscription, turn);
        return new(ErrorCode.None)
        {
            MemberId = memberId,
            MemberEpoch = next.Epoch,
            HeartbeatIntervalMs = (int)turn.Options.ConsumerHeartbeatInterval.TotalMilliseconds,
            Assignment = request.IsFull || !next.Assigned.Partitions.Equals(state.Assigned.Partitions) ? next.Assigned.Partitions : null,
        };
    }

    /// <param name="member">Null of one that joins.</param>
    /// <param name="former">Whose place it takes as the same static member.</param>
    static ConsumerHeartbeatReply? Admit(ConsumerHeartbeat request, ConsumerGroup group, out ConsumerMember? member, out ConsumerMember? former)
    {
        (member, former) = (null, null);
        if (request.MemberEpoch != MemberState.Joining)
            return MemberFinder.Refusal(request, group, out member!) ?? EpochRule.Refusal(member.State ?? MemberState.New, request.MemberEpoch, request.Owned);
        if (request.InstanceId is not { } instance || !group.TryFindStatic(instance, out var holder))
        {
            // Known, it has lost its answer, or begins anew: it owns nothing, and keeps its id and its place.
            group.TryFind(request.MemberId, out member);
            return null;
        }
        if (holder.State is { Epoch: not MemberState.LeavingForAWhile } or null)
            return ConsumerHeartbeatReply.Refused(ErrorCode.UnreleasedInstanceId,
                $"the member '{holder.Id}' has the instance id '{instance}' and has not left: it is free when that one leaves, or has been silent for its session");
        former = holder;
        return null;
    }

    /// <summary>A static member is back, by another id or by its own: it has what it had.</summary>
    static MemberState TakeOver(ConsumerMember former, string memberId, GroupChange change)
    {
        var target = change.TargetOf(former.Id);
        var state = former.State! with { Epoch = MemberState.Joining, PreviousEpoch = MemberState.Joining };
        if (former.Id == memberId) return state;
        change.Remove(former.Id);
        change.SetTarget(memberId, target);
        return state;
    }

    static MemberSubscription Updated(MemberSubscription? known, ConsumerHeartbeat request) => new(
        request.InstanceId ?? known?.InstanceId,
        request.RackId ?? known?.RackId,
        request.Client,
        request.Topics is { } topics ? [.. new SortedSet<string>(topics, StringComparer.Ordinal)] : known?.Topics ?? [],
        request.Pattern is { } pattern ? (pattern.Length == 0 ? null : pattern) : known?.Pattern,
        request.RebalanceTimeoutMs != -1 ? request.RebalanceTimeoutMs : known?.RebalanceTimeoutMs ?? -1,
        request.Assignor ?? known?.Assignor,
        Classic: null);

    static bool AsksForNothing(MemberSubscription subscription) => subscription.Topics.Count == 0 && subscription.Pattern is null;

    static ConsumerHeartbeatReply? Resolve(string? pattern, ConsumerGroup group, GroupChange change, GroupTurn turn)
    {
        if (pattern is null || group.Patterns.ContainsKey(pattern)) return null;
        if (PatternTopics.Seek(pattern, turn.Catalog, turn.Now.Wall, out var refusal) is not { } topics)
            return ConsumerHeartbeatReply.Refused(ErrorCode.InvalidRegularExpression, refusal!);
        change.SetPattern(pattern, topics);
        return null;
    }
}
