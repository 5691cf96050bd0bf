namespace Semel.Client.Producing;

/// <summary>Who leads each partition, and what follows when that changes or when the topic is another one.</summary>
internal static class LeaderRule
{
    /// <summary>The state of a partition, made at its first record.</summary>
    public static PartitionState Open(ProducerTurn turn, TopicPartition name)
    {
        var topic = turn.State.Topic(name.Topic);
        if (topic.Partitions.TryGetValue(name.Partition, out var partition)) return partition;
        partition = new PartitionState(name);
        topic.Partitions.Add(name.Partition, partition);
        if (topic.Seen is { } seen) Update(turn, partition, seen);
        return partition;
    }

    public static void Take(ProducerTurn turn, TopicSeen seen)
    {
        var topic = turn.State.Topic(seen.Topic);
        // A topic that a broker misses for a moment loses nothing: neither its leaders nor its sequences.
        if (seen.Error != ErrorCode.None && topic.Seen is not null) return;
        var before = topic.Seen;
        topic.Seen = seen;
        if (before is not null && !before.TopicId.IsNone && !seen.TopicId.IsNone && before.TopicId != seen.TopicId)
            turn.Add(new Tell(new TopicRecreated(seen.Topic, before.TopicId, seen.TopicId)));
        foreach (var partition in topic.Partitions.Values) Update(turn, partition, seen);
    }

    static void Update(ProducerTurn turn, PartitionState partition, TopicSeen seen)
    {
        if (partition.TopicId.IsNone || seen.TopicId.IsNone) partition.TopicId = seen.TopicId.IsNone ? partition.TopicId : seen.TopicId;
        else if (partition.TopicId != seen.TopicId)
        {
            partition.RecreatedAs = seen.TopicId;
            partition.Rewind();
            RewindRule.FinishIfQuiet(turn, partition);
        }
        else if (partition.RecreatedAs is not null) partition.RecreatedAs = null;
        foreach (var leader in seen.Leaders)
            if (leader.Partition == partition.Name.Partition) Lead(turn, partition, leader);
    }

    /// <summary>Brokers learn of a new leader at different times: an older epoch than the one known says nothing.</summary>
    public static void Lead(ProducerTurn turn, PartitionState partition, PartitionLeader leader)
    {
        if (leader.LeaderEpoch >= 0 && leader.LeaderEpoch < partition.LeaderEpoch) return;
        var isNews = leader.Node != partition.Leader || leader.LeaderEpoch > partition.LeaderEpoch;
        if (!isNews) return;
        partition.Leader = leader.Node;
        partition.LeaderEpoch = Math.Max(leader.LeaderEpoch, partition.LeaderEpoch);
        partition.IsProbing = true;
        // Whatever made us wait was the old leader's trouble.
        if (leader.Node != NodeId.None) partition.RetryAt = turn.Now;
    }

    /// <summary>
    /// A topic of another id is another topic: sequences begin anew, and what waits for the old one is not silently sent to the new.
    /// Nothing is in flight.
    /// </summary>
    public static void Recreate(ProducerTurn turn, PartitionState partition, TopicId topicId)
    {
        var error = new Error(LocalErrorCode.TopicRecreated, $"topic {partition.Name.Topic} was deleted and created again while the record waited to be sent");
        BumpRule.EmptyWindow(turn, partition, error);
        if (!turn.State.Options.AllowTopicRecreation) CloseRule.FailQueue(turn, partition, Verdict.NotPersisted(error, ErrorClass.Retriable));
        partition.TopicId = topicId;
        partition.RecreatedAs = null;
        partition.Identity = ProducerIdentity.None;
        partition.HasAcknowledged = false;
        partition.LastAcknowledgedOffset = -1;
        partition.LeaderEpoch = -1;
        if (turn.State.Topic(partition.Name.Topic).Seen is not { } seen) return;
        foreach (var leader in seen.Leaders)
            if (leader.Partition == partition.Name.Partition) Lead(turn, partition, leader);
    }
}
