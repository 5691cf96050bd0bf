using System.Buffers;
using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Offsets;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Groups;

/// <summary>
/// The coordinator of all groups whose names fall to one partition of the offsets' topic: who is in each group, by the classic protocol or by KIP-848, and
/// which offsets it
/// has committed, plainly or in transactions. A fold over that partition, whose records have Kafka's own layouts.
/// <para>
/// What is recorded changes when a batch is evolved, and only then. What is not (joins and syncs that wait for their answer, sessions, members that have not
/// shown
/// themselves yet) is changed by decisions, and begins anew when the machine is folded anew: a group that was in the middle of a rebalance is then what it was
/// before.
/// </para>
/// </summary>
public sealed class GroupMachine : IMachine<GroupCommand, GroupReply, GroupView>
{
    /// <summary>There is one writer, for ever.</summary>
    const int LeaderEpoch = 0;

    readonly PlantedFault _fault;
    readonly GroupTimers _timers = new();
    readonly Verifications _verifications;
    readonly GroupTurn _turn;
    readonly CommitConnections _connections;
    readonly HangingSearch _hanging = new();
    GroupState _state;
    OffsetChores _chores;
    /// <summary>By the steady clock: when offsets and producers are looked through next.</summary>
    TimeSpan? _nextSearch;
    GroupView? _view;

    public GroupMachine(GroupOptions options) : this(options, new GuardNumbers()) { }

    /// <param name="guards">Where the numbers of guards come from: they outlive the machine.</param>
    public GroupMachine(GroupOptions options, GuardNumbers guards) : this(options, guards, new CommitConnections()) { }

    /// <param name="guards">Where the numbers of guards come from: they outlive the machine.</param>
    /// <param name="connections">By which producers have committed before: they outlive the machine, too.</param>
    public GroupMachine(GroupOptions options, GuardNumbers guards, CommitConnections connections) : this(options, guards, PlantedFault.None, connections) { }

    internal GroupMachine(GroupOptions options, GuardNumbers guards, PlantedFault fault, CommitConnections? connections = null)
    {
        _fault = fault;
        _connections = connections ?? new();
        _verifications = new Verifications(guards);
        _turn = new GroupTurn(options, _timers, fault);
        _state = new GroupState(fault);
        _chores = new OffsetChores(_state.Groups, _state.Offsets);
    }

    /// <summary>May be replaced between turns.</summary>
    public GroupOptions Options { get => _turn.Options; set => _turn.Options = value; }

    public GroupView View => _view ??= new GroupView(_state.StartOffset, _state.LastStableOffset, _state.EndOffset)
    {
        Groups = _state.Groups.Count,
        OpenTransactions = _state.Producers.Open,
        AbortedTransactions = _state.Producers.Aborted,
    };

    public TimeSpan? NextDeadline => _chores.IsBusy ? TimeSpan.Zero : Earlier(Earlier(_timers.NextDeadline, _nextSearch), _hanging.Due);

    static TimeSpan? Earlier(TimeSpan? left, TimeSpan? right) => left is null || right < left ? right : left;

    public void Decide(in GroupCommand command, Moment now, TurnOutput<GroupReply> output)
    {
        _turn.Begin(command, now, output);
        _nextSearch ??= now.Steady + Options.OffsetsRetentionCheckInterval;
        _chores.Look(_turn.Catalog);
        switch (command)
        {
            case GroupTick or DropDeletedTopics:
                Tick();
                _hanging.Search(_state.Producers, Options.HangingAfter, now.Steady, output);
                break;
            case CommitTransactional commit:
                CommitTransactional(commit, output);
                break;
            case CommitOffsets commit:
                _turn.Reply(CommitDecision.Decide(commit, Find(commit.GroupId), _turn));
                break;
            case FetchOffsets fetch:
                if (_fault == PlantedFault.PendingNotAsked) fetch = fetch with { RequireStable = false };
                _turn.Reply(FetchDecision.Decide(fetch, Find(fetch.GroupId), _turn.Catalog));
                break;
            case DeleteOffsets delete:
                _turn.Reply(DeleteDecision.Decide(delete, Find(delete.GroupId), _turn));
                break;
            case BeginVerification begin:
                _turn.Reply(new TransactionDecision(_state.Producers, _verifications, _fault).Begin(begin, now.Steady));
                break;
            case EndTransaction end:
                EndTransaction(end.Marker, output);
                break;
            case JoinGroup or SyncGroup or Heartbeat or LeaveGroup:
                ClassicDecision.Decide(command, _state.Groups, _turn);
                break;
            case ConsumerHeartbeat heartbeat:
                ConsumerDecision.Decide(heartbeat, _state.Groups, _turn);
                break;
            case DescribeConsumerGroup describe:
                _turn.Reply(ConsumerDecision.Describe(describe, Find(describe.GroupId), Options));
                break;
            case ListGroups list:
                _turn.Reply(AdminDecision.Decide(list, _state.Groups));
                break;
            case DescribeGroup describe:
                _turn.Reply(AdminDecision.Decide(Find(describe.GroupId)));
                break;
            case DescribeProducers:
                _turn.Reply(new DescribedOffsetProducers(_state.Producers.Describe()));
                break;
            case DeleteGroup delete:
                _turn.Reply(AdminDecision.Delete(Find(delete.GroupId), _turn.Records, _fault));
                break;
            default:
                throw new InvariantBrokenException($"a group coordinator knows the command {command.GetType().Name}");
        }
        Append(ProducerId.None, ProducerEpoch.None, output);
    }

