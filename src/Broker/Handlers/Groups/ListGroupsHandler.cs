using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: lists all groups, sorted by name. When one of the coordinator's logs does not answer, it is told so in place of a list that would not be whole.
/// Versions: 0 to 5. 4: filtered by state (KIP-518). 5: by type (KIP-848); names of both in any case.
/// </summary>
internal sealed class ListGroupsHandler(GroupCoordinator groups) : Handler<ListGroupsRequest, ListGroupsResponse>
{
    protected override async ValueTask<ListGroupsResponse> AnswerAsync(ListGroupsRequest request, Exchange exchange)
    {
        var replies = await groups.AskAllAsync(new ListGroups(request.StatesFilter, request.TypesFilter));
        if (replies.FirstOrDefault(reply => reply.Error != ErrorCode.None) is { } failed) return new() { ErrorCode = failed.Error };
        var groupsOfAll = replies.SelectMany(reply => ((ListedGroups)reply).Groups).OrderBy(group => group.GroupId, StringComparer.Ordinal);
        return new()
        {
            Groups = [.. groupsOfAll.Select(group => new ListGroupsResponse.ListedGroup
            {
                GroupId = new(group.GroupId), ProtocolType = group.ProtocolType, GroupState = group.State, GroupType = group.Type,
            })],
        };
    }
}
