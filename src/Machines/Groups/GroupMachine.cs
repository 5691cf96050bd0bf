using System.Buffers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Machines.Groups;

/// <summary>
/// The coordinator of all groups whose names fall to one partition of the offsets' topic: who is in each group, by the classic protocol or by KIP-848, and which offsets it
/// has committed, plainly or in transactions. A fold over that partition, whose records have Kafka's own layouts.
/// <para>
/// What is recorded changes when a batch is evolved, and only then. What is not (joins and syncs that wait for their answer, sessions, members that have not shown
/// themselves yet) is changed by decisions, and begins anew when the machine is folded anew: a group that was in the middle of a rebalance is then what it was before.
/// </para>
/// </summary>
public sealed class GroupMachine : IMachine<GroupCommand, GroupReply, GroupView>
{
    readonly GroupTimers _timers = new();
    readonly GroupTurn _turn;
    readonly GroupTable _groups = new();
    long _startOffset, _endOffset;
    GroupView? _view;

    public GroupMachine(GroupOptions options) => _turn = new GroupTurn(options, _timers);

    /// <summary>May be replaced between turns.</summary>
    public GroupOptions Options { get => _turn.Options; set => _turn.Options = value; }

    public GroupView View => _view ??= new GroupView(_startOffset, _endOffset, _endOffset);

    public TimeSpan? NextDeadline => _timers.NextDeadline;

    public void Decide(in GroupCommand command, Moment now, TurnOutput<GroupReply> output)
    {
        _turn.Begin(command, now, output);
        switch (command)
        {
            case GroupTick:
                Tick();
                break;
            default:
                throw new InvariantBrokenException($"a group coordinator knows the command {command.GetType().Name}");
        }
        Flush(output);
    }

    /// <summary>Everything that was recorded becomes one batch.</summary>
    void Flush(TurnOutput<GroupReply> output)
    {
        if (_turn.Records.Count > 0) output.Append(_turn.Records.Close(_endOffset, _turn.Now.Wall, ProducerId.None, ProducerEpoch.None));
    }

    /// <summary>Timers see the state that is recorded, so the first one that records anything ends the tick; the next deadline has come already then.</summary>
    void Tick()
    {
        while (_turn.Records.Count == 0 && _timers.TryTakeDue(_turn.Now.Steady, out var timer))
        {
            var group = timer.Owner.Group;
            if (ReferenceEquals(group.Body, timer.Owner)) timer.Owner.TimerCame(timer, _turn);
            _groups.Tidy(group);
        }
        _turn.Reply(GroupReply.Done);
    }

    public void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt)
    {
        Invariant.Check(header.NextOffset > _endOffset, "offsets rise from batch to batch");
        _endOffset = header.NextOffset;
        _view = null;
        if (header.Attributes.IsControl) return;
        var at = new AppliedAt(new Instant(header.MaxTimestamp), appendedAt.Steady);
        using var records = new RecordBatchReader(batch);
        while (records.MoveNext())
        {
            if (records.KeyIsNull) continue;
            // What is kept of a record are slices of its bytes.
            var record = StateLogs.ConsumerOffsets.Read(records.Key.ToArray(), records.ValueIsNull ? (ReadOnlyMemory<byte>?)null : records.Value.ToArray());
            if (GroupBodies.GroupOf(record.Key) is not { } name) continue;
            var group = _groups.FindOrAdd(name);
            GroupBodies.Apply(group, record, at);
            _groups.Tidy(group);
        }
    }

    public void StartMoved(long offset)
    {
        if (offset <= _startOffset) return;
        _startOffset = offset;
        _endOffset = Math.Max(_endOffset, offset);
        _view = null;
    }

    public void Resume(Moment now, TurnOutput<GroupReply> output)
    {
        _turn.Begin(null, now, output);
        foreach (var group in _groups.All) group.Body?.Resume(_turn);
    }

    public void Save(IBufferWriter<byte> snapshot, Moment now) => throw new NotSupportedException();
    public bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now) => false;
}
