using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: members leave their group, each by itself; an administrator removes static ones by their instance.
/// Versions: 0 to 5. Below 3 one member, whose error is that of the answer. 5: a reason, for people.
/// </summary>
internal sealed class LeaveGroupHandler(GroupCoordinator groups) : Handler<LeaveGroupRequest, LeaveGroupResponse>
{
    const short FirstWithMembers = 3;

    protected override async ValueTask<LeaveGroupResponse> AnswerAsync(LeaveGroupRequest request, Exchange exchange)
    {
        LeavingMember[] leaving = exchange.Version < FirstWithMembers ? [new(request.MemberId, null)]
            : [.. request.Members.Select(member => new LeavingMember(member.MemberId, member.GroupInstanceId))];
        var reply = await groups.AskAsync(request.GroupId.Value, new LeaveGroup(request.GroupId, leaving));
        if (reply is not LeaveReply { Error: ErrorCode.None } left) return new() { ErrorCode = reply.Error };
        if (exchange.Version < FirstWithMembers) return new() { ErrorCode = left.Members[0] };
        return new()
        {
            Members = [.. leaving.Select((member, index) => new LeaveGroupResponse.MemberResponse
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.InstanceId,
                ErrorCode = left.Members[index],
            })],
        };
    }
}
