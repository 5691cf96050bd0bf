using Semel.Machines.Groups.Classic;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Machines.Groups.Consumer.Migration;

/// <summary>
/// A member of KIP-848 joins a classic group that has members: the group becomes one of KIP-848, and those who are in it stay, with what they have, as members
/// that speak the classic protocol. By and by they find that they have to join again, and from then on the broker assigns for them too.
/// </summary>
internal static class Upgrade
{
    /// <returns>Why the group stays as it is; null when it need not.</returns>
    public static string? Refusal(ClassicGroup group, GroupTurn turn)
    {
        var options = turn.Options;
        var name = $"the group '{group.Group.Name}' has members of the classic protocol (group.protocol=classic)";
        if (!options.ConsumerMigrationPolicy.HasFlag(MigrationPolicy.Upgrade)) return $"{name}, and may not change its protocol while it has (group.consumer.migration.policy)";
        if (!group.IsConsumer) return $"{name} of the type '{group.ProtocolType}'";
        if (group.Members.Count > options.ConsumerMaxSize) return $"{name}, more than a group of the consumer protocol may have (group.consumer.max.size)";
        if (group.Members.All.Any(member => SubscriptionOf(group, member) is null)) return $"{name}, and one of them subscribes in a way that cannot be read";
        return group.Members.All.All(member => ClassicBytes.AssignedOf(member.Assignment, turn.Catalog) is not null) ? null
            : $"{name}, and what their leader assigned cannot be read: an assignor of their own is in use (partition.assignment.strategy)";
    }

    static ConsumerProtocolSubscription? SubscriptionOf(ClassicGroup group, ClassicMember member) => Subscriptions.TryRead(MetadataOf(group, member));

    /// <summary>In the middle of a first rebalance no protocol is chosen yet.</summary>
    static byte[] MetadataOf(ClassicGroup group, ClassicMember member) =>
        member.MetadataOf(group.Protocol) is { Length: > 0 } chosen ? chosen : member.Protocols.Count > 0 ? member.Protocols[0].Metadata : [];

    /// <summary>Records what makes the group one of KIP-848.</summary>
    /// <returns>The group as it is recorded with this.</returns>
    public static ConsumerGroup Make(ClassicGroup classic, GroupTurn turn)
    {
        var name = classic.Group.Name;
        var members = classic.Members.All.OrderBy(static member => member.Id, StringComparer.Ordinal).ToArray();
        var records = new GroupRecords();
        classic.WriteRemoval(turn.Records);
        foreach (var member in members) ConsumerRecords.Put(records, name, member.Id, Subscription(classic, member));
        // No topics have been looked at yet: so the first that joins makes an assignment, whatever the last leader did.
        ConsumerRecords.PutEpoch(records, name, classic.Generation, metadataHash: 0);
        var taken = new HashSet<TopicIdPartition>();
        foreach (var member in members)
        {
            // A leader may have given a partition twice.
            var assigned = ClassicBytes.AssignedOf(member.Assignment, turn.Catalog)!.Where(taken.Add);
            ConsumerRecords.PutTarget(records, name, member.Id, assigned);
            ConsumerRecords.Put(records, name, member.Id,
                new MemberState(classic.Generation, classic.Generation, MemberPhase.Stable, HeldPartitions.None.Add(assigned, classic.Generation), HeldPartitions.None));
        }
        ConsumerRecords.PutAssignmentEpoch(records, name, classic.Generation, turn.Now.Wall);

        var made = new ConsumerGroup(classic.Group);
        foreach (var (key, value) in records.All)
        {
            turn.Records.Put(key, value);
            made.Apply(StateLogs.ConsumerOffsets.Read(key, value), new(turn.Now.Wall, turn.Now.Steady));
        }
        return made;
    }

    static MemberSubscription Subscription(ClassicGroup group, ClassicMember member)
    {
        var said = SubscriptionOf(group, member)!;
        return new(member.InstanceId, said.RackId, member.Client, [.. new SortedSet<string>(said.Topics, StringComparer.Ordinal)], null,
            (int)member.RebalanceTimeout.TotalMilliseconds, null, new((int)member.SessionTimeout.TotalMilliseconds, member.Protocols));
    }

    /// <summary>The classic group is no more: whoever waits there joins again, and its sessions go on here.</summary>
    public static void Done(ClassicGroup classic, ConsumerGroup made, GroupTurn turn)
    {
        foreach (var member in classic.Members.All.ToArray())
        {
            classic.AnswerJoin(member, JoinReply.Failed(ErrorCode.RebalanceInProgress, member.Id), turn);
            classic.AnswerSync(member, new SyncReply(ErrorCode.RebalanceInProgress), turn);
            turn.Timers.Cancel(member.Session);
            if (made.TryFind(member.Id, out var moved)) made.Timers.Resume(moved, turn);
        }
    }
}
