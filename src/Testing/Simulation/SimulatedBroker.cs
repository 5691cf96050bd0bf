using Semel.Broker.Topics;
using Semel.Client.Producing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Testing.Simulation;

/// <summary>
/// A broker of one topic: the real machines of catalog and partitions, the real check of envelopes and the real blocks of producer ids, on simulated
/// sequencers. Its process can die at any event; its disk stays.
/// </summary>
internal sealed class SimulatedBroker
{
    public const string Topic = "simulated";
    public static readonly TopicId TopicId = new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    const string CatalogLog = "catalog";
    const short ProduceVersion = 13;
    static readonly LogOptions LogOptions = new() { SegmentBytes = 1 << 20 };

    readonly ProduceWorld _world;
    readonly SimulatedSequencer<CatalogCommand, CatalogReply, CatalogView> _catalog;
    readonly SimulatedSequencer<PartitionCommand, PartitionReply, PartitionView>[] _partitions;
    CatalogTopic? _topic;
    CatalogView _view = CatalogView.Empty;
    ProducerIdBlock? _block;
    ProducerId _nextGiven;
    bool _isReserving, _isCreating;

    public SimulatedBroker(ProduceWorld world)
    {
        _world = world;
        var planted = world.Fault.PlantedInTurns();
        _catalog = new(world, new()
        {
            LogName = CatalogLog,
            OpenLog = static store => store.OpenOrCreate(CatalogLog, LogOptions),
            NewMachine = static _ => new CatalogMachine(new CatalogOptions { ProducerIdBlockSize = 3 }),
            StorageFailed = static reason => CatalogReply.Failed(ErrorCode.KafkaStorageError, reason),
            Stopped = CatalogReply.Failed(ErrorCode.KafkaStorageError, "the broker stops"),
        }, planted)
        {
            Published = (view, _) => SeeCatalog(view),
            Difference = static (live, replayed) => live.AsSpan().SequenceEqual(replayed) ? null : "the catalog's topics or producer ids",
        };
        _partitions = [.. Enumerable.Range(0, world.Plan.Partitions).Select(NewPartition)];
    }

    public bool IsUp { get; private set; }
    /// <summary>Its topic is there: what is refused for want of it is not awaited by a partition.</summary>
    public bool IsServing => IsUp && _topic is not null;
    /// <summary>Another one after every start: connections do not outlive a process.</summary>
    public int Incarnation { get; private set; }

    /// <summary>Which producers are younger than the topic: all, or none.</summary>
    ProducerId Since => new(_world.Plan.HasOlderProducers ? long.MaxValue : 0);

    ProducerIdRange GivenOut => new(_view.FirstProducerId, _nextGiven);

    static string LogOf(int partition) => $"partition-{partition}";

    SimulatedSequencer<PartitionCommand, PartitionReply, PartitionView> NewPartition(int number)
    {
        var options = new PartitionOptions
        {
            TimestampType = _world.Plan.HasLogAppendTime ? TimestampType.LogAppendTime : TimestampType.CreateTime,
            ProducerIdExpiration = _world.Plan.ForgetsProducers ? SimulationPlan.ProducerIdExpiration : PartitionOptions.Default.ProducerIdExpiration,
            ProducerIdExpirationCheckInterval = TimeSpan.FromMilliseconds(200),
            ProducersSince = Since,
        };
        // Another one in every process: what was refused is forgotten with it.
        var awaited = (Incarnation, Sequences: new AwaitedSequences());
        var guards = new GuardNumbers();
        AwaitedSequences Awaited()
        {
            if (awaited.Incarnation != Incarnation) awaited = (Incarnation, new());
            return awaited.Sequences;
        }
        return new(_world, new()
        {
            LogName = LogOf(number),
            OpenLog = store => store.OpenOrCreate(LogOf(number), LogOptions),
            NewMachine = _ => new PartitionMachine(options, Awaited(), guards, _world.Fault.Planted()),
            StorageFailed = static reason => PartitionReply.Failed(ErrorCode.KafkaStorageError) with { Message = reason },
            Stopped = PartitionReply.Failed(ErrorCode.UnknownTopicOrPartition),
            Tick = static () => PartitionCommand.ExpireProducers,
            MakesRoom = static command => command.Kind == PartitionCommandKind.DeleteRecords,
            Refused = (commands, now) =>
            {
                foreach (ref readonly var command in commands)
                    if (command.Kind is PartitionCommandKind.AppendBatch or PartitionCommandKind.BeginVerification) Awaited().Refused(command.Header, now.Steady);
            },
        }, _world.Fault.PlantedInTurns())
        {
            Published = (view, log) => _world.Oracle.Observe(number, view, log),
            Difference = PartitionDifference.Between,
        };
    }

