using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: a member joins its group, and is answered when all others have joined, or their time is over; that may take minutes. The group machine decides.
/// Versions: 0 to 9. 4: whoever has no id is given one and comes again with it (KIP-394). 5: static members (KIP-345). 7: the protocol's type comes back.
/// 8: a reason, for people. 9: a static leader that came back need not assign again (KIP-814).
/// </summary>
internal sealed class JoinGroupHandler(GroupCoordinator groups) : Handler<JoinGroupRequest, JoinGroupResponse>
{
    const short FirstWithMemberId = 4, FirstWithNullProtocol = 7, FirstWithSkippedAssignment = 9;

    protected override async ValueTask<JoinGroupResponse> AnswerAsync(JoinGroupRequest request, Exchange exchange)
    {
        var reply = await groups.AskAndWaitAsync(request.GroupId.Value, new JoinGroup
        {
            GroupId = request.GroupId,
            MemberId = request.MemberId,
            InstanceId = request.GroupInstanceId,
            Client = PeerIdentity.Of(exchange),
            ProtocolType = request.ProtocolType,
            // Their bytes lie in the request's buffer, which goes with the answer.
            Protocols = [.. request.Protocols.Select(protocol => new JoinProtocol(protocol.Name, protocol.Metadata.ToArray()))],
            SessionTimeoutMs = request.SessionTimeoutMs,
            RebalanceTimeoutMs = request.RebalanceTimeoutMs,
            RequiresMemberId = exchange.Version >= FirstWithMemberId,
            CanSkipAssignment = exchange.Version >= FirstWithSkippedAssignment,
            FreshId = Guid.NewGuid().ToString(),
        });
        return reply is JoinReply joined ? Of(joined, exchange.Version) : Of(JoinReply.Failed(reply.Error, request.MemberId), exchange.Version);
    }

    static JoinGroupResponse Of(JoinReply reply, short version) => new()
    {
        ErrorCode = reply.Error,
        GenerationId = reply.Generation,
        ProtocolType = reply.ProtocolType,
        ProtocolName = reply.ProtocolName ?? (version < FirstWithNullProtocol ? "" : null),
        Leader = reply.Leader,
        SkipAssignment = reply.SkipAssignment,
        MemberId = reply.MemberId,
        Members = [.. reply.Members.Select(member => new JoinGroupResponse.JoinGroupResponseMember
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            Metadata = member.Metadata,
        })],
    };
}
