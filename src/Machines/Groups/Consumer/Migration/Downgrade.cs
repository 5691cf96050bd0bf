using Semel.Machines.Groups.Classic;
using Semel.Protocol.Messages;

namespace Semel.Machines.Groups.Consumer.Migration;

/// <summary>The last member that speaks KIP-848 has gone: the group becomes a classic one again, of those who are left, and they rebalance.</summary>
internal static class Downgrade
{
    /// <param name="leaving">Who goes.</param>
    public static bool IsDue(ConsumerGroup group, IReadOnlyList<ConsumerMember> leaving, GroupOptions options) =>
        options.ConsumerMigrationPolicy.HasFlag(MigrationPolicy.Downgrade)
        && Left(group, leaving) is { Length: > 0 } left && left.Length <= options.MaxSize && left.All(static member => member.Subscription!.Classic is not null)
        && ProtocolOf(left) is not null;

    /// <summary>In the order of their ids.</summary>
    static ConsumerMember[] Left(ConsumerGroup group, IReadOnlyList<ConsumerMember> leaving) => [.. group.SortedMembers.Where(member => !leaving.Contains(member))];

    /// <summary>One that all of them know; what the first of them likes best.</summary>
    static string? ProtocolOf(ConsumerMember[] members)
    {
        var known = members.Select(static member => member.Subscription!.Classic!.Protocols).ToArray();
        return known[0].Select(static protocol => protocol.Name).FirstOrDefault(name => known.All(protocols => protocols.Any(protocol => protocol.Name == name)));
    }

    public static void Make(ConsumerGroup group, IReadOnlyList<ConsumerMember> leaving, GroupTurn turn)
    {
        var members = Left(group, leaving);
        var protocol = ProtocolOf(members)!;
        group.WriteRemoval(turn.Records);
        var classic = new ClassicGroup(group.Group);
        group.Group.Body = classic;
        classic.Adopt(new GroupMetadataValue
        {
            ProtocolType = group.ProtocolType,
            Generation = group.Epoch,
            Protocol = protocol,
            Leader = members[0].Id,
            CurrentStateTimestamp = turn.Now.Wall.UnixMilliseconds,
            Members = [.. members.Select(member => Of(member, protocol, turn))],
        }, turn);
        classic.Rebalance.Begin(turn);
    }

    static GroupMetadataValue.MemberMetadata Of(ConsumerMember member, string protocol, GroupTurn turn)
    {
        var (subscription, said) = (member.Subscription!, member.Subscription!.Classic!);
        return new()
        {
            MemberId = member.Id,
            GroupInstanceId = subscription.InstanceId,
            ClientId = subscription.Client.ClientId,
            ClientHost = subscription.Client.Host,
            RebalanceTimeout = subscription.RebalanceTimeoutMs,
            SessionTimeout = said.SessionTimeoutMs,
            Subscription = said.Protocols.First(one => one.Name == protocol).Metadata,
            Assignment = ClassicBytes.Of(member.State?.Assigned.Partitions ?? PartitionSet.Empty, turn.Catalog),
        };
    }
}
