namespace Semel.Client.Grouping.Membership;

/// <summary>What happens to a member of a group, as values. The moment is given beside it.</summary>
internal abstract record MemberInput;

internal sealed record Subscribed(Subscription Subscription) : MemberInput;

/// <summary>Give everything back and leave; another <see cref="Subscribed"/> may follow.</summary>
internal sealed record Unsubscribed : MemberInput;

/// <summary>Give everything back and leave, within that time, for good.</summary>
internal sealed record CloseAsked(TimeSpan Patience) : MemberInput;

/// <summary>The application pulls, or has pulled since this was told last: between two pulls max.poll.interval.ms counts.</summary>
internal sealed record Pulled(bool IsPulling) : MemberInput;

/// <summary>What was asked of the owner is done, whether it threw or not.</summary>
internal sealed record OwnerDone : MemberInput;

/// <summary>Somebody waits to hear from the coordinator that the member is one: the next heartbeat goes out at once, and says everything.</summary>
internal sealed record ConfirmationWanted : MemberInput;

/// <summary>A commit was refused for what it said of the member.</summary>
internal sealed record CommitRefused(ErrorCode Code, int Epoch, string MemberId) : MemberInput;

internal sealed record TopicsSeen(TopicPicture Picture) : MemberInput;

/// <summary>Answers <see cref="AskProtocol"/>.</summary>
internal sealed record ProtocolTold(long RequestId, bool OffersConsumer) : MemberInput;

/// <summary>What a coordinator said to a request.</summary>
internal abstract record MemberAnswer(long RequestId, ErrorCode Error) : MemberInput
{
    /// <summary>In its own words; empty when it has none.</summary>
    public string Message { get; init; } = "";
}

/// <summary>No answer, or none that was meant for this request: the coordinator was not found, or the connection was lost.</summary>
internal sealed record RequestUnanswered(long RequestId, ErrorCode Error) : MemberAnswer(RequestId, Error);

/// <param name="Members">Of the leader only.</param>
internal sealed record JoinAnswered(long RequestId, ErrorCode Error, int Generation, string? ProtocolType, string? Protocol, string Leader, bool SkipAssignment, string MemberId,
    IReadOnlyList<JoinedMember> Members) : MemberAnswer(RequestId, Error);

internal sealed record JoinedMember(string MemberId, string? InstanceId, ReadOnlyMemory<byte> Metadata);

internal sealed record SyncAnswered(long RequestId, ErrorCode Error, string? ProtocolType, string? Protocol, ReadOnlyMemory<byte> Assignment) : MemberAnswer(RequestId, Error);

internal sealed record HeartbeatAnswered(long RequestId, ErrorCode Error) : MemberAnswer(RequestId, Error);

internal sealed record LeaveAnswered(long RequestId, ErrorCode Error) : MemberAnswer(RequestId, Error);

/// <param name="Assignment">Null says that nothing has changed.</param>
internal sealed record ConsumerHeartbeatAnswered(long RequestId, ErrorCode Error, int Epoch, TimeSpan Interval, IReadOnlyList<AssignedTopic>? Assignment)
    : MemberAnswer(RequestId, Error);

internal sealed record AssignedTopic(TopicId Id, IReadOnlyList<int> Partitions);
