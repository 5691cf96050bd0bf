using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Broker.Handlers.Cluster;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: describes classic groups, each by itself, with their members; protocol and metadata while they are stable. Every other group is not there for
/// this request.
/// Versions: 0 to 6. 3: what the client may do. 4: static members. 6: a group that is not there is GROUP_ID_NOT_FOUND; before it is one in the state Dead,
/// without an error.
/// </summary>
internal sealed class DescribeGroupsHandler(GroupCoordinator groups) : Handler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    const short FirstWithNotFound = 6;
    const string Dead = "Dead";

    protected override async ValueTask<DescribeGroupsResponse> AnswerAsync(DescribeGroupsRequest request, Exchange exchange) =>
        new() { Groups = [.. await Task.WhenAll(request.Groups.Select(group => DescribeAsync(group, request.IncludeAuthorizedOperations, exchange.Version)))] };

    async Task<DescribeGroupsResponse.DescribedGroup> DescribeAsync(GroupId group, bool isAsked, short version)
    {
        var reply = await groups.AskAsync(group.Value, new DescribeGroup(group));
        if (reply is DescribedGroup { Error: ErrorCode.None } described) return Row(group, described, isAsked);
        var isMissing = reply.Error == ErrorCode.GroupIdNotFound;
        return new()
        {
            GroupId = group,
            ErrorCode = isMissing && version < FirstWithNotFound ? ErrorCode.None : reply.Error,
            ErrorMessage = isMissing && version >= FirstWithNotFound ? $"Group {group} not found: {reply.Message}." : null,
            GroupState = isMissing ? Dead : "",
            AuthorizedOperations = isMissing ? AuthorizedOperations.OfGroup(isAsked) : AuthorizedOperations.NotAsked,
        };
    }

    static DescribeGroupsResponse.DescribedGroup Row(GroupId group, DescribedGroup described, bool isAsked) => new()
    {
        GroupId = group,
        GroupState = described.State,
        ProtocolType = described.ProtocolType,
        ProtocolData = described.Protocol,
        AuthorizedOperations = AuthorizedOperations.OfGroup(isAsked),
        Members = [.. described.Members.Select(member => new DescribeGroupsResponse.DescribedGroupMember
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            ClientId = member.Client.ClientId,
            ClientHost = member.Client.Host,
            MemberMetadata = member.Metadata,
            MemberAssignment = member.Assignment,
        })],
    };
}
