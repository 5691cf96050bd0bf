using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>
/// A member joins or shows itself: what it says is taken over, the group's epoch and targets follow, and the member is brought one step towards its own.
/// </summary>
internal static class MemberHeartbeat
{
    /// <summary>
    /// Whoever waits for something that is about to come asks for it sooner: else each change would take everybody two whole intervals. So does whoever has
    /// just joined, because where one joins others do.
    /// </summary>
    const int SoonerWhileWaiting = 10;

    public static ConsumerHeartbeatReply Decide(ConsumerHeartbeat request, ConsumerGroup group, GroupTurn turn)
    {
        var memberId = request.MemberId;
        if (group.MemberCount >= turn.Options.ConsumerMaxSize && !group.TryFind(memberId, out _))
            return ConsumerHeartbeatReply.Refused(ErrorCode.GroupMaxSizeReached,
                $"the group has {group.MemberCount} members, and may have no more (group.consumer.max.size)");
        if (Admit(request, group, out var member, out var former) is { } refusal) return refusal;

        var subscription = Updated((former ?? member)?.Subscription, request);
        PatternTopics? topics = null;
        if (subscription.Pattern is { } pattern && !group.Patterns.ContainsKey(pattern))
        {
            topics = PatternTopics.Seek(pattern, turn.Catalog, turn.Now.Wall, out var bad);
            if (topics is null) return ConsumerHeartbeatReply.Refused(ErrorCode.InvalidRegularExpression, bad!);
        }
        var before = (former ?? member)?.State;
        var (next, isWaiting) = MemberStep.Take(group, new(memberId, member, former, subscription, request.Owned) { PatternTopics = topics }, turn);
        var isSoon = isWaiting || request.MemberEpoch == MemberState.Joining;
        return new(ErrorCode.None)
        {
            MemberId = memberId,
            MemberEpoch = next.Epoch,
            HeartbeatIntervalMs = (int)(turn.Options.ConsumerHeartbeatInterval / (isSoon ? SoonerWhileWaiting : 1)).TotalMilliseconds,
            Assignment = request.IsFull || !next.Assigned.Partitions.Equals(before?.Assigned.Partitions) ? next.Assigned.Partitions : null,
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
        if (holder.Subscription!.Classic is null && holder.State is { Epoch: not MemberState.LeavingForAWhile } or null)
            return ConsumerHeartbeatReply.Refused(ErrorCode.UnreleasedInstanceId,
                $"the member '{holder.Id}' has the instance id '{instance}' and has not left: it is free when that one leaves, or has been silent for its session");
        former = holder;
        return null;
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
}
