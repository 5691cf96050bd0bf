using Semel.Client.Grouping;

namespace Semel.Client;

/// <summary>
/// Who commits a group's offsets: a member as it was at one moment, or a group that has no members. Immutable. A transaction takes offsets with this and not with a
/// group's name, because a coordinator accepts offsets without a member's name from anybody, fencing nobody (KIP-447).
/// </summary>
public sealed class ConsumerGroupMetadata
{
    internal ConsumerGroupMetadata(string groupId, int generationId, string memberId, string? groupInstanceId, IMembershipStanding? standing)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(groupId);
        (GroupId, GenerationId, MemberId, GroupInstanceId, Standing) = (groupId, generationId, memberId, groupInstanceId, standing);
    }

    public string GroupId { get; }
    /// <summary>The generation of a classic group, the member's epoch in a KIP-848 group; -1 without a member.</summary>
    public int GenerationId { get; }
    /// <summary>Empty without a member.</summary>
    public string MemberId { get; }
    /// <summary>A static member's name (group.instance.id).</summary>
    public string? GroupInstanceId { get; }
    internal IMembershipStanding? Standing { get; }

    /// <summary>
    /// For offsets of a group that never has members: partitions are assigned by hand, and the application itself sees to it that no two of its instances read
    /// the same ones. For a group that others subscribe to, take <c>IConsumer.GroupMetadata</c>: this one would not be fenced.
    /// </summary>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public static ConsumerGroupMetadata ForSimpleGroup(string groupId) => new(groupId, -1, "", null, null);
}
