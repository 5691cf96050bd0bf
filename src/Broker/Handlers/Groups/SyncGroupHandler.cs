using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: the leader brings everybody's assignment, and each member waits for its own until they are durable.
/// Versions: 0 to 5. 3: static members. 5: the protocol's type and name have to be given, and come back.
/// </summary>
internal sealed class SyncGroupHandler(GroupCoordinator groups) : Handler<SyncGroupRequest, SyncGroupResponse>
{
    const short FirstWithProtocol = 5;

    protected override async ValueTask<SyncGroupResponse> AnswerAsync(SyncGroupRequest request, Exchange exchange)
    {
        if (exchange.Version >= FirstWithProtocol && (request.ProtocolType is null || request.ProtocolName is null))
            return new() { ErrorCode = ErrorCode.InconsistentGroupProtocol };
        var reply = await groups.AskAndWaitAsync(request.GroupId.Value, new SyncGroup
        {
            GroupId = request.GroupId,
            Generation = request.GenerationId,
            MemberId = request.MemberId,
            InstanceId = request.GroupInstanceId,
            ProtocolType = request.ProtocolType,
            ProtocolName = request.ProtocolName,
            Assignments = [.. request.Assignments.Select(one => new MemberAssignment(one.MemberId, one.Assignment.ToArray()))],
        });
        return reply is SyncReply synced
            ? new() { ErrorCode = synced.Error, ProtocolType = synced.ProtocolType, ProtocolName = synced.ProtocolName, Assignment = synced.Assignment }
            : new() { ErrorCode = reply.Error };
    }
}
