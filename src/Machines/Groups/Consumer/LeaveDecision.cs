using Semel.Machines.Groups.Consumer.Migration;
using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>A member goes: by its own word, for good or for a while, or because it said nothing for too long.</summary>
internal static class LeaveDecision
{
    public static ConsumerHeartbeatReply Decide(ConsumerHeartbeat request, ConsumerGroup group, GroupTurn turn)
    {
        if (MemberFinder.Refusal(request, group, out var member) is { } refusal) return refusal;
        if (request.MemberEpoch == MemberState.LeavingForAWhile) LeaveForAWhile(group, member, turn);
        else Remove(group, member, turn);
        return new(ErrorCode.None) { MemberId = member.Id, MemberEpoch = request.MemberEpoch };
    }

    /// <summary>Its partitions are kept for it until its session ends.</summary>
    static void LeaveForAWhile(ConsumerGroup group, ConsumerMember member, GroupTurn turn)
    {
        var state = (member.State ?? MemberState.New) with { Epoch = MemberState.LeavingForAWhile, PendingRevocation = HeldPartitions.None };
        // It gave everything up, whatever it still had to.
        if (state.Phase == MemberPhase.Unrevoked) state = state with { Phase = MemberPhase.Unreleased };
        if (state.Equals(member.State)) return;
        new GroupChange(group, turn).SetState(member.Id, state);
        group.Timers.Changed(member.Id, member.Subscription!, state, turn);
    }

    /// <summary>Its partitions are free at once.</summary>
    public static void Remove(ConsumerGroup group, ConsumerMember member, GroupTurn turn) => Remove(group, [member], turn);

    /// <summary>Several at the same time. When the last that speaks KIP-848 goes, those who are left are a classic group.</summary>
    public static void Remove(ConsumerGroup group, IReadOnlyList<ConsumerMember> members, GroupTurn turn)
    {
        if (members.Count == 0) return;
        if (Downgrade.IsDue(group, members, turn.Options))
        {
            foreach (var member in members) group.Timers.Gone(member.Id, turn);
            Downgrade.Make(group, members, turn);
            return;
        }
        var change = new GroupChange(group, turn);
        foreach (var member in members) change.Remove(member.Id);
        change.UpdateEpoch(isOther: true);
    }
}
