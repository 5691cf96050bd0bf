using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>Makes the partitions of a topic out of its description. Nothing is opened yet.</summary>
internal sealed class PartitionFactory(SequencerHost host, PartitionOptions defaults)
{
    public Topic NewTopic(CatalogTopic topic)
    {
        var partitions = new Partition[topic.PartitionCount];
        for (var number = 0; number < partitions.Length; number++) partitions[number] = NewPartition(topic, number);
        return new Topic(topic, partitions);
    }

    Partition NewPartition(CatalogTopic topic, int number)
    {
        var options = defaults with { TimestampType = topic.Config.TimestampType, ProducersSince = topic.ProducersSince };
        var awaited = new AwaitedSequences();
        var settings = new SequencerSettings<PartitionCommand, PartitionReply, PartitionView>
        {
            LogName = PartitionLogName.Of(topic, number),
            LogOptions = LogOptionsOf(topic.Config),
            NewMachine = () => new PartitionMachine(options, awaited),
            StorageFailed = static reason => PartitionReply.Failed(ErrorCode.KafkaStorageError) with { Message = reason },
            Stopped = PartitionReply.Failed(ErrorCode.UnknownTopicOrPartition),
            // What is there was durable and can be read. No transaction can be open: this broker has none.
            ReadOnlyView = static bounds => new PartitionView(bounds.StartOffset, LastStableOffset: bounds.EndOffset, HighWatermark: bounds.EndOffset),
            Tick = static () => PartitionCommand.ExpireProducers,
            Refused = (commands, now) => Remember(awaited, commands, now),
        };
        return new Partition(topic.Name, number, LimitsOf(topic.Config), new(settings, host));
    }

    static void Remember(AwaitedSequences awaited, ReadOnlySpan<PartitionCommand> refused, Moment now)
    {
        foreach (ref readonly var command in refused)
            if (command.Kind == PartitionCommandKind.AppendBatch) awaited.Refused(command.Header, now.Steady);
    }

    /// <summary>What the topic's configuration says about produced batches; catalog and partition do not know each other.</summary>
    public static EnvelopeLimits LimitsOf(TopicConfig config) => new()
    {
        MaxMessageBytes = config.MaxMessageBytes,
        SegmentBytes = config.SegmentBytes,
        TimestampType = config.TimestampType,
        TimestampBeforeMaxMs = config.TimestampBeforeMaxMs,
        TimestampAfterMaxMs = config.TimestampAfterMaxMs,
        Compacted = config.IsCompacted,
    };

    static LogOptions LogOptionsOf(TopicConfig config) => new()
    {
        SegmentBytes = config.SegmentBytes,
        SegmentAge = config.SegmentMs > TimeSpan.MaxValue.TotalMilliseconds ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(config.SegmentMs),
        IndexIntervalBytes = config.IndexIntervalBytes,
    };
}