    /// <summary>
    /// Gives every log a beginning that is gone already: such a partition cannot know whom it has forgotten, so a producer may begin with any sequence, which a producer
    /// that begins near the wrap needs.
    /// </summary>
    public void LoseBeginnings()
    {
        for (var partition = 0; partition < _partitions.Length; partition++)
        {
            using var log = _world.Store.OpenOrCreate(LogOf(partition), new LogOptions());
            using var builder = new RecordBatchBuilder(1024);
            builder.TryAppend(0, [], true, [], true);
            builder.Close(CompressionCodec.None);
            log.AppendAsync([builder.Bytes], 0).GetAwaiter().GetResult();
            log.TrimStartAsync(1).GetAwaiter().GetResult();
        }
    }

    public void Start()
    {
        IsUp = true;
        Incarnation++;
        _world.Note("start", Incarnation);
        _catalog.Open();
        CreateTopic();
    }

    void CreateTopic()
    {
        if (_topic is not null || _isCreating) return;
        _isCreating = true;
        var topic = new NewTopic
        {
            Name = Topic,
            TopicId = TopicId,
            PartitionCount = _partitions.Length,
            NextProducerId = Since,
            Configs =
            [
                KeyValuePair.Create<string, string?>("message.timestamp.type", _world.Plan.HasLogAppendTime ? "LogAppendTime" : "CreateTime"),
                // A record is older than the jump of a clock that its batch is checked by: what may be refused for that is not what is looked at here.
                KeyValuePair.Create<string, string?>("message.timestamp.after.max.ms", $"{long.MaxValue}"),
            ],
        };
        _catalog.Enqueue(CatalogCommand.CreateTopic(topic), reply =>
        {
            _isCreating = false;
            if (reply.Error != ErrorCode.KafkaStorageError) return;
            var incarnation = Incarnation;
            _world.Clock.After(TimeSpan.FromMilliseconds(20), () =>
            {
                if (incarnation == Incarnation && IsUp) CreateTopic();
            });
        });
    }

    void SeeCatalog(CatalogView view)
    {
        _view = view;
        // What an earlier process had reserved counts as given out.
        if (_block is null) _nextGiven = view.NextProducerId;
        if (_topic is not null || !view.TryFind(Topic, out _topic)) return;
        foreach (var partition in _partitions) partition.Open();
    }

    /// <summary>The process dies, and with it everything that is not on the disk.</summary>
    public void Crash()
    {
        if (!IsUp) return;
        _world.Note("crash", Incarnation);
        _catalog.Crash();
        foreach (var partition in _partitions) partition.Crash();
        _world.Store.Crash();
        GoDown();
    }

    /// <summary>An orderly stop with a snapshot of everything that is at rest; what is not dies as in a crash.</summary>
    public void Stop()
    {
        if (!IsUp) return;
        var isOrderly = _catalog.TryStop();
        foreach (var partition in _partitions) isOrderly &= partition.TryStop();
        if (!isOrderly)
        {
            Crash();
            return;
        }
        _world.Note("stop", Incarnation);
        GoDown();
    }

    void GoDown()
    {
        IsUp = false;
        _topic = null;
        _block = null;
        _isReserving = _isCreating = false;
    }

