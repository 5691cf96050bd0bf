using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups.Offsets;

/// <summary>The recorded offsets of all groups of one coordinator. It applies what is in the log and judges nothing.</summary>
internal sealed class OffsetTable(GroupTable groups, PlantedFault fault)
{
    public OffsetTopics Topics { get; } = new();
    public PendingOffsets Pending { get; } = new();

    /// <summary>Takes one record of the kind; others are left alone.</summary>
    /// <param name="producerId">Of the batch when it is transactional, none otherwise.</param>
    /// <param name="recordOffset">Where the record lies.</param>
    public void Apply(StateRecord record, ProducerId producerId, long recordOffset)
    {
        switch (record.Key)
        {
            case OffsetCommitKey key:
                Apply(key.Group.Value, key.Topic, key.Partition, Read(key.Topic, key.Partition, (OffsetCommitValue?)record.Value, recordOffset), producerId);
                break;
            case LegacyOffsetCommitKey key:
                Apply(key.Group.Value, key.Topic, key.Partition, Read(key.Topic, key.Partition, (LegacyOffsetCommitValue?)record.Value, recordOffset), producerId);
                break;
        }
    }

    void Apply(string name, string topic, int partition, CommittedOffset? offset, ProducerId producerId)
    {
        if (offset is null && !groups.TryFind(name, out _)) return;
        var group = groups.FindOrAdd(name);
        if (offset is not { } committed)
        {
            group.Offsets.Remove(topic, partition);
            Pending.Remove(group, topic, partition);
        }
        else if (producerId.IsNone) group.Offsets.Put(committed);
        else Pending.Put(producerId, group, committed);
        groups.Tidy(group);
    }

    CommittedOffset? Read(string topic, int partition, OffsetCommitValue? value, long recordOffset) => value is null ? null
        : new CommittedOffset(partition, value.Offset, value.LeaderEpoch, value.CommitTimestamp,
            Topics.Of(topic, fault == PlantedFault.OffsetsWithoutTopicId ? TopicId.None : value.TopicId),
            OffsetExtras.Of(value.Metadata, Math.Max(value.ExpireTimestamp, value.KeptUntilTimestamp)), recordOffset);

    CommittedOffset? Read(string topic, int partition, LegacyOffsetCommitValue? value, long recordOffset) => value is null ? null
        : new CommittedOffset(partition, value.Offset, -1, value.CommitTimestamp, Topics.Of(topic, TopicId.None), OffsetExtras.Of(value.Metadata, -1), recordOffset);

    /// <summary>
    /// A marker of the producer: what was pending counts from now on, or is gone. An offset that was committed plainly after the pending one stays, or the
    /// group would go
    /// back.
    /// </summary>
    public void EndTransaction(ProducerId producerId, bool commit)
    {
        foreach (var (group, offset) in Pending.Take(producerId, groups))
        {
            if (commit && !IsOlder(offset, group)) group.Offsets.Put(offset);
            groups.Tidy(group);
        }
    }

    bool IsOlder(in CommittedOffset pending, Group group) => fault != PlantedFault.OlderPendingPromoted
        && group.Offsets.TryFind(pending.Topic.Name, pending.Partition, out var committed) && committed.RecordOffset > pending.RecordOffset;
}
