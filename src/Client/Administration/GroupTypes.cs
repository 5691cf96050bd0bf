namespace Semel.Client.Administration;

/// <summary>A group that a coordinator knows. What an old broker does not tell is empty.</summary>
/// <param name="Type">Kafka's word: Classic, Consumer, Share, Streams.</param>
/// <param name="State">Kafka's word, such as Stable.</param>
internal sealed record ListedGroup(string GroupId, string ProtocolType, string Type, string State);

/// <summary>What its coordinator knows of a group.</summary>
/// <param name="Assignor">How its partitions are shared out; empty when nobody has said yet.</param>
internal sealed record GroupDescription(string GroupId, string Type, string State, string ProtocolType, string Assignor, NodeId Coordinator, string CoordinatorAddress, IReadOnlyList<GroupMember> Members)
{
    /// <summary>Of a KIP-848 group; null of a classic one.</summary>
    public int? Epoch { get; init; }

    /// <summary>That for which the target assignment of a KIP-848 group was made.</summary>
    public int? AssignmentEpoch { get; init; }
}

/// <summary>A member of a group.</summary>
/// <param name="InstanceId">Of a static member; null of the others.</param>
/// <param name="Epoch">Null of a member of a classic group.</param>
/// <param name="Assignment">What it has; null when that cannot be read: the members of the group do not speak of partitions.</param>
/// <param name="Target">What it is to have; null of a member of a classic group.</param>
internal sealed record GroupMember(string MemberId, string? InstanceId, string ClientId, string Host, int? Epoch, IReadOnlyList<TopicPartition>? Assignment, IReadOnlyList<TopicPartition>? Target);

/// <summary>A committed offset.</summary>
/// <param name="LeaderEpoch">-1 when it was not told.</param>
internal sealed record CommittedOffset(long Offset, int LeaderEpoch, string? Metadata);
