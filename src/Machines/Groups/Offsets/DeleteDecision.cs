using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Machines.Groups.Offsets;

/// <summary>OffsetDelete, and what is deleted with a group.</summary>
internal static class DeleteDecision
{
    const string ConsumerProtocol = "consumer";

    public static OffsetErrors Decide(DeleteOffsets command, Group? group, GroupTurn turn)
    {
        if (command.GroupId.Value.Length == 0) return new(ErrorCode.InvalidGroupId, []);
        if (group is null) return new(ErrorCode.GroupIdNotFound, []);
        // Of another protocol nobody knows which topics its members read.
        if (group.Body is { HasMembers: true } body && body.ProtocolType != ConsumerProtocol) return new(ErrorCode.NonEmptyGroup, []);
        return new(ErrorCode.None, [.. command.Topics.Select(topic => Decide(topic, group, turn))]);
    }

    static ErrorCode[] Decide(TopicPartitions asked, Group group, GroupTurn turn)
    {
        var missing = OffsetTarget.Find(turn.Catalog, asked.Name, asked.TopicId, out var topic);
        var errors = new ErrorCode[asked.Partitions.Count];
        for (var i = 0; i < errors.Length; i++)
        {
            var partition = asked.Partitions[i];
            errors[i] = missing != ErrorCode.None || !OffsetTarget.HasPartition(topic, partition) ? ErrorCode.UnknownTopicOrPartition
                : group.Body?.IsSubscribedTo(topic.Name) == true ? ErrorCode.GroupSubscribedToTopic
                : ErrorCode.None;
            if (errors[i] == ErrorCode.None && IsThere(group, topic.Name, partition)) Remove(group.Name, topic.Name, partition, turn.Records);
        }
        return errors;
    }

    static bool IsThere(Group group, string topic, int partition) => group.Offsets.TryFind(topic, partition, out _) || group.Offsets.IsPending(topic, partition);

    public static void Remove(string group, string topic, int partition, GroupRecords records) =>
        records.Remove(new OffsetCommitKey { Group = new(group), Topic = topic, Partition = partition });

    /// <summary>All offsets of a group.</summary>
    public static void RemoveAll(Group group, GroupRecords records)
    {
        foreach (var topic in group.Offsets.Topics)
            foreach (var offset in topic.All) Remove(group.Name, topic.Name, offset.Partition, records);
        foreach (var (topic, partition) in group.Offsets.Pending.Order())
            if (!group.Offsets.TryFind(topic, partition, out _)) Remove(group.Name, topic, partition, records);
    }
}
