using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>ConsumerGroupHeartbeat (KIP-848): all that a member ever says to its group. Null, or -1 for the timeout, means "as before".</summary>
public sealed record ConsumerHeartbeat : GroupCommand
{
    public required GroupId GroupId { get; init; }
    /// <summary>Of the member's own choice since version 1; empty in version 0 of one that joins.</summary>
    public required string MemberId { get; init; }
    /// <summary>0: joins. -1: leaves. -2: leaves for a while, as a static member. Else the epoch that it was told last.</summary>
    public required int MemberEpoch { get; init; }
    public string? InstanceId { get; init; }
    public string? RackId { get; init; }
    public int RebalanceTimeoutMs { get; init; } = -1;
    public IReadOnlyList<string>? Topics { get; init; }
    /// <summary>RE2 syntax; empty for none.</summary>
    public string? Pattern { get; init; }
    public string? Assignor { get; init; }
    /// <summary>What the member owns at present.</summary>
    public PartitionSet? Owned { get; init; }
    public required ClientIdentity Client { get; init; }
    /// <summary>Of the request: 0 or 1.</summary>
    public required short Version { get; init; }
    /// <summary>A fresh uuid: the id of a member that joins without one.</summary>
    public required string FreshId { get; init; }

    /// <summary>It says everything, so it is told everything.</summary>
    internal bool IsFull => MemberEpoch == MemberState.Joining || (RebalanceTimeoutMs != -1 && (Topics is not null || Pattern is not null) && Owned is not null);
}

/// <summary>The answer to <see cref="ConsumerHeartbeat"/>.</summary>
public sealed record ConsumerHeartbeatReply(ErrorCode Error) : GroupReply(Error)
{
    /// <summary>Null with an error.</summary>
    public string? MemberId { get; init; }
    public int MemberEpoch { get; init; }
    /// <summary>When the member shall come again.</summary>
    public int HeartbeatIntervalMs { get; init; }
    /// <summary>What the member has from now on; null: as before. Empty means that it has nothing.</summary>
    public PartitionSet? Assignment { get; init; }

    internal static ConsumerHeartbeatReply Refused(ErrorCode error, string reason) => new(error) { Message = reason };
}

/// <summary>ConsumerGroupDescribe, of one group.</summary>
public sealed record DescribeConsumerGroup(GroupId GroupId) : GroupCommand;

/// <summary>The answer to <see cref="DescribeConsumerGroup"/>; GROUP_ID_NOT_FOUND where there is no KIP-848 group of the name.</summary>
public sealed record DescribedConsumerGroup(ErrorCode Error) : GroupReply(Error)
{
    public string State { get; init; } = "";
    public int Epoch { get; init; }
    public int AssignmentEpoch { get; init; }
    public string Assignor { get; init; } = "";
    /// <summary>Sorted by their ids.</summary>
    public IReadOnlyList<DescribedConsumer> Members { get; init; } = [];
}

/// <summary>One member as it is described.</summary>
/// <param name="IsClassic">It speaks the classic protocol.</param>
public sealed record DescribedConsumer(
    string MemberId, string? InstanceId, string? RackId, int Epoch, ClientIdentity Client, IReadOnlyList<string> Topics, string? Pattern,
    PartitionSet Assigned, PartitionSet Target, bool IsClassic);
