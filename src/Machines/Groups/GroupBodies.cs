using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Consumer;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups;

/// <summary>Which body a record of the log belongs to.</summary>
internal static class GroupBodies
{
    /// <summary>Whose record it is; null for one that tells of no members: an offset, or what a newer program wrote.</summary>
    public static string? GroupOf(IMessage? key) => key switch
    {
        GroupMetadataKey classic => classic.Group.Value,
        ConsumerGroupMetadataKey epoch => epoch.GroupId.Value,
        ConsumerGroupMemberMetadataKey member => member.GroupId.Value,
        ConsumerGroupTargetAssignmentMetadataKey assignment => assignment.GroupId.Value,
        ConsumerGroupTargetAssignmentMemberKey target => target.GroupId.Value,
        ConsumerGroupCurrentMemberAssignmentKey current => current.GroupId.Value,
        ConsumerGroupRegularExpressionKey pattern => pattern.GroupId.Value,
        _ => null,
    };

    /// <summary>
    /// Gives a record to the body of its kind, which is made when there is none: a record of the other protocol takes the place of a body without members.
    /// </summary>
    public static void Apply(Group group, StateRecord record, in AppliedAt at)
    {
        if (!Fits(group.Body, record.Key!))
        {
            if (record.IsTombstone) return;
            group.Body = New(group, record.Key!);
        }
        group.Body!.WrittenAt = at.Written;
        group.Body.Apply(record, at);
    }

    static bool Fits(GroupBody? body, IMessage key) => key is GroupMetadataKey ? body is ClassicGroup : body is not null and not ClassicGroup;

    static GroupBody New(Group group, IMessage key) => key is GroupMetadataKey ? new ClassicGroup(group) : new ConsumerGroup(group);
}
