namespace Semel.Compat.Confluent;

/// <summary>A partition of a topic. Immutable.</summary>
public class TopicPartition : IComparable
{
    public TopicPartition(string topic, Partition partition)
    {
        Topic = topic;
        Partition = partition;
    }

    public string Topic { get; }
    public Partition Partition { get; }

    public int CompareTo(object obj)
    {
        var other = (TopicPartition)obj;
        return string.Compare(Topic, other.Topic, StringComparison.Ordinal) is var order and not 0 ? order : Partition.Value.CompareTo(other.Partition.Value);
    }

    public override bool Equals(object obj) => obj is TopicPartition other && Topic == other.Topic && Partition == other.Partition;
    public override int GetHashCode() => HashCode.Combine(Topic, Partition);

    public static bool operator ==(TopicPartition a, TopicPartition b) => Equals(a, b);
    public static bool operator !=(TopicPartition a, TopicPartition b) => !Equals(a, b);

    public override string ToString() => $"{Topic} [{Partition}]";
}

/// <summary>A partition and what went wrong with it. Immutable.</summary>
public class TopicPartitionError
{
    public TopicPartitionError(TopicPartition tp, Error error) : this(tp.Topic, tp.Partition, error) { }

    public TopicPartitionError(string topic, Partition partition, Error error)
    {
        Topic = topic;
        Partition = partition;
        Error = error;
    }

    public string Topic { get; }
    public Partition Partition { get; }
    public Error Error { get; }
    public TopicPartition TopicPartition => new(Topic, Partition);

    public override bool Equals(object obj) => obj is TopicPartitionError other && Topic == other.Topic && Partition == other.Partition && Error == other.Error;
    public override int GetHashCode() => HashCode.Combine(Topic, Partition, Error);

    public static bool operator ==(TopicPartitionError a, TopicPartitionError b) => Equals(a, b);
    public static bool operator !=(TopicPartitionError a, TopicPartitionError b) => !Equals(a, b);

    public override string ToString() => $"{Topic} [{Partition}]: {Error}";
}

/// <summary>A partition and a time in it. Immutable.</summary>
public class TopicPartitionTimestamp
{
    public TopicPartitionTimestamp(TopicPartition tp, Timestamp timestamp) : this(tp.Topic, tp.Partition, timestamp) { }

    public TopicPartitionTimestamp(string topic, Partition partition, Timestamp timestamp)
    {
        Topic = topic;
        Partition = partition;
        Timestamp = timestamp;
    }

    public string Topic { get; }
    public Partition Partition { get; }
    public Timestamp Timestamp { get; }
    public TopicPartition TopicPartition => new(Topic, Partition);

    public override bool Equals(object obj) => obj is TopicPartitionTimestamp other && Topic == other.Topic && Partition == other.Partition
        && Timestamp == other.Timestamp;
    public override int GetHashCode() => HashCode.Combine(Topic, Partition, Timestamp);

    public static bool operator ==(TopicPartitionTimestamp a, TopicPartitionTimestamp b) => Equals(a, b);
    public static bool operator !=(TopicPartitionTimestamp a, TopicPartitionTimestamp b) => !Equals(a, b);

    public override string ToString() => $"{Topic} [{Partition}] @{Timestamp.UnixTimestampMs}";
}
