using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Groups.Admin;

/// <summary>ListGroups, of this coordinator's groups.</summary>
/// <param name="States">Names of states, in any case; empty: all.</param>
/// <param name="Types">Names of types, in any case; empty: all.</param>
public sealed record ListGroups(IReadOnlyList<string> States, IReadOnlyList<string> Types) : GroupCommand;

/// <summary>The answer to <see cref="ListGroups"/>: sorted by name.</summary>
public sealed record ListedGroups(IReadOnlyList<ListedGroup> Groups) : GroupReply(ErrorCode.None);

/// <summary>One group in a list.</summary>
public readonly record struct ListedGroup(string GroupId, string ProtocolType, string State, string Type);

/// <summary>DescribeGroups, of one group: a classic one, as to this request every other is not there.</summary>
public sealed record DescribeGroup(GroupId GroupId) : GroupCommand;

/// <summary>The answer to <see cref="DescribeGroup"/>; GROUP_ID_NOT_FOUND where there is no classic group of the name.</summary>
public sealed record DescribedGroup(ErrorCode Error) : GroupReply(Error)
{
    public string State { get; init; } = "Dead";
    public string ProtocolType { get; init; } = "";
    /// <summary>Empty unless the group is stable.</summary>
    public string Protocol { get; init; } = "";
    public IReadOnlyList<DescribedMember> Members { get; init; } = [];
}

/// <summary>One member as it is described.</summary>
/// <param name="Metadata">Empty unless the group is stable.</param>
public readonly record struct DescribedMember(string MemberId, string? InstanceId, ClientIdentity Client, byte[] Metadata, byte[] Assignment);

/// <summary>DeleteGroups, of one group.</summary>
public sealed record DeleteGroup(GroupId GroupId) : GroupCommand;

/// <summary>What the log knows of the producers that commit offsets in transactions (KIP-664).</summary>
public sealed record DescribeProducers : GroupCommand;

/// <summary>The answer to <see cref="DescribeProducers"/>: sorted by producer id.</summary>
public sealed record DescribedOffsetProducers(IReadOnlyList<ProducerDescription> Producers) : GroupReply(ErrorCode.None);
