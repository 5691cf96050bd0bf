namespace Semel.Client;

/// <summary>A group that a coordinator knows. What an old broker does not tell is empty.</summary>
/// <param name="Type">Kafka's word: Classic, Consumer, Share, Streams.</param>
/// <param name="State">Kafka's word, such as Stable.</param>
public sealed record ListedGroup(string GroupId, string ProtocolType, string Type, string State);

/// <summary>What its coordinator knows of a group.</summary>
/// <param name="Assignor">How its partitions are shared out; empty when nobody has said yet.</param>
public sealed record GroupDescription(string GroupId, string Type, string State, string ProtocolType, string Assignor, NodeId Coordinator, string CoordinatorAddress, IReadOnlyList<MemberDescription> Members)
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
public sealed record MemberDescription(string MemberId, string? InstanceId, string ClientId, string Host, int? Epoch, IReadOnlyList<TopicPartition>? Assignment, IReadOnlyList<TopicPartition>? Target);

/// <summary>A committed offset.</summary>
/// <param name="LeaderEpoch">-1 when it was not told.</param>
public sealed record CommittedOffset(long Offset, int LeaderEpoch, string? Metadata);

/// <summary>A member to be removed from a group: by its id, or by the name of a static member, or by both.</summary>
/// <param name="InstanceId">group.instance.id; null of a member that is not static.</param>
public readonly record struct MemberToRemove(string? MemberId, string? InstanceId)
{
    /// <summary>The static member of that name, whatever id it has.</summary>
    public static MemberToRemove Static(string instanceId) => new(null, instanceId);
    public override string ToString() => InstanceId is { } name ? $"static member {name}" : $"member {MemberId}";
}
