using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Consumer.Migration;
using Semel.Protocol;

namespace Semel.Machines.Groups.Classic;

/// <summary>The four requests of the classic protocol: which group they mean, and what they are told when there is none.</summary>
internal static class ClassicDecision
{
    public static void Decide(GroupCommand command, GroupTable groups, GroupTurn turn)
    {
        switch (command)
        {
            case JoinGroup join:
                Decide(join, groups, turn);
                break;
            case SyncGroup sync:
                Decide(sync, groups, turn);
                break;
            case Heartbeat heartbeat:
                turn.Reply(new GroupReply(heartbeat.GroupId.Value.Length == 0 ? ErrorCode.InvalidGroupId : Find(heartbeat.GroupId, groups) switch
                {
                    ClassicGroup classic => HeartbeatDecision.Decide(heartbeat, classic, turn),
                    ConsumerGroup consumers => ClassicMemberDecision.Decide(heartbeat, consumers, turn),
                    _ => ErrorCode.UnknownMemberId,
                }));
                break;
            case LeaveGroup leave:
                Decide(leave, groups, turn);
                break;
        }
    }

    static GroupBody? Find(GroupId groupId, GroupTable groups) => groups.TryFind(groupId.Value, out var group) ? group.Body : null;

    static void Decide(JoinGroup request, GroupTable groups, GroupTurn turn)
    {
        var error = JoinDecision.Check(request, turn.Options);
        var isKnown = groups.TryFind(request.GroupId.Value, out var group);
        if (error == ErrorCode.None && !isKnown && request.MemberId.Length > 0) error = ErrorCode.UnknownMemberId;
        if (error != ErrorCode.None)
        {
            turn.Reply(JoinReply.Failed(error, request.MemberId));
            return;
        }
        group ??= groups.FindOrAdd(request.GroupId.Value);
        if (group.Body is not ClassicGroup)
        {
            if (group.Body is ConsumerGroup { HasMembers: true } consumers)
            {
                turn.Reply(ClassicJoin.Decide(request, consumers, turn));
                return;
            }
            // What is left of a KIP-848 group without members.
            group.Body?.WriteRemoval(turn.Records);
            group.Body = new ClassicGroup(group);
        }
        JoinDecision.Decide(request, (ClassicGroup)group.Body, turn);
        groups.Tidy(group);
    }

    static void Decide(SyncGroup request, GroupTable groups, GroupTurn turn)
    {
        if (request.GroupId.Value.Length == 0) turn.Reply(new SyncReply(ErrorCode.InvalidGroupId));
        else if (Find(request.GroupId, groups) is not { } body) turn.Reply(new SyncReply(ErrorCode.UnknownMemberId));
        else if (body is ConsumerGroup consumers) turn.Reply(ClassicMemberDecision.Decide(request, consumers, turn));
        else SyncDecision.Decide(request, (ClassicGroup)body, turn);
    }

    static void Decide(LeaveGroup request, GroupTable groups, GroupTurn turn)
    {
        if (request.GroupId.Value.Length == 0) turn.Reply(new LeaveReply(ErrorCode.InvalidGroupId, []));
        else if (Find(request.GroupId, groups) is not { } body) turn.Reply(new LeaveReply(ErrorCode.UnknownMemberId, []));
        else if (body is ConsumerGroup consumers) turn.Reply(new LeaveReply(ErrorCode.None, ClassicMemberDecision.Decide(request, consumers, turn)));
        else
        {
            var errors = new ErrorCode[request.Members.Count];
            for (var i = 0; i < errors.Length; i++) errors[i] = LeaveDecision.Decide(request.Members[i], (ClassicGroup)body, turn);
            turn.Reply(new LeaveReply(ErrorCode.None, errors));
            groups.Tidy(body.Group);
        }
    }
}
