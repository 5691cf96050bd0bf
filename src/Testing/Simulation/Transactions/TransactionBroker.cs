using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Offsets;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

using CoordinatorSequencer = SimulatedSequencer<TransactionCommand, TransactionReply, TransactionView>;
using GroupSequencer = SimulatedSequencer<GroupCommand, GroupReply, GroupView>;
using PartitionSequencer = SimulatedSequencer<PartitionCommand, PartitionReply, PartitionView>;

/// <summary>
/// A broker's process with its logs: the real machines of partitions, of coordinators of transactions and of groups, on simulated sequencers. It can die at
/// any event; its disk stays. What clients ask of it is in <see cref="TransactionDoor"/>, what its coordinators ask for in <see cref="CarriedEffects"/>.
/// </summary>
internal sealed class TransactionBroker
{
    static readonly LogOptions LogOptions = new() { SegmentBytes = 1 << 20 };
    // A coordinator tells others which incarnation of it speaks.
    static readonly LogOptions CoordinatorLogOptions = LogOptions with { ClaimsWriterEpoch = true };
    static readonly TopicId GroupsTopicId = new(new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9));

    readonly TransactionWorld _world;
    readonly SortedDictionary<string, PartitionSequencer> _partitions = new(StringComparer.Ordinal);
    readonly CoordinatorSequencer[] _coordinators;
    readonly GroupSequencer[] _groups;
    readonly HashSet<long> _connections = [];
    readonly List<PartitionSequencer> _leaving = [];
    readonly SimulatedRandom _random;
    long _ordinal;

    public TransactionBroker(TransactionWorld world)
    {
        _world = world;
        _random = world.RandomOf(2);
        _coordinators = [.. Enumerable.Range(0, world.Plan.CoordinatorLogs).Select(NewCoordinator)];
        _groups = [.. Enumerable.Range(0, world.Plan.GroupLogs).Select(NewGroups)];
        Effects = new CarriedEffects(world, this, _random);
        foreach (var topic in world.Topics.View.Topics) AddPartitions(topic);
        world.AppendIsDurable = _ =>
        {
            if (world.Strikes(_random, world.Plan.CrashAtAppendOneIn)) CrashAndComeBack();
        };
    }

    public bool IsUp { get; private set; }
    /// <summary>Another one after every start: connections do not outlive a process.</summary>
    public int Incarnation { get; private set; }
    public CarriedEffects Effects { get; }
    public IReadOnlySet<long> Connections => _connections;
    public IReadOnlyList<CoordinatorSequencer> Coordinators => _coordinators;
    public IReadOnlyList<GroupSequencer> Groups => _groups;
    public IEnumerable<PartitionSequencer> Partitions => _partitions.Values;

    // ---- Where things are

    static string LogOf(TopicId topic, int partition) => $"{topic}-{partition}";

    public CoordinatorSequencer CoordinatorOf(TransactionalId id) => _coordinators[InternalTopic.PartitionOf(id.Value, _coordinators.Length)];
    public GroupSequencer GroupsOf(GroupId group) => _groups[InternalTopic.PartitionOf(group.Value, _groups.Length)];
    public PartitionSequencer? PartitionOf(TopicId topic, int partition) => _partitions.GetValueOrDefault(LogOf(topic, partition));
    public static Participant ParticipantOf(CatalogTopic topic, int partition) => new(ParticipantKind.Partition, topic.Name, topic.TopicId, partition);
    public Participant ParticipantOf(GroupId group) =>
        new(ParticipantKind.Offsets, InternalTopic.Groups, GroupsTopicId, InternalTopic.PartitionOf(group.Value, _groups.Length));

    /// <summary>Tells a participant the end of a transaction. One that is not there any more has ended.</summary>
    public async Task<ErrorCode> EndAsync(Participant participant, EndMarker marker)
    {
        if (participant.Kind == ParticipantKind.Offsets)
            return (await _groups[participant.Partition].AskAsync(new EndTransaction(marker) { Catalog = _world.Topics.View })).Error;
        return PartitionOf(participant.TopicId, participant.Partition) is { } partition
            ? (await partition.AskAsync(PartitionCommand.EndTransaction(marker))).Error : ErrorCode.None;
    }

    // ---- Logs

    PartitionSequencer NewPartition(CatalogTopic topic, int number)
    {
        var name = LogOf(topic.TopicId, number);
        var options = new PartitionOptions { ProducersSince = topic.ProducersSince, HangingAfter = TimeSpan.FromHours(1) };
        var (awaited, guards, reader) = (new OfProcess<AwaitedSequences>(this), new GuardNumbers(), _world.Oracle.Reader(topic, number));
        return new(_world, new()
        {
            LogName = name,
            OpenLog = store => store.OpenOrCreate(name, LogOptions),
            NewMachine = _ => new PartitionMachine(options, awaited.Value, guards, _world.Fault.InPartition()),
            StorageFailed = static reason => PartitionReply.Failed(ErrorCode.KafkaStorageError) with { Message = reason },
            Stopped = PartitionReply.Failed(ErrorCode.UnknownTopicOrPartition),
            Tick = static () => PartitionCommand.ExpireProducers,
        }, _world.Fault.InTurns())
        {
            Published = reader.Observe,
            Difference = PartitionDifference.Between,
        };
    }

    CoordinatorSequencer NewCoordinator(int number)
    {
        var name = $"{InternalTopic.Transactions}-{number}";
        var options = new TransactionOptions
        {
            GraceAfterLoading = TimeSpan.FromMilliseconds(200),
            AnswerPatience = _world.Fault == TransactionFault.EndAnsweredBeforeMarkers ? TimeSpan.Zero : new TransactionOptions().AnswerPatience,
        };
        var heard = new OfProcess<HeardConnections>(this);
        return new(_world, new()
        {
            LogName = name,
            OpenLog = store => store.OpenOrCreate(name, CoordinatorLogOptions),
            NewMachine = log => new TransactionMachine(options, log.WriterEpoch, _world.Fault.InCoordinator(), heard.Value),
            // What a coordinator's append answers: another one may have it by then.
            StorageFailed = static reason => TransactionReply.Failed(ErrorCode.NotCoordinator, reason),
            Stopped = TransactionReply.Failed(ErrorCode.CoordinatorNotAvailable),
            Tick = static () => TransactionCommand.Tick.Instance,
            Effects = effects => Effects.CarryOut(number, effects),
        }, _world.Fault.InTurns())
        {
            Difference = static (live, replayed) => live.AsSpan().SequenceEqual(replayed) ? null : "what is known of transactional ids",
        };
    }

    GroupSequencer NewGroups(int number)
    {
        var name = $"{InternalTopic.Groups}-{number}";
        var options = new GroupOptions
        {
            MinSessionTimeout = TimeSpan.FromMilliseconds(100),
            InitialRebalanceDelay = TimeSpan.FromMilliseconds(50),
            ConsumerSessionTimeout = TransactionPlan.SessionTimeout,
            ConsumerAssignmentInterval = TimeSpan.FromMilliseconds(50),
        };
        var (guards, connections) = (new GuardNumbers(), new OfProcess<CommitConnections>(this));
        return new(_world, new()
        {
            LogName = name,
            OpenLog = store => store.OpenOrCreate(name, LogOptions),
            NewMachine = _ => new GroupMachine(options, guards, _world.Fault.InGroups(), connections.Value),
            StorageFailed = static reason => new GroupReply(ErrorCode.NotCoordinator) { Message = reason },
            Stopped = new GroupReply(ErrorCode.CoordinatorNotAvailable),
            Tick = () => new GroupTick { Catalog = _world.Topics.View },
        }, _world.Fault.InTurns())
        {
            Difference = GroupDifference.Between,
        };
    }

    void AddPartitions(CatalogTopic topic)
    {
        for (var number = 0; number < topic.PartitionCount; number++) _partitions.Add(LogOf(topic.TopicId, number), NewPartition(topic, number));
    }

    /// <summary>A topic is deleted with all that is in it, and made anew under its name.</summary>
    public void Remake(string name)
    {
        var former = _world.Topics[name];
        _world.Note("broker", "remake");
        _world.Topics.Remake(name);
        _world.Oracle.Gone(former.TopicId);
        for (var number = 0; number < former.PartitionCount; number++)
        {
            _partitions.Remove(LogOf(former.TopicId, number), out var partition);
            _leaving.Add(partition!);
            partition!.Stop(() => Remove(partition));
        }
        var topic = _world.Topics[name];
        AddPartitions(topic);
        if (!IsUp) return;
        for (var number = 0; number < topic.PartitionCount; number++) PartitionOf(topic.TopicId, number)!.Open();
        foreach (var groups in _groups) groups.Enqueue(new DropDeletedTopics { Catalog = _world.Topics.View }, static _ => { });
    }

    /// <summary>What outlives machines, and no process: another one in each.</summary>
    sealed class OfProcess<T>(TransactionBroker broker) where T : class, new()
    {
        int _incarnation;
        T? _value;

        public T Value
        {
            get
            {
                if (_value is null || _incarnation != broker.Incarnation) (_value, _incarnation) = (new T(), broker.Incarnation);
                return _value;
            }
        }
    }

    void Remove(PartitionSequencer partition)
    {
        if (_leaving.Remove(partition)) _world.Store.Delete(partition.Name);
    }

    // ---- Life

    /// <summary>A thread of the broker's does not go on at once: meanwhile anything may happen.</summary>
    public async Task MayBeSlowAsync(SimulatedRandom random)
    {
        if (!_world.Strikes(random, _world.Plan.SlowThreadOneIn)) return;
        _world.Note("broker", "slow-thread");
        await WaitAsync(random.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(2_500)));
    }

    /// <summary>Completes after so much time, if the process lives by then.</summary>
    public async Task WaitAsync(TimeSpan time)
    {
        var incarnation = Incarnation;
        await _world.WaitAsync(time);
        if (!IsUp || incarnation != Incarnation) await new TaskCompletionSource().Task;
    }

    public long Accept()
    {
        _connections.Add(++_ordinal);
        return _ordinal;
    }

    public void Closed(long ordinal) => _connections.Remove(ordinal);

    public void Start()
    {
        if (IsUp) return;
        IsUp = true;
        Incarnation++;
        _ordinal = 0;
        _connections.Clear();
        _world.Note("broker", "start", Incarnation);
        foreach (var partition in _partitions.Values) partition.Open();
        foreach (var groups in _groups) groups.Open();
        foreach (var coordinator in _coordinators) coordinator.Open();
    }

    /// <summary>The process dies, and with it everything that is not on the disk.</summary>
    public void Crash()
    {
        if (!IsUp) return;
        _world.Note("broker", "crash", Incarnation);
        foreach (var coordinator in _coordinators) coordinator.Crash();
        foreach (var groups in _groups) groups.Crash();
        foreach (var partition in _partitions.Values) partition.Crash();
        foreach (var partition in _leaving) partition.Crash();
        _world.Store.Crash();
        // What no topic knows is removed by the next start.
        foreach (var partition in _leaving.ToArray()) Remove(partition);
        IsUp = false;
    }

    /// <summary>An orderly stop with a snapshot of everything that is at rest; what is not dies as in a crash.</summary>
    public void Stop()
    {
        if (!IsUp) return;
        var isOrderly = _leaving.Count == 0;
        foreach (var coordinator in _coordinators) isOrderly &= coordinator.TryStop();
        foreach (var groups in _groups) isOrderly &= groups.TryStop();
        foreach (var partition in _partitions.Values) isOrderly &= partition.TryStop();
        if (!isOrderly)
        {
            Crash();
            return;
        }
        _world.Note("broker", "stop", Incarnation);
        IsUp = false;
    }

    public void CrashAndComeBack()
    {
        if (_random.OneIn(5)) Stop();
        else Crash();
        _world.Clock.After(_random.Between(TimeSpan.Zero, _world.Plan.Downtime), Start);
    }
}
