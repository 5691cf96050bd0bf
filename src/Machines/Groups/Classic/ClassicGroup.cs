using Semel.Machines.Groups.Offsets;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups.Classic;

/// <summary>A group of the classic protocol.</summary>
internal sealed class ClassicGroup(Group group) : GroupBody(group)
{
    GroupMetadataValue? _recorded;

    public override string TypeName => "Classic";
    public override string StateName => _recorded is { Members.Count: > 0 } ? "Stable" : "Empty";
    public override string ProtocolType => _recorded?.ProtocolType ?? "";
    public override bool HasMembers => _recorded is { Members.Count: > 0 };
    public override bool IsBare => _recorded is null;
    public override CommitAdmission AdmitCommit(in Committer committer) => CommitAdmission.Admitted;
    public override bool IsSubscribedTo(string topic) => false;
    public override ExpiryTerms Expiry => ExpiryTerms.Nothing;

    public override void Apply(StateRecord record, in AppliedAt at) => _recorded = (GroupMetadataValue?)record.Value;
    public override void Resume(GroupTurn turn) { }
    public override void TimerCame(GroupTimer timer, GroupTurn turn) { }
    public override void WriteState(GroupRecords records) { }
    public override void WriteRemoval(GroupRecords records) => records.Remove(new GroupMetadataKey { Group = new(Group.Name) });
}
