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
        partition.TopicId = topic.TopicId;
        if (topic.Leaders.TryGetValue(name.Partition, out var leader)) Lead(turn, partition, leader);
        return partition;
    }

    public static void Take(ProducerTurn turn, TopicSeen seen)
    {
        var topic = turn.State.Topic(seen.Topic);
        // A topic that a broker misses for a moment loses nothing: neither its leaders nor its sequences.
        if (seen.Error != ErrorCode.None && topic.IsSeen) return;
        topic.IsSeen |= seen.Error == ErrorCode.None;
        if (!seen.TopicId.IsNone && seen.TopicId != topic.TopicId) Identify(turn, seen.Topic, topic, seen.TopicId);
        foreach (var leader in seen.Leaders)
        {
            // Brokers learn of a new leader at different times: an older epoch than the one known says nothing.
            if (topic.Leaders.TryGetValue(leader.Partition, out var known) && leader.LeaderEpoch >= 0 && leader.LeaderEpoch < known.LeaderEpoch) continue;
            topic.Leaders[leader.Partition] = leader;
            if (topic.Partitions.TryGetValue(leader.Partition, out var partition)) Lead(turn, partition, leader);
        }
        foreach (var partition in topic.Partitions.Values) RewindRule.FinishIfQuiet(turn, partition);
    }

    /// <summary>The topic has got an id, or another one.</summary>
    static void Identify(ProducerTurn turn, string name, TopicState topic, TopicId id)
    {
        var was = topic.TopicId;
        topic.TopicId = id;
        if (!was.IsNone)
        {
            topic.Leaders.Clear();
            turn.Add(new Tell(new TopicRecreated(name, was, id)));
            if (topic.Partitions.Count > 0) RenewalRule.Renew(turn);
        }
        foreach (var partition in topic.Partitions.Values)
        {
            if (partition.TopicId.IsNone) partition.TopicId = id;
            partition.RecreatedAs = partition.TopicId == id ? null : id;
            if (partition.RecreatedAs is not null) partition.Rewind();
        }
    }

    /// <summary>Takes a leader that metadata or an answer named.</summary>
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
        partition.ForgetAcknowledged();
        partition.LeaderEpoch = -1;
        if (turn.State.Topic(partition.Name.Topic).Leaders.TryGetValue(partition.Name.Partition, out var leader)) Lead(turn, partition, leader);
    }
}
