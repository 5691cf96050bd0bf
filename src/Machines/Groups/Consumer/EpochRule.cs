using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>
/// Whether a heartbeat may speak for the member that it names (groups.md 5.2): by the epoch that it was told last, or by the one before when that answer was
/// lost and it owns no more than it may.
/// </summary>
internal static class EpochRule
{
    /// <returns>Null when it may.</returns>
    public static ConsumerHeartbeatReply? Refusal(MemberState state, int epoch, PartitionSet? owned)
    {
        if (epoch == state.Epoch) return null;
        if (epoch < state.Epoch && epoch == state.PreviousEpoch && owned is not null && owned.IsSubsetOf(state.Assigned.Partitions)) return null;
        return ConsumerHeartbeatReply.Refused(ErrorCode.FencedMemberEpoch,
            $"the member says that it is at epoch {epoch}, and is known at {state.Epoch}: it must give up all its partitions and join again with epoch 0");
    }
}
