using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>
/// One step of a member towards its target (groups.md 5.4, KIP-848). First it gives up what it shall not have, and nothing is added before it says that it did;
/// then it gets what nobody else has. So no partition ever has two owners, whatever was lost or came late.
/// </summary>
/// <param name="target">What the member shall have.</param>
/// <param name="targetEpoch">The epoch of that assignment.</param>
/// <param name="isSubscribed">Whether the member still asks for a topic; what it does not ask for is never given, whatever the target says.</param>
/// <param name="hasOwner">Whether some member holds a partition, or has not said yet that it gave it up.</param>
/// <param name="owned">What the member says it owns; null: as before.</param>
internal sealed class Reconciliation(PartitionSet target, int targetEpoch, Func<TopicId, bool> isSubscribed, Func<TopicIdPartition, bool> hasOwner,
    PartitionSet? owned)
{
    /// <param name="subscriptionChanged">The member asks for other topics than before.</param>
    public MemberState Step(MemberState state, bool subscriptionChanged)
    {
        switch (state.Phase)
        {
            case MemberPhase.Stable when state.Epoch == targetEpoch:
                return subscriptionChanged ? Unsubscribe(state) : state;
            case MemberPhase.Unrevoked when StillOwns(state.PendingRevocation.Partitions):
                return subscriptionChanged ? Unsubscribe(state) : state;
            case MemberPhase.Unrevoked:
                return Next(state, Math.Min(state.Epoch + 1, targetEpoch));
            default:
                return Next(state, state.Epoch);
        }
    }

    bool StillOwns(PartitionSet partitions) => !partitions.IsEmpty && (owned is null || owned.Overlaps(partitions));

    /// <summary>What the member asks for no longer is given up at once, without a new assignment.</summary>
    MemberState Unsubscribe(MemberState state)
    {
        var keep = state.Assigned.Partitions.Where(partition => isSubscribed(partition.TopicId));
        if (keep.Count == state.Assigned.Partitions.Count) return state;
        var revoked = state.PendingRevocation.Add(state.Assigned.Keep(state.Assigned.Partitions.Except(keep)));
        return StillOwns(revoked.Partitions)
            ? state with { Phase = MemberPhase.Unrevoked, Assigned = state.Assigned.Keep(keep), PendingRevocation = revoked }
            : state with { Assigned = state.Assigned.Keep(keep), PendingRevocation = HeldPartitions.None, Phase = MemberPhase.Stable };
    }

    MemberState Next(MemberState state, int epoch)
    {
        var wanted = target.Where(partition => isSubscribed(partition.TopicId));
        var assigned = state.Assigned.Partitions;
        var keep = assigned.Intersect(wanted);
        var revoke = assigned.Except(keep);
        if (StillOwns(revoke))
            return state.At(epoch) with { Phase = MemberPhase.Unrevoked, Assigned = state.Assigned.Keep(keep), PendingRevocation = state.Assigned.Keep(revoke) };
        var missing = wanted.Except(keep);
        // What was its own until now and is given up by this very heartbeat is free.
        var add = missing.Where(partition => !hasOwner(partition) || state.PendingRevocation.Partitions.Contains(partition));
        return state.At(targetEpoch) with
        {
            Phase = add.Count < missing.Count ? MemberPhase.Unreleased : MemberPhase.Stable,
            Assigned = state.Assigned.Keep(keep).Add(add, targetEpoch),
            PendingRevocation = HeldPartitions.None,
        };
    }
}