    public TopicSeen Metadata() => _topic is null
        ? new TopicSeen(Topic, Protocol.TopicId.None, ErrorCode.UnknownTopicOrPartition, [])
        : new TopicSeen(Topic, _topic.TopicId, ErrorCode.None, [.. Enumerable.Range(0, _topic.PartitionCount).Select(static partition => new PartitionLeader(partition, new NodeId(1), 0))]);

    public void InitProducerId(Action<ProducerIdReply> answer)
    {
        if (_block is { } block && block.TryTake(out var producerId))
        {
            _nextGiven = new ProducerId(producerId.Value + 1);
            answer(new ProducerIdReply(ErrorCode.None, producerId));
        }
        else answer(new ProducerIdReply(ErrorCode.CoordinatorLoadInProgress, ProducerId.None));
        if (_isReserving || _block is { IsNextWanted: false }) return;
        _isReserving = true;
        _catalog.Enqueue(CatalogCommand.ReserveProducerIds(ProducerIdSpace.FirstOf(_world.Random.Next())), reply =>
        {
            _isReserving = false;
            if (reply.Error == ErrorCode.None && _block is null or { Left: 0 }) _block = new ProducerIdBlock(reply.FirstProducerId, reply.ProducerIdCount);
        });
    }

    public void Produce(ProduceMessage message, Action<ProduceReply> answer)
    {
        var answers = new PartitionAnswer[message.Parts.Count];
        var left = answers.Length;
        for (var i = 0; i < answers.Length; i++)
        {
            var at = i;
            Produce(message.Parts[i], partitionAnswer =>
            {
                answers[at] = partitionAnswer;
                if (--left == 0) answer(new ProduceReply(answers));
            });
        }
    }

    void Produce(ProducePart part, Action<PartitionAnswer> answer)
    {
        if (_topic is null || _topic.TopicId != part.TopicId)
        {
            answer(PartitionAnswer.Refused(ErrorCode.UnknownTopicId));
            return;
        }
        var verdict = BatchEnvelope.Check(part.Bytes, false, PartitionFactory.LimitsOf(_topic.Config), _world.Clock.Wall, ProduceVersion);
        if (verdict.Error != ErrorCode.None) _world.Oracle.Fail($"a sound batch was refused: {verdict.Error}, {verdict.Message}");
        _partitions[part.Partition].Enqueue(PartitionCommand.Append(verdict.Header, part.Bytes.AsMemory(0, verdict.Length), GivenOut), reply =>
        {
            _world.Note(reply.Error == ErrorCode.None ? $"{reply.Decision}" : $"{reply.Error}", part.Partition, verdict.Header.BaseSequence, reply.BaseOffset);
            if (reply.Error == ErrorCode.None && verdict.Header.LastSequence < verdict.Header.BaseSequence) _world.Counts.Add("batch-across-the-wrap");
            if (reply.Decision == SequenceDecision.LowerSequenceAwaited) _world.Counts.Add("lower-sequence-awaited");
            if (reply.Decision == SequenceDecision.FirstOfProducer && verdict.Header.BaseSequence > 0 && !_world.Plan.BeginsNearWrap) _world.Counts.Add("forgotten-producer-goes-on");
            answer(new PartitionAnswer(AnswerKind.Answered, reply.Error) { BaseOffset = reply.BaseOffset, LogAppendTime = reply.LogAppendTime, LogStartOffset = reply.LogStartOffset });
        });
    }

    /// <summary>Deletes the oldest records of a partition, any number of them.</summary>
    public void DeleteRecords(int partition)
    {
        if (!IsUp || _partitions[partition].View is not { } view) return;
        var before = view.LogStartOffset + _world.Random.Below((int)(view.HighWatermark - view.LogStartOffset) + 1);
        _world.Note("delete-records", partition, before);
        _partitions[partition].Enqueue(PartitionCommand.DeleteRecords(before, GivenOut), static _ => { });
    }
}
