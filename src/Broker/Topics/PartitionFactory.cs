using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>
/// Makes the partitions of a topic out of its description. Nothing is opened yet. The log of a partition is made once, with its topic; what the catalog knows and the
/// store has not is gone, and never made anew. Only topics of an earlier version, whose logs were not made with them, get theirs with their first use.
/// </summary>
internal sealed class PartitionFactory(SequencerHost host, PartitionOptions defaults)
{
    /// <param name="isNew">The topic is about to be created: opening its partitions makes their logs.</param>
    public Topic NewTopic(CatalogTopic topic, bool isNew = false)
    {
        var partitions = new Partition[topic.PartitionCount];
        // What is the same for all of them is there once.
        var options = defaults with { TimestampType = topic.Config.TimestampType, ProducersSince = topic.ProducersSince };
        var (limits, logOptions) = (LimitsOf(topic.Config), LogOptionsOf(topic.Config));
        for (var number = 0; number < partitions.Length; number++) partitions[number] = NewPartition(topic, number, isNew, options, limits, logOptions);
        return new Topic(topic, partitions);
    }

    Partition NewPartition(CatalogTopic topic, int number, bool isNew, PartitionOptions options, EnvelopeLimits limits, LogOptions logOptions)
    {
        var name = PartitionLogName.Of(topic, number);
        var isToBeMade = isNew;
        var awaited = new AwaitedSequences();
        var settings = new SequencerSettings<PartitionCommand, PartitionReply, PartitionView>
        {
            LogName = name,
            OpenLog = store =>
            {
                if (!isToBeMade) return topic.HasLogs ? store.Open(name, logOptions) : store.OpenOrCreate(name, logOptions);
                var made = store.Create(name, logOptions);
                isToBeMade = false;
                return made;
            },
            NewMachine = _ => new PartitionMachine(options, awaited),
            StorageFailed = static reason => PartitionReply.Failed(ErrorCode.KafkaStorageError) with { Message = reason },
            LastResort = "Where there is no copy of it, the way out is to delete the topic, which gives up all its records.",
            Stopped = PartitionReply.Failed(ErrorCode.UnknownTopicOrPartition),
            // What is there was durable and can be read. No transaction can be open: this broker has none.
            ReadOnlyView = static bounds => new PartitionView(bounds.StartOffset, LastStableOffset: bounds.EndOffset, HighWatermark: bounds.EndOffset),
            Tick = static () => PartitionCommand.ExpireProducers,
            MakesRoom = static command => command.Kind == PartitionCommandKind.DeleteRecords,
            Refused = (commands, now) => Remember(awaited, commands, now),
        };
        return new Partition(topic.Name, number, limits, new(settings, host));
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
