using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: deletes groups with their offsets, each by itself; one with members stays, and one into which an open transaction will commit offsets (R-DG).
/// Versions: 0 to 3. 3: why a group could not be deleted.
/// </summary>
internal sealed class DeleteGroupsHandler(GroupCoordinator groups) : Handler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    protected override async ValueTask<DeleteGroupsResponse> AnswerAsync(DeleteGroupsRequest request, Exchange exchange) =>
        new() { Results = [.. await Task.WhenAll(request.GroupsNames.Select(DeleteAsync))] };

    async Task<DeleteGroupsResponse.DeletableGroupResult> DeleteAsync(GroupId group)
    {
        var reply = await groups.AskAsync(group.Value, new DeleteGroup(group));
        return new() { GroupId = group, ErrorCode = reply.Error, ErrorMessage = reply.Message };
    }
}
