using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>
/// Who may commit into a group (OffsetCommit, TxnOffsetCommit): the rows about groups that are not there or have no members. What a group with members says is
/// told by
/// its body.
/// </summary>
internal static class CommitRule
{
    const short FirstVersionWithGroupErrors = 9, FirstTransactionalVersionWithGroupErrors = 6;

    public static CommitAdmission Admit(Group? group, in Committer committer)
    {
        if (group?.Body is { } body) return body.AdmitCommit(committer);
        return group is null ? OfAbsent(committer) : OfEmpty(committer);
    }

    /// <summary>Nobody has heard of the group: whoever names no member makes it.</summary>
    static CommitAdmission OfAbsent(in Committer committer)
    {
        if (committer.IsTransactional ? committer.IsAnonymous : committer.GenerationOrEpoch < 0) return CommitAdmission.Admitted;
        var knows = committer.Version >= (committer.IsTransactional ? FirstTransactionalVersionWithGroupErrors : FirstVersionWithGroupErrors);
        return new(knows ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration);
    }

    /// <summary>
    /// The group has no members: an administrator may commit, and whoever assigns partitions himself. A plain commit without a generation is not asked for its
    /// member, as in
    /// Kafka; one in a transaction that names a member is that of a member that is gone (KIP-447).
    /// </summary>
    public static CommitAdmission OfEmpty(in Committer committer) =>
        (committer.IsTransactional ? committer.IsAnonymous : committer.GenerationOrEpoch < 0) ? CommitAdmission.Admitted : new(ErrorCode.UnknownMemberId);
}
