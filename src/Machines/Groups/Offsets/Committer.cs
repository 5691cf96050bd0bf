namespace Semel.Machines.Groups.Offsets;

/// <summary>Who commits offsets into a group, as its request says.</summary>
/// <param name="GenerationOrEpoch">-1: none.</param>
/// <param name="MemberId">Empty: none.</param>
/// <param name="InstanceId">Null: none.</param>
/// <param name="IsTransactional">TxnOffsetCommit, otherwise OffsetCommit.</param>
/// <param name="Version">Of that request.</param>
internal readonly record struct Committer(int GenerationOrEpoch, string MemberId, string? InstanceId, bool IsTransactional, short Version)
{
    /// <summary>
    /// Nothing that would name a member: somebody who assigns partitions himself, an administrator, or a transactional client of before KIP-447.
    /// </summary>
    public bool IsAnonymous => GenerationOrEpoch < 0 && MemberId.Length == 0 && InstanceId is null;
}