    Group? Find(GroupId groupId) => _state.Groups.TryFind(groupId.Value, out var group) ? group : null;

    /// <summary>Everything that was recorded becomes one batch.</summary>
    void Append(ProducerId producerId, ProducerEpoch epoch, TurnOutput<GroupReply> output)
    {
        if (_turn.Records.Count > 0) output.Append(_turn.Records.Close(_state.EndOffset, _turn.Now.Wall, producerId, epoch));
    }

    /// <summary>Everything looks at what is recorded, so the first that records anything ends the tick; the next deadline has come already then.</summary>
    void Tick()
    {
        while (_turn.Records.Count == 0 && _timers.TryTakeDue(_turn.Now.Steady, out var timer))
        {
            var group = timer.Owner.Group;
            if (!ReferenceEquals(group.Body, timer.Owner)) continue;
            timer.Owner.TimerCame(timer, _turn);
            _state.Groups.Tidy(group);
        }
        if (_turn.Records.Count == 0) Search();
        _turn.Reply(GroupReply.Done);
    }

    void Search()
    {
        var now = _turn.Now.Steady;
        if (now >= _nextSearch)
        {
            _nextSearch = now + Options.OffsetsRetentionCheckInterval;
            _chores.BeginExpiry();
            _state.Producers.Table.RemoveSilent(now - Options.ProducerIdExpiration);
            _verifications.Expire(now - Options.ProducerIdExpiration);
        }
        _chores.Work(_turn);
    }

    void CommitTransactional(CommitTransactional command, TurnOutput<GroupReply> output)
    {
        var refusal = command.GroupId.Value.Length == 0 ? ErrorCode.InvalidGroupId : new TransactionDecision(_state.Producers, _verifications, _fault).Check(command);
        if (!_connections.IsNewest(command)) refusal = ErrorCode.NetworkException;
        _turn.Reply(CommitDecision.Decide(command, Find(command.GroupId), _turn, refusal));
        if (_turn.Records.Count == 0) return;
        _verifications.Appended(command.ProducerId);
        Append(command.ProducerId, command.ProducerEpoch, output);
    }

    void EndTransaction(in EndMarker marker, TurnOutput<GroupReply> output)
    {
        var decision = MarkerRule.Judge(_state.Producers, marker);
        if (decision == MarkerDecision.Appended)
        {
            var batch = ControlRecord.EndTransactionMarker(marker.Commit, marker.ProducerId, marker.Epoch, marker.CoordinatorEpoch, _turn.Now.Wall.UnixMilliseconds);
            RecordBatchHeader.StampPlace(batch, _state.EndOffset, LeaderEpoch);
            output.Append(batch);
            _verifications.Ended(marker);
        }
        // Told when the marker is durable, and by then what was pending counts.
        _turn.Reply(new GroupReply(MarkerRule.ErrorOf(decision)));
    }

    public void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt)
    {
        _state.Apply(header, batch, appendedAt);
        _view = null;
        if (header.HasProducerId && header.Attributes is { IsTransactional: true, IsControl: false }) _hanging.Heard(appendedAt.Steady, Options.HangingAfter);
    }

    public void StartMoved(long offset)
    {
        if (_state.MoveStart(offset)) _view = null;
    }

    public void Resume(Moment now, TurnOutput<GroupReply> output)
    {
        _turn.Begin(null, now, output);
        _nextSearch = now.Steady + Options.OffsetsRetentionCheckInterval;
        foreach (var group in _state.Groups.All) group.Body?.Resume(_turn);
    }

    public void Save(IBufferWriter<byte> snapshot, Moment now) => GroupSnapshot.Write(_state, snapshot, now, _fault);

    public bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now)
    {
        if (!GroupSnapshot.TryRead(snapshot, now, _fault, out var state)) return false;
        _state = state;
        _chores = new OffsetChores(state.Groups, state.Offsets);
        _view = null;
        _hanging.Loaded(state.Producers, now.Steady);
        return true;
    }
}
