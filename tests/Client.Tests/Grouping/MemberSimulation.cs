using Semel.Client.Grouping;
using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Membership;
using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Consumer;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;
using ClientOptions = Semel.Client.Grouping.GroupOptions;
using ClientFault = Semel.Client.Grouping.PlantedFault;

namespace Semel.Client.Tests.Grouping;

/// <summary>
/// Several members' machines and the broker's own coordinator in virtual time, with requests and answers that are late or lost, processes that stand still, owners
/// that take their time, members that come and go, and a coordinator that starts again. All of it follows from the seed.
/// What must hold at every moment: no two members that run and may deliver have the same partition in their hands. When the troubles are over: every
/// partition is with somebody, and evenly.
/// </summary>
internal sealed class MemberSimulation
{
    const int Members = 4, Partitions = 6;
    static readonly TimeSpan Session = TimeSpan.FromSeconds(6), Troubles = TimeSpan.FromMinutes(3), Peace = TimeSpan.FromMinutes(3);
    static readonly TopicId Topic = new(new Guid(7, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]));

    readonly Random _random;
    readonly PriorityQueue<Action, (TimeSpan At, long Order)> _events = new();
    readonly CatalogView _catalog;
    readonly List<byte[]> _log = [];
    readonly Dictionary<long, Action<GroupReply>> _parked = [];
    readonly SimulatedMember[] _members;
    TurnRunner<GroupCommand, GroupReply, GroupView> _turns = null!;
    GroupMachine _coordinator = null!;
    TimeSpan _now;
    long _order;
    int _freshIds;
    bool _isPeace;

    public MemberSimulation(int seed, ClientOptions options, ClientFault fault)
    {
        _random = new Random(seed);
        _catalog = Catalog();
        StartCoordinator();
        _members = [.. Enumerable.Range(0, Members).Select(number => new SimulatedMember(this, number, options, fault))];
    }

    /// <summary>The first thing that must not be; null when there was none.</summary>
    public string? Violation { get; private set; }

    /// <summary>The last of what happened to each member.</summary>
    public string Story => string.Join('\n', _story.GroupBy(static line => line.Member).SelectMany(static member => member.TakeLast(90)).OrderBy(static line => line.Order).Select(static line => line.Text));

    readonly List<(int Member, int Order, string Text)> _story = [];

    void Note(int member, string what)
    {
        _story.Add((member, _story.Count, $"{_now:mm\\:ss\\.fff} {member} {what}"));
    }

    static CatalogView Catalog()
    {
        var machine = new CatalogMachine(new CatalogOptions());
        new TurnRunner<CatalogCommand, CatalogReply, CatalogView>(machine).Decide([CatalogCommand.CreateTopic(new Machines.Catalog.NewTopic { Name = "t", TopicId = Topic, PartitionCount = Partitions })], new Moment(new Instant(1_000), default));
        return machine.View;
    }

    Moment Moment => new(new Instant(1_700_000_000_000 + (long)_now.TotalMilliseconds), TimeSpan.FromHours(1) + _now);

    // ---- The coordinator

    void StartCoordinator()
    {
        if (_order > 0) Note(-1, $"the coordinator starts again: {Described()}");
        _coordinator = new GroupMachine(new Machines.Groups.GroupOptions { InitialRebalanceDelay = TimeSpan.FromMilliseconds(100), MinSessionTimeout = TimeSpan.FromSeconds(1), ConsumerHeartbeatInterval = TimeSpan.FromSeconds(1) });
        foreach (var batch in _log)
        {
            Assert.True(RecordBatchHeader.TryRead(batch, out var header));
            _coordinator.Evolve(header, batch, Moment);
        }
        _turns = new(_coordinator);
        _turns.Resume(Moment);
        var waiting = _parked.Values.ToArray();
        _parked.Clear();
        foreach (var answer in waiting) answer(new GroupReply(ErrorCode.NotCoordinator));
    }

    void Ask(GroupCommand command, Action<GroupReply> answer)
    {
        _turns.Decide([command with { Catalog = _catalog }], Moment);
        var output = _turns.Output;
        foreach (var batch in output.Appends) _log.Add(batch.ToArray());
        if (command is GroupTick && output.Appends.Count > 0) Note(-1, $"something is over: {Described()}");
        var late = output.LateReplies.ToArray();
        if (output.Parked.Count > 0) _parked.Add(output.Parked[0].Ticket, answer);
        else answer(output.Replies[0]);
        foreach (var one in late)
            if (_parked.Remove(one.Ticket, out var waiting)) waiting(one.Reply);
    }

    /// <summary>Of a KIP-848 group.</summary>
    string Described()
    {
        var turns = new TurnRunner<GroupCommand, GroupReply, GroupView>(_coordinator);
        turns.Decide([new DescribeConsumerGroup(new GroupId("g")) { Catalog = _catalog }], Moment);
        return turns.Output.Replies[0] is DescribedConsumerGroup group ? $"epoch {group.Epoch}, {string.Join(", ", group.Members.Select(static member => $"{member.MemberId} at {member.Epoch} has {member.Assigned} of {member.Target}"))}" : "";
    }

    // ---- Chance and time

    public TimeSpan Now => _now;
    public bool IsPeace => _isPeace;
    public bool Chance(double probability) => !_isPeace && _random.NextDouble() < probability;
    public TimeSpan Between(double lowMs, double highMs) => TimeSpan.FromMilliseconds(lowMs + _random.NextDouble() * (highMs - lowMs));
    public void At(TimeSpan moment, Action run) => _events.Enqueue(run, (moment > _now ? moment : _now, _order++));
    public void After(TimeSpan time, Action run) => At(_now + time, run);

    public MemberSimulation Run()
    {
        foreach (var member in _members) After(Between(0, 3000), member.Start);
        After(TimeSpan.FromSeconds(5), Trouble);
        At(Troubles, () =>
        {
            _isPeace = true;
            foreach (var member in _members) member.GoOn();
        });
        while (Violation is null && Step()) Look();
        if (Violation is null) LookAtTheEnd();
        return this;
    }

    bool Step()
    {
        var due = _coordinator.NextDeadline is { } deadline ? deadline - TimeSpan.FromHours(1) : TimeSpan.MaxValue;
        var next = _events.TryPeek(out _, out var first) ? first.At : TimeSpan.MaxValue;
        foreach (var member in _members) next = member.Deadline < next ? member.Deadline : next;
        if (due < next) next = due;
        if (next > Troubles + Peace) return false;
        _now = next > _now ? next : _now;
        if (due <= _now) Ask(new GroupTick(), static _ => { });
        else if (_events.TryPeek(out _, out first) && first.At <= _now) _events.Dequeue()();
        else foreach (var member in _members) member.Advance();
        return true;
    }

    void Trouble()
    {
        if (_isPeace) return;
        var member = _members[_random.Next(Members)];
        switch (_random.Next(6))
        {
            case 0: StartCoordinator(); break;
            case 1 or 2: member.StandStill(Between(500, 2.5 * 6000)); break;
            case 3: member.Leave(); break;
            default: member.CutOff(Between(1000, 12_000)); break;
        }
        After(Between(1000, 8000), Trouble);
    }

    // ---- What must hold

    void Look()
    {
        foreach (var one in _members)
            foreach (var other in _members)
                if (one.Number < other.Number && one.MayDeliver && other.MayDeliver && one.Hands.Overlaps(other.Hands))
                    Violation ??= $"at {_now}: members {one.Number} and {other.Number} both have {string.Join(' ', one.Hands.Intersect(other.Hands))} ({one} and {other})";
    }

    void LookAtTheEnd()
    {
        var counts = _members.Select(static member => member.Hands.Count).ToArray();
        var state = string.Join(' ', _members.Select(static member => $"{member.Number}:[{string.Join(' ', member.Hands)}]{member.Failure?.Message}"));
        if (_members.SelectMany(static member => member.Hands).Distinct().Count() != Partitions) Violation = $"not every partition is with somebody: {state}";
        else if (counts.Max() - counts.Min() > 1) Violation = $"partitions are not shared out evenly: {state}";
    }

    /// <summary>One process: a machine, and what carries out its effects.</summary>
    sealed class SimulatedMember(MemberSimulation world, int number, ClientOptions options, ClientFault fault)
    {
        static readonly GroupId Group = new("g");
        readonly Queue<MemberInput> _inputs = new();
        MembershipMachine _machine = null!;
        TimeSpan _standsUntil, _cutUntil;
        bool _runs, _isBusy;
        int _life;

        public int Number => number;
        public override string ToString() => $"{_machine.State.Phase}, {_machine.State.Ownership.Running}, unchanged at {_machine.State.UnchangedAt}, session to {_machine.State.SessionEndsAt}, next {_machine.NextDeadline}";
        public HashSet<TopicPartition> Hands { get; } = [];
        public KafkaException? Failure { get; private set; }
        bool Stands => world.Now < _standsUntil;

        public bool MayDeliver => _runs && !Stands && !_machine.State.Ownership.IsLosing && (_machine.State.CertainUntil is not { } end || world.Now < end || fault == ClientFault.IgnoresSessionEnd);

        public TimeSpan Deadline => !_runs || _isBusy ? TimeSpan.MaxValue
            : _inputs.Count > 0 ? Later(_standsUntil) : _machine.NextDeadline is { } due ? Later(due > _standsUntil ? due : _standsUntil) : TimeSpan.MaxValue;

        TimeSpan Later(TimeSpan moment) => moment > world.Now ? moment : world.Now;

        public void Start()
        {
            if (_runs) return;
            var ids = 0;
            _life++;
            _machine = new MembershipMachine(options, () => $"member-{number}-{_life}-{ids++}", (ulong)(number + 1), fault);
            (_runs, _standsUntil, _cutUntil) = (true, default, default);
            Hands.Clear();
            _machine.Take(new Pulled(true), world.Now);
            Take(new Subscribed(new Subscription(["t"])));
        }

        /// <summary>Another process is started in its place, sometime.</summary>
        public void Leave()
        {
            if (!_runs) return;
            if (world.Chance(0.5)) Take(new CloseAsked(TimeSpan.FromSeconds(5)));
            else End();
        }

        void End()
        {
            _runs = false;
            Hands.Clear();
            _inputs.Clear();
            world.After(world.Between(100, 5000), Start);
        }

        public void StandStill(TimeSpan time)
        {
            world.Note(number, $"stands still for {time.TotalSeconds:0.0} s");
            _standsUntil = world.Now + time;
        }

        public void CutOff(TimeSpan time)
        {
            world.Note(number, $"is cut off for {time.TotalSeconds:0.0} s");
            _cutUntil = world.Now + time;
        }

        public void GoOn() => (_standsUntil, _cutUntil) = (default, default);

        void Take(MemberInput input)
        {
            _inputs.Enqueue(input);
            Advance();
        }

        public void Advance()
        {
            if (!_runs || Stands || _isBusy) return;
            _isBusy = true;
            do
            {
                while (_inputs.TryDequeue(out var input))
                {
                    if (input is MemberAnswer answer) world.Note(number, $"hears {Short(answer)}");
                    _machine.Take(input, world.Now);
                }
                _machine.Advance(world.Now);
                foreach (var effect in _machine.TakeEffects()) Perform(effect);
            }
            while (_inputs.Count > 0 || _machine.NextDeadline <= world.Now && !_machine.HasEnded);
            _isBusy = false;
            if (_machine.HasEnded) End();
        }

        void Perform(MemberEffect effect)
        {
            var life = _life;
            if (effect is CallOwner called) world.Note(number, $"{called.Call.Kind} {string.Join(' ', called.Call.Partitions.Select(static one => one.Partition))}");
            if (effect is TellNotice told) world.Note(number, $"{told.Notice}");
            switch (effect)
            {
                case CallOwner call:
                    if (call.Call.Kind == OwnerCallKind.Assigned) Hands.UnionWith(call.Call.Partitions.Select(static one => one.Partition));
                    if (call.Call.Kind == OwnerCallKind.Lost) Hands.ExceptWith(call.Call.Partitions.Select(static one => one.Partition));
                    var time = world.Chance(0.05) ? world.Between(1000, 30_000) : world.Between(0, 300);
                    world.After(time, () => Ended(life, call.Call));
                    break;
                case FailOwner fail: Failure = fail.Failure; break;
                case WatchTopics watch:
                    world.After(world.Between(1, 20), () => Arrive(life, new TopicsSeen(new TopicPicture(watch.Wish, [new TopicFacts("t", Topic, Partitions)]))));
                    break;
                case MemberRequest request: Send(life, request); break;
            }
        }

        static string Short(MemberAnswer answer) => answer switch
        {
            JoinAnswered one => $"join {one.RequestId} {one.Error} generation {one.Generation} leader {one.Leader} of {one.Members.Count}",
            SyncAnswered one => $"sync {one.RequestId} {one.Error} {Convert.ToHexString(one.Assignment.Span)}",
            ConsumerHeartbeatAnswered one => $"heartbeat {one.RequestId} {one.Error} epoch {one.Epoch} {(one.Assignment is null ? "-" : string.Join(' ', one.Assignment.SelectMany(static topic => topic.Partitions)))}",
            _ => $"{answer.GetType().Name} {answer.RequestId} {answer.Error}",
        };

        void Ended(int life, OwnerCall call)
        {
            world.Note(number, $"ended {call.Kind}");
            if (life != _life || !_runs) return;
            // A process that stands still ends its handler when it goes on.
            if (Stands) world.At(_standsUntil, () => Ended(life, call));
            else
            {
                if (call.Kind == OwnerCallKind.Revoked) Hands.ExceptWith(call.Partitions.Select(static one => one.Partition));
                Take(new OwnerDone());
            }
        }

        void Arrive(int life, MemberInput input)
        {
            if (life == _life && _runs) Take(input);
        }

        void Send(int life, MemberRequest request)
        {
            world.Note(number, $"asks {request.GetType().Name} {request.RequestId} as '{_machine.State.MemberId}' of {_machine.State.Epoch}");
            var isAnswered = false;
            void Answer(MemberInput input)
            {
                if (isAnswered) return;
                isAnswered = true;
                Arrive(life, input);
            }
            void Unanswered() => Answer(new RequestUnanswered(request.RequestId, ErrorCode.NetworkException));

            if (request is AskProtocol)
            {
                world.After(world.Between(1, 20), () => Answer(new ProtocolTold(request.RequestId, true)));
                return;
            }
            // Heartbeats are given up after a third of the session; a join that is lost is noticed when its connection breaks.
            world.After(request is SendJoin or SendSync ? options.MaxPollInterval + TimeSpan.FromSeconds(5) : Session / 3, Unanswered);
            if (world.Now < _cutUntil || world.Chance(0.03))
            {
                world.After(world.Between(10, 1500), Unanswered);
                // It may come all the same, and only the answer is lost.
                if (world.Chance(0.5)) return;
            }
            world.After(world.Chance(0.05) ? world.Between(20, 3000) : world.Between(1, 20), () => Reach(request, Unanswered, Answer, () => isAnswered));
        }

        /// <summary>A request whose sender has given it up, and with it the connection, is dropped: coordinators do so, and late ones could take the answers to later ones along.</summary>
        void Reach(MemberRequest request, Action unanswered, Action<MemberInput> answer, Func<bool> isGivenUp)
        {
            if (isGivenUp()) return;
            world.Ask(Command(request), reply =>
            {
                if (world.Now < _cutUntil || world.Chance(0.03)) world.After(world.Between(10, 1500), unanswered);
                else world.After(world.Chance(0.05) ? world.Between(20, 3000) : world.Between(1, 20), () => answer(Said(request, reply)));
            });
        }

        GroupCommand Command(MemberRequest request) => request switch
        {
            SendJoin join => new JoinGroup
            {
                GroupId = Group, MemberId = join.MemberId, Client = new ClientIdentity($"c{number}", "/sim"), ProtocolType = "consumer", Protocols = [.. join.Protocols.Select(static one => new JoinProtocol(one.Name, one.Metadata))],
                SessionTimeoutMs = (int)options.SessionTimeout.TotalMilliseconds, RebalanceTimeoutMs = (int)options.MaxPollInterval.TotalMilliseconds, RequiresMemberId = true, CanSkipAssignment = true, FreshId = $"{world._freshIds++}",
            },
            SendSync sync => new SyncGroup
            {
                GroupId = Group, Generation = sync.Generation, MemberId = sync.MemberId, ProtocolType = "consumer", ProtocolName = sync.Protocol,
                Assignments = [.. sync.Assignments.Select(static one => new MemberAssignment(one.Key, one.Value))],
            },
            SendHeartbeat beat => new Heartbeat(Group, beat.Generation, beat.MemberId, null),
            SendLeave leave => new LeaveGroup(Group, [new LeavingMember(leave.MemberId, null)]),
            SendConsumerHeartbeat beat => new ConsumerHeartbeat
            {
                GroupId = Group, MemberId = beat.MemberId, MemberEpoch = beat.Epoch, RebalanceTimeoutMs = beat.SaysAll ? (int)options.MaxPollInterval.TotalMilliseconds : -1, Topics = beat.Names, Pattern = beat.Regex,
                Owned = beat.Owned is null ? null : PartitionSet.Of(beat.Owned.SelectMany(static topic => topic.Partitions.Select(one => new TopicIdPartition(topic.Id, one)))),
                Client = new ClientIdentity($"c{number}", "/sim"), Version = 1, FreshId = $"{world._freshIds++}",
            },
            _ => throw new InvalidOperationException($"{request} is not asked of a coordinator"),
        };

        static MemberInput Said(MemberRequest request, GroupReply reply) => (request, reply) switch
        {
            (SendJoin, JoinReply joined) => new JoinAnswered(request.RequestId, joined.Error, joined.Generation, joined.ProtocolType, joined.ProtocolName, joined.Leader, joined.SkipAssignment, joined.MemberId,
                [.. joined.Members.Select(static member => new Semel.Client.Grouping.Membership.JoinedMember(member.MemberId, member.InstanceId, member.Metadata))]),
            (SendSync, SyncReply synced) => new SyncAnswered(request.RequestId, synced.Error, synced.ProtocolType, synced.ProtocolName, synced.Assignment),
            (SendHeartbeat, _) => new HeartbeatAnswered(request.RequestId, reply.Error),
            (SendLeave, LeaveReply left) => new LeaveAnswered(request.RequestId, left.Error != ErrorCode.None ? left.Error : left.Members[0]),
            (SendConsumerHeartbeat, ConsumerHeartbeatReply heard) => new ConsumerHeartbeatAnswered(request.RequestId, heard.Error, heard.MemberEpoch, TimeSpan.FromMilliseconds(heard.HeartbeatIntervalMs),
                heard.Assignment?.GroupBy(static one => one.TopicId).Select(static topic => new AssignedTopic(topic.Key, [.. topic.Select(static one => one.Partition)])).ToArray()),
            _ => new RequestUnanswered(request.RequestId, reply.Error),
        };
    }

    public static ClientOptions Options(string kind) => new()
    {
        GroupId = "g", Protocol = kind == "consumer" ? GroupProtocol.Consumer : GroupProtocol.Classic, Strategies = [AssignmentStrategies.Find(kind) ?? PartitionAssignmentStrategy.Range],
        SessionTimeout = Session, HeartbeatInterval = TimeSpan.FromMilliseconds(500), MaxPollInterval = TimeSpan.FromSeconds(20), Retrying = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1)),
    };
}
