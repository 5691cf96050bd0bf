using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>What is wrong with a heartbeat whatever the group is (groups.md 5.1). In Kafka's order.</summary>
internal static class HeartbeatCheck
{
    /// <returns>Null when nothing is.</returns>
    public static ConsumerHeartbeatReply? Refusal(ConsumerHeartbeat request, GroupOptions options)
    {
        if (Fault(request) is { } fault) return ConsumerHeartbeatReply.Refused(ErrorCode.InvalidRequest, fault);
        if (request.Assignor is { } assignor && !options.ConsumerAssignors.Contains(assignor))
            return ConsumerHeartbeatReply.Refused(ErrorCode.UnsupportedAssignor,
                $"there is no assignor '{assignor}' here (group.remote.assignor): there is {string.Join(", ", options.ConsumerAssignors)}");
        return null;
    }

    static string? Fault(ConsumerHeartbeat request)
    {
        if (request.GroupId.Value.Length == 0) return "the group's id cannot be empty";
        if (request.InstanceId is "") return "an instance id cannot be empty (group.instance.id)";
        if (request.RackId is "") return "a rack id cannot be empty (client.rack)";
        if (request.MemberId.Length == 0 && (request.Version >= 1 || request.MemberEpoch != MemberState.Joining)) return "the member's id cannot be empty";
        return request.MemberEpoch switch
        {
            > 0 or MemberState.Leaving => null,
            MemberState.LeavingForAWhile => request.InstanceId is null ? "only a static member leaves for a while: there is no instance id (group.instance.id)" : null,
            MemberState.Joining => FaultOfJoin(request),
            _ => $"{request.MemberEpoch} is no member epoch: -2 and -1 leave, 0 joins",
        };
    }

    static string? FaultOfJoin(ConsumerHeartbeat request)
    {
        if (request.RebalanceTimeoutMs == -1) return "whoever joins says its rebalance timeout (max.poll.interval.ms)";
        if (request.Owned is not { IsEmpty: true }) return "whoever joins owns no partitions, and says so";
        return request.Topics is null && request.Pattern is null ? "whoever joins says which topics it subscribes to, by name or by a regular expression" : null;
    }
}
