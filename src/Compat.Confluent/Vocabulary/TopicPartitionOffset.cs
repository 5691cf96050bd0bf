namespace Semel.Compat.Confluent;

/// <summary>A place in a partition of a topic. Immutable.</summary>
public class TopicPartitionOffset
{
    public TopicPartitionOffset(TopicPartition tp, Offset offset) : this(tp.Topic, tp.Partition, offset) { }
    public TopicPartitionOffset(TopicPartition tp, Offset offset, int? leaderEpoch) : this(tp.Topic, tp.Partition, offset, leaderEpoch) { }
    public TopicPartitionOffset(string topic, Partition partition, Offset offset) : this(topic, partition, offset, null) { }

    public TopicPartitionOffset(string topic, Partition partition, Offset offset, int? leaderEpoch)
    {
        Topic = topic;
        Partition = partition;
        Offset = offset;
        LeaderEpoch = leaderEpoch;
    }

    public string Topic { get; }
    public Partition Partition { get; }
    public Offset Offset { get; }
    /// <summary>Of the leader that the record before was written by; null when it is not known. Not a part of what makes two places equal.</summary>
    public int? LeaderEpoch { get; }
    public TopicPartition TopicPartition => new(Topic, Partition);

    public override bool Equals(object obj) => obj is TopicPartitionOffset other && Topic == other.Topic && Partition == other.Partition
        && Offset == other.Offset;
    public override int GetHashCode() => HashCode.Combine(Topic, Partition, Offset);

    public static bool operator ==(TopicPartitionOffset a, TopicPartitionOffset b) => Equals(a, b);
    public static bool operator !=(TopicPartitionOffset a, TopicPartitionOffset b) => !Equals(a, b);

    public override string ToString() => $"{Topic} [{Partition}] @{Offset}";
}

/// <summary>A place in a partition and what went wrong there. Immutable.</summary>
public class TopicPartitionOffsetError
{
    public TopicPartitionOffsetError(TopicPartition tp, Offset offset, Error error, int? leaderEpoch = null) : this(tp.Topic, tp.Partition, offset, error,
        leaderEpoch) { }
    public TopicPartitionOffsetError(TopicPartitionOffset tpo, Error error) : this(tpo.Topic, tpo.Partition, tpo.Offset, error, tpo.LeaderEpoch) { }

    public TopicPartitionOffsetError(string topic, Partition partition, Offset offset, Error error, int? leaderEpoch = null)
    {
        Topic = topic;
        Partition = partition;
        Offset = offset;
        Error = error;
        LeaderEpoch = leaderEpoch;
    }

    public string Topic { get; }
    public Partition Partition { get; }
    public Offset Offset { get; }
    public Error Error { get; }
    /// <inheritdoc cref="Confluent.TopicPartitionOffset.LeaderEpoch"/>
    public int? LeaderEpoch { get; }
    public TopicPartition TopicPartition => new(Topic, Partition);
    public TopicPartitionOffset TopicPartitionOffset => new(Topic, Partition, Offset, LeaderEpoch);

    public override bool Equals(object obj) => obj is TopicPartitionOffsetError other && TopicPartitionOffset == other.TopicPartitionOffset
        && Error == other.Error;
    public override int GetHashCode() => HashCode.Combine(Topic, Partition, Offset, Error);

    public static bool operator ==(TopicPartitionOffsetError a, TopicPartitionOffsetError b) => Equals(a, b);
    public static bool operator !=(TopicPartitionOffsetError a, TopicPartitionOffsetError b) => !Equals(a, b);
    public static explicit operator TopicPartitionOffset(TopicPartitionOffsetError tpoe) => tpoe.TopicPartitionOffset;

    public override string ToString() => $"{Topic} [{Partition}] @{Offset}: {Error}";
}
