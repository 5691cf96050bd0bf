namespace Semel.Compat.Confluent;

/// <summary>How a group stands.</summary>
public enum ConsumerGroupState
{
    Unknown = 0,
    PreparingRebalance = 1,
    CompletingRebalance = 2,
    Stable = 3,
    Dead = 4,
    Empty = 5,
}

/// <summary>Which protocol a group's members speak.</summary>
public enum ConsumerGroupType
{
    Unknown = 0,
    Consumer = 1,
    Classic = 2,
}

/// <summary>What a member of a group carries along to <see cref="IProducer{TKey, TValue}.SendOffsetsToTransaction"/>.</summary>
public interface IConsumerGroupMetadata;

/// <summary>Partitions whose offsets of a group are asked for; null for all that it has.</summary>
public class ConsumerGroupTopicPartitions
{
    public ConsumerGroupTopicPartitions(string group, List<TopicPartition> topicPartitions)
    {
        Group = group;
        TopicPartitions = topicPartitions;
    }

    public string Group { get; }
    public List<TopicPartition> TopicPartitions { get; }
}

/// <summary>Offsets of a group.</summary>
public class ConsumerGroupTopicPartitionOffsets
{
    public ConsumerGroupTopicPartitionOffsets(string group, List<TopicPartitionOffset> topicPartitionOffsets)
    {
        Group = group;
        TopicPartitionOffsets = topicPartitionOffsets;
    }

    public string Group { get; }
    public List<TopicPartitionOffset> TopicPartitionOffsets { get; }
}

/// <summary>How a commit ended.</summary>
public class CommittedOffsets
{
    public CommittedOffsets(IList<TopicPartitionOffsetError> offsets, Error error)
    {
        Offsets = offsets;
        Error = error;
    }

    /// <summary>Of the commit as a whole.</summary>
    public Error Error { get; }
    public IList<TopicPartitionOffsetError> Offsets { get; }
}
