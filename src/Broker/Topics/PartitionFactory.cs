using Semel.Broker.Sequencing;
using Semel.Codecs;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Broker.Topics;

/// <summary>
/// Makes the partitions of a topic out of its description. Nothing is opened yet. The log of a partition is made once, with its topic; what the catalog knows and the
/// store has not is gone, and never made anew. Only topics of an earlier version, whose logs were not made with them, get theirs with their first use.
/// </summary>
internal sealed class PartitionFactory(SequencerHost host, PartitionOptions defaults)
{
    readonly Dictionary<string, IStateTopic> _stateTopics = new(StringComparer.Ordinal);

    /// <summary>Before the first topic is made.</summary>
    public void Add(IStateTopic topic) => _stateTopics.Add(topic.Name, topic);

    /// <summary>Null when the broker has no topic of its own of that name.</summary>
    public IStateTopic? StateTopic(string name) => _stateTopics.GetValueOrDefault(name);

    /// <param name="isNew">The topic is about to be created: opening its partitions makes their logs.</param>
    public Topic NewTopic(CatalogTopic topic, bool isNew = false)
    {
        var partitions = new Partition[topic.PartitionCount];
        var state = topic.IsInternal ? StateTopic(topic.Name) : null;
        Invariant.Check(state is not null || !topic.IsInternal, "the broker knows what is behind each topic of its own");
        // What is the same for all of them is there once.
        var options = defaults with { TimestampType = topic.Config.TimestampType, ProducersSince = topic.ProducersSince };
        var (limits, logOptions) = (LimitsOf(topic.Config), LogOptionsOf(topic));
        for (var number = 0; number < partitions.Length; number++)
        {
            var openLog = OpeningOf(topic, PartitionLogName.Of(topic, number), isNew, logOptions);
            partitions[number] = state?.NewPartition(topic, number, openLog, host) ?? NewPartition(topic, number, openLog, options, limits);
        }
        return new Topic(topic, partitions);
    }

    static Func<ILogStore, ILog> OpeningOf(CatalogTopic topic, string name, bool isNew, LogOptions options)
    {
        var isToBeMade = isNew;
        return store =>
        {
            if (!isToBeMade) return topic.HasLogs ? store.Open(name, options) : store.OpenOrCreate(name, options);
            var made = store.Create(name, options);
            isToBeMade = false;
            return made;
        };
    }

    UserPartition NewPartition(CatalogTopic topic, int number, Func<ILogStore, ILog> openLog, PartitionOptions options, EnvelopeLimits limits)
    {
        var awaited = new AwaitedSequences();
        var guards = new GuardNumbers();
        UserPartition? partition = null;
        var settings = new SequencerSettings<PartitionCommand, PartitionReply, PartitionView>
        {
            LogName = PartitionLogName.Of(topic, number),
            OpenLog = openLog,
            NewMachine = _ =>
            {
                partition!.Admitted.Forget();
                return new PartitionMachine(options, awaited, guards);
            },
            StorageFailed = static reason => PartitionReply.Failed(ErrorCode.KafkaStorageError) with { Message = reason },
            LastResort = "Where there is no copy of it, the way out is to delete the topic, which gives up all its records.",
            Stopped = PartitionReply.Failed(ErrorCode.UnknownTopicOrPartition),
            ReadOnlyView = ReadOnly,
            Tick = static () => PartitionCommand.ExpireProducers,
            MakesRoom = static command => command.Kind == PartitionCommandKind.DeleteRecords,
            Effects = effects => Effects?.Invoke(partition!, effects),
            Refused = (commands, now) => Remember(awaited, commands, now),
        };
        return partition = new UserPartition(new(ParticipantKind.Partition, topic.Name, topic.TopicId, number), limits, new(settings, host));
    }

    /// <summary>
    /// What is there was durable and can be read. Which transactions were open or aborted at the hole's end nobody knows: who reads committed records gets all below the hole, is
    /// told of the hole in it, and nothing behind it.
    /// </summary>
    static PartitionView ReadOnly(LogBounds bounds, LogHoleException hole, PartitionView upToHole)
    {
        var decided = upToHole.OpenTransactions.FirstOffset is { } open ? Math.Max(open, bounds.StartOffset) : hole.EndOffset;
        return new(bounds.StartOffset, decided, bounds.EndOffset) { AbortedTransactions = upToHole.AbortedTransactions };
    }

    /// <summary>What partitions ask for, once there is somebody to do it: set before the first log is opened.</summary>
    public Action<Partition, IReadOnlyList<Effect>>? Effects { get; set; }

    static void Remember(AwaitedSequences awaited, ReadOnlySpan<PartitionCommand> refused, Moment now)
    {
        foreach (ref readonly var command in refused)
            if (command.Kind is PartitionCommandKind.AppendBatch or PartitionCommandKind.BeginVerification) awaited.Refused(command.Header, now.Steady);
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
        Compression = config.Compression,
        CompressionLevel = config.CompressionLevel,
        Reading = new RecordReading(CodecTable.All, DecompressedLimit(config.MaxMessageBytes)) { LargestRecordBytes = config.MaxDecompressedRecordBytes },
    };

    /// <summary>Kafka sets no bound to a whole batch, as it looks at a record at a time. Here a batch is opened as a whole: 64 MiB, more where topics take larger batches than usual.</summary>
    static int DecompressedLimit(int maxMessageBytes) => (int)Math.Clamp(UsualExpansionMost * maxMessageBytes, RecordReading.DefaultDecompressedLimit, 1 << 30);

    const long UsualExpansionMost = 16;

    static LogOptions LogOptionsOf(CatalogTopic topic) => new()
    {
        SegmentBytes = topic.Config.SegmentBytes,
        SegmentAge = topic.Config.SegmentMs > TimeSpan.MaxValue.TotalMilliseconds ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(topic.Config.SegmentMs),
        IndexIntervalBytes = topic.Config.IndexIntervalBytes,
        Codecs = CodecTable.All,
        // Coordinators speak to others, who have to tell one from the one before.
        ClaimsWriterEpoch = topic.IsInternal,
    };
}
