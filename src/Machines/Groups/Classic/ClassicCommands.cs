using Semel.Protocol;

namespace Semel.Machines.Groups.Classic;

/// <summary>JoinGroup.</summary>
public sealed record JoinGroup : GroupCommand
{
    public required GroupId GroupId { get; init; }
    /// <summary>Empty for whoever has none yet.</summary>
    public string MemberId { get; init; } = "";
    /// <summary>Of a static member (KIP-345); null of a dynamic one.</summary>
    public string? InstanceId { get; init; }
    public required ClientIdentity Client { get; init; }
    public required string ProtocolType { get; init; }
    public required IReadOnlyList<JoinProtocol> Protocols { get; init; }
    public required int SessionTimeoutMs { get; init; }
    /// <summary>-1: as the session timeout.</summary>
    public int RebalanceTimeoutMs { get; init; } = -1;
    /// <summary>Whoever has no id is given one and has to come again with it (version 4 and later, KIP-394).</summary>
    public bool RequiresMemberId { get; init; }
    /// <summary>A static leader that came back may be told the members, and that it need not assign (version 9 and later, KIP-814).</summary>
    public bool CanSkipAssignment { get; init; }
    /// <summary>A fresh uuid: what makes a new member's id unique.</summary>
    public required string FreshId { get; init; }
}

/// <summary>One way of assigning that a member knows, and what it says of itself in it: bytes of the clients' own, which may be anything.</summary>
public readonly record struct JoinProtocol(string Name, byte[] Metadata);

/// <summary>The answer to <see cref="JoinGroup"/>.</summary>
public sealed record JoinReply(ErrorCode Error) : GroupReply(Error)
{
    public int Generation { get; init; } = -1;
    /// <summary>Null with an error.</summary>
    public string? ProtocolType { get; init; }
    /// <summary>Null with an error.</summary>
    public string? ProtocolName { get; init; }
    public string Leader { get; init; } = "";
    public bool SkipAssignment { get; init; }
    public string MemberId { get; init; } = "";
    /// <summary>For the leader alone.</summary>
    public IReadOnlyList<JoinedMember> Members { get; init; } = [];

    public static JoinReply Failed(ErrorCode error, string memberId) => new(error) { MemberId = memberId };
}

/// <summary>What the leader is told of a member.</summary>
public readonly record struct JoinedMember(string MemberId, string? InstanceId, byte[] Metadata);

/// <summary>SyncGroup: the leader brings everybody's assignment, each member takes its own.</summary>
public sealed record SyncGroup : GroupCommand
{
    public required GroupId GroupId { get; init; }
    public required int Generation { get; init; }
    public required string MemberId { get; init; }
    public string? InstanceId { get; init; }
    /// <summary>Null of an old client, which is not asked.</summary>
    public string? ProtocolType { get; init; }
    /// <summary>Null of an old client, which is not asked.</summary>
    public string? ProtocolName { get; init; }
    public IReadOnlyList<MemberAssignment> Assignments { get; init; } = [];
}

/// <summary>What the leader gives to a member.</summary>
public readonly record struct MemberAssignment(string MemberId, byte[] Assignment);

/// <summary>The answer to <see cref="SyncGroup"/>.</summary>
public sealed record SyncReply(ErrorCode Error) : GroupReply(Error)
{
    public string? ProtocolType { get; init; }
    public string? ProtocolName { get; init; }
    public byte[] Assignment { get; init; } = [];
}

/// <summary>Heartbeat of a classic member.</summary>
public sealed record Heartbeat(GroupId GroupId, int Generation, string MemberId, string? InstanceId) : GroupCommand;

/// <summary>LeaveGroup.</summary>
public sealed record LeaveGroup(GroupId GroupId, IReadOnlyList<LeavingMember> Members) : GroupCommand;

/// <summary>Who leaves.</summary>
/// <param name="MemberId">Empty when an administrator removes a static member.</param>
public readonly record struct LeavingMember(string MemberId, string? InstanceId);

/// <summary>The answer to <see cref="LeaveGroup"/>: an error for each member, in the request's order; none with an error of the whole.</summary>
public sealed record LeaveReply(ErrorCode Error, IReadOnlyList<ErrorCode> Members) : GroupReply(Error);
