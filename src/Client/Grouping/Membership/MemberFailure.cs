using Semel.Client.Errors;

namespace Semel.Client.Grouping.Membership;

/// <summary>What the application is told when a membership has ended for good: what, why, and what to do.</summary>
internal static class MemberFailure
{
    public static KafkaException Of(ErrorCode code, string message, GroupOptions options)
    {
        var (reason, errorClass) = Reason(code, options);
        var said = string.IsNullOrEmpty(message) ? "" : $" The coordinator says: {message}";
        return new KafkaException(new Error(code, $"group '{options.GroupId}': {reason}.{said}"), errorClass);
    }

    static (string Reason, ErrorClass Class) Reason(ErrorCode code, GroupOptions options) => code switch
    {
        ErrorCode.FencedInstanceId => ($"another process uses group.instance.id={options.InstanceId}. Give each process one of its own", ErrorClass.Fenced),
        ErrorCode.UnreleasedInstanceId => ($"another process uses group.instance.id={options.InstanceId}, and is alive. Stop it, or give each process one of its own", ErrorClass.Fenced),
        ErrorCode.InconsistentGroupProtocol => ("its members speak another protocol, or have none of the strategies in partition.assignment.strategy=" +
            $"{string.Join(',', options.Strategies.Select(Assignors.AssignmentStrategies.Name))}. Use one that all of them have, or another group.id", ErrorClass.Config),
        ErrorCode.InvalidSessionTimeout => ($"the broker does not allow session.timeout.ms={options.SessionTimeout.TotalMilliseconds:0}. " +
            "Its limits are group.min.session.timeout.ms and group.max.session.timeout.ms", ErrorClass.Config),
        ErrorCode.InvalidGroupId => ("the broker does not take this group.id. Use another one", ErrorClass.Config),
        ErrorCode.GroupAuthorizationFailed => ("this client has no right to read with it", ErrorClass.Config),
        ErrorCode.TopicAuthorizationFailed => ("this client has no right to read one of the topics", ErrorClass.Config),
        ErrorCode.GroupMaxSizeReached => ("it has as many members as the broker allows (group.max.size, group.consumer.max.size)", ErrorClass.Config),
        ErrorCode.GroupIdNotFound => ("it is a group of another kind. Use group.protocol=classic, or another group.id", ErrorClass.Config),
        ErrorCode.UnsupportedVersion => ("the broker does not offer groups of KIP-848 with all that is needed. Set group.protocol=classic or auto", ErrorClass.Config),
        ErrorCode.UnsupportedAssignor => ($"the broker does not have group.remote.assignor={options.RemoteAssignor}. Remove it to take the broker's own", ErrorClass.Config),
        ErrorCode.InvalidRegularExpression => ("the broker cannot read the regular expression of the subscription (RE2). Write it otherwise", ErrorClass.Config),
        _ => ($"the coordinator refused with {code}", ErrorTable.Of(code).Class),
    };
}
