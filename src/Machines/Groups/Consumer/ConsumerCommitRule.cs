using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>Who may commit into a KIP-848 group, and read what was committed as a member (groups.md 6).</summary>
internal static class ConsumerCommitRule
{
    /// <summary>From here on a client knows the epoch of KIP-848, and its errors.</summary>
    const short FirstCommitWithEpoch = 9, FirstTransactionalCommitWithEpochErrors = 6;

    public static CommitAdmission Admit(ConsumerGroup group, in Committer committer)
    {
        if (!group.HasMembers) return CommitRule.OfEmpty(committer);
        if (committer.IsTransactional && committer.IsAnonymous) return CommitAdmission.Admitted;
        if (committer.InstanceId is { } instance && group.TryFindStatic(instance, out var holder) && holder.Id != committer.MemberId)
            return new(ErrorCode.FencedInstanceId);
        if (!group.TryFind(committer.MemberId, out var member)) return new(ErrorCode.UnknownMemberId);
        var isClassic = member.Subscription!.Classic is not null;
        if (!committer.IsTransactional && !isClassic && committer.Version < FirstCommitWithEpoch) return new(ErrorCode.UnsupportedVersion);
        var epoch = EpochOf(member);
        if (committer.GenerationOrEpoch == epoch) return CommitAdmission.Admitted;
        if (isClassic) return new(ErrorCode.IllegalGeneration);
        var error = committer.IsTransactional && committer.Version < FirstTransactionalCommitWithEpochErrors ? ErrorCode.IllegalGeneration : ErrorCode.StaleMemberEpoch;
        return new(error, ByPartition: committer.GenerationOrEpoch < epoch);
    }

    static int EpochOf(ConsumerMember member) => member.State?.Epoch ?? MemberState.Joining;

    /// <summary>
    /// Somebody who has not heard of its newest epoch yet commits for a partition that it has held without interruption since the epoch that it names, or
    /// before: nobody else can have committed for it meanwhile (KIP-1251).
    /// </summary>
    public static bool AdmitsPartition(ConsumerGroup group, in Committer committer, TopicIdPartition partition)
    {
        if (!group.TryFind(committer.MemberId, out var member) || member.State is not { } state) return false;
        return (state.Assigned.EpochOf(partition) ?? state.PendingRevocation.EpochOf(partition)) is { } since && committer.GenerationOrEpoch >= since;
    }

    public static ErrorCode AdmitFetch(ConsumerGroup group, string memberId, int memberEpoch)
    {
        if (!group.TryFind(memberId, out var member)) return ErrorCode.UnknownMemberId;
        if (memberEpoch == EpochOf(member)) return ErrorCode.None;
        return member.Subscription!.Classic is not null ? ErrorCode.IllegalGeneration : ErrorCode.StaleMemberEpoch;
    }
}
