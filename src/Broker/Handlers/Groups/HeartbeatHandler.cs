using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: a classic member shows that it lives, and hears whether it has to join again.
/// Versions: 0 to 4. 3: static members.
/// </summary>
internal sealed class HeartbeatHandler(GroupCoordinator groups) : Handler<HeartbeatRequest, HeartbeatResponse>
{
    protected override async ValueTask<HeartbeatResponse> AnswerAsync(HeartbeatRequest request, Exchange exchange)
    {
        var reply = await groups.AskAsync(request.GroupId.Value, new Heartbeat(request.GroupId, request.GenerationId, request.MemberId, request.GroupInstanceId));
        return new() { ErrorCode = reply.Error };
    }
}
