using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Machines.Groups.Classic;

/// <summary>A classic group as a record, in Kafka's layout, and back.</summary>
internal static class ClassicRecord
{
    /// <summary>What Kafka writes; every version of Kafka's tools reads it.</summary>
    public const short ValueVersion = 3;

    const int BytesOfFields = 64;

    public static GroupMetadataValue Of(ClassicGroup group, Instant now) => new()
    {
        ProtocolType = group.Type ?? "",
        Generation = group.Generation,
        Protocol = group.Protocol,
        Leader = group.LeaderId,
        CurrentStateTimestamp = now.UnixMilliseconds,
        Members = [.. group.Members.All.OrderBy(static member => member.Id, StringComparer.Ordinal).Select(member => Of(member, group.Protocol))],
    };

    static GroupMetadataValue.MemberMetadata Of(ClassicMember member, string? protocol) => new()
    {
        MemberId = member.Id,
        GroupInstanceId = member.InstanceId,
        ClientId = member.Client.ClientId,
        ClientHost = member.Client.Host,
        RebalanceTimeout = (int)member.RebalanceTimeout.TotalMilliseconds,
        SessionTimeout = (int)member.SessionTimeout.TotalMilliseconds,
        Subscription = member.MetadataOf(protocol),
        Assignment = member.Assignment,
    };

    public static ClassicMember MemberOf(GroupMetadataValue.MemberMetadata member, string? protocol) => new()
    {
        Id = member.MemberId,
        InstanceId = member.GroupInstanceId,
        Client = new(member.ClientId, member.ClientHost),
        RebalanceTimeout = TimeSpan.FromMilliseconds(member.RebalanceTimeout < 0 ? member.SessionTimeout : member.RebalanceTimeout),
        SessionTimeout = TimeSpan.FromMilliseconds(member.SessionTimeout),
        Protocols = [new(protocol ?? "", member.Subscription.ToArray())],
        Assignment = member.Assignment.ToArray(),
    };

    /// <summary>About how many bytes it takes.</summary>
    public static long SizeOf(GroupMetadataValue value) =>
        BytesOfFields + value.Members.Sum(static member => (long)BytesOfFields + 3 * (member.MemberId.Length + (member.GroupInstanceId?.Length ?? 0)
            + member.ClientId.Length + member.ClientHost.Length) + member.Subscription.Length + member.Assignment.Length);
}
