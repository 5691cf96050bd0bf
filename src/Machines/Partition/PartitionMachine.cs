using System.Buffers;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>
/// One partition: it gives batches their offsets, refuses what its producers may not send, and recognises what it has already.
/// <para>
/// Its life: a new machine is given the newest snapshot (<see cref="TryLoad"/>), then the log's start (<see cref="StartMoved"/>), then every batch from
/// its <see cref="PartitionView.HighWatermark"/> on (<see cref="Evolve"/>). From then on commands are decided and what they append is evolved at once.
/// The view counts what is evolved, so the shell publishes it only after the append is durable; if the append fails the machine is dropped with its view.
/// </para>
/// <para>
/// One change of state is not in the log: forgetting producers that have been silent for long. A rebuilt machine may therefore know more producers
/// than the one it replaces, never fewer, unless the log's beginning is gone and no snapshot covers it; then it knows that it may have forgotten some.
/// </para>
/// </summary>
public sealed class PartitionMachine : IMachine<PartitionCommand, PartitionReply, PartitionView>
{
    /// <summary>There is one writer, for ever.</summary>
    const int LeaderEpoch = 0;

    readonly SequenceRule _sequences;
    readonly AwaitedSequences _awaited;
    readonly Verifications _verifications;
    readonly HangingSearch _hanging = new();
    readonly PlantedFault _fault;
    PartitionState _state = new();
    PartitionView.Seldom _seldom = new(0, OpenTransactions.None, AbortedTransactions.None);
    PartitionView? _view;
    /// <summary>By the steady clock.</summary>
    TimeSpan? _nextSearch;

    public PartitionMachine(PartitionOptions options) : this(options, new AwaitedSequences(), new GuardNumbers()) { }

    /// <param name="awaited">What was refused before, by this machine or while there was none: it outlives the machine.</param>
    /// <param name="guards">Where the numbers of guards come from: they outlive the machine, too.</param>
    public PartitionMachine(PartitionOptions options, AwaitedSequences awaited, GuardNumbers guards) : this(options, awaited, guards, PlantedFault.None) { }

    internal PartitionMachine(PartitionOptions options, AwaitedSequences awaited, GuardNumbers guards, PlantedFault fault)
    {
        Options = options;
        _awaited = awaited;
        _verifications = new Verifications(guards);
        _fault = fault;
        _sequences = new SequenceRule(fault);
    }

    /// <summary>May be replaced between turns.</summary>
    public PartitionOptions Options { get; set; }

    public PartitionView View => _view ??= NewView();

    PartitionView NewView()
    {
        _seldom = _seldom.Or(_state.StartOffset, _state.Log.Open, _fault == PlantedFault.AbortedListEmpty ? AbortedTransactions.None : _state.Log.Aborted);
        return new(_seldom, _fault == PlantedFault.OpenTransactionsShown ? _state.EndOffset : _state.LastStableOffset, _state.EndOffset);
    }

    /// <summary>When the next search for silent producers can find one, or a transaction has been open for too long; null while no producer is known.</summary>
    public TimeSpan? NextDeadline => _fault == PlantedFault.SilenceByTheWallClock && _nextSearch is not null ? TimeSpan.Zero : Earlier(_nextSearch, _hanging.Due);

    static TimeSpan? Earlier(TimeSpan? left, TimeSpan? right) => left is null || right < left ? right : left;

    public void Decide(in PartitionCommand command, Moment now, TurnOutput<PartitionReply> output)
    {
        switch (command.Kind)
        {
            case PartitionCommandKind.AppendBatch:
                Append(command, now, output);
                break;
            case PartitionCommandKind.BeginVerification:
                BeginVerification(command, now, output);
                break;
            case PartitionCommandKind.EndTransaction:
                EndTransaction(command.Marker, now, output);
                break;
            case PartitionCommandKind.FindBatch:
                Find(command, now, output);
                break;
            case PartitionCommandKind.DeleteRecords:
                DeleteRecords(command, output);
                break;
            case PartitionCommandKind.ExpireProducers:
                ExpireProducers(Seen(now).Steady);
                _hanging.Search(_state.Log, Options.HangingAfter, Seen(now).Steady, output);
                output.Reply(new PartitionReply { Error = ErrorCode.None, BaseOffset = -1, LogAppendTime = -1, LogStartOffset = _state.StartOffset });
                break;
            case PartitionCommandKind.DescribeProducers:
                output.Reply(new PartitionReply { Error = ErrorCode.None, BaseOffset = -1, LogAppendTime = -1, LogStartOffset = _state.StartOffset, Producers = _state.Log.Describe() });
                break;
            default:
                throw new InvariantBrokenException($"a partition knows the command {command.Kind}");
        }
    }

    void Append(in PartitionCommand command, Moment now, TurnOutput<PartitionReply> output)
    {
        var decision = Judge(command, now, out var original);
        var error = SequenceRule.ErrorOf(decision);
        if (error != ErrorCode.None)
        {
            if (decision == SequenceDecision.TooManyProducers) _awaited.Refused(command.Header, now.Steady);
            // What hangs here is ended by its coordinator, or found by the search for such: until then the batch comes again.
            if (decision == SequenceDecision.TransactionOfLowerEpoch && command.SupportsEpochBump) error = ErrorCode.ConcurrentTransactions;
            output.Reply(PartitionReply.Failed(error, _state.StartOffset, decision));
            return;
        }
        if (decision == SequenceDecision.Duplicate)
        {
            var offset = _fault == PlantedFault.DuplicateAnsweredWithNewOffset ? _state.EndOffset : original.BaseOffset;
            output.Reply(Accepted(offset, original.AppendTime, decision));
            return;
        }
        Stamp(command, now.Wall);
        output.Append(command.Batch);
        _verifications.Appended(command.Header.ProducerId);
        output.Reply(Accepted(_state.EndOffset, now.Wall.UnixMilliseconds, decision));
    }

    void BeginVerification(in PartitionCommand command, Moment now, TurnOutput<PartitionReply> output)
    {
        var batch = command.Header;
        var position = _state.Producers.Find(batch.ProducerId);
        if (position >= 0 && _sequences.IsDuplicate(_state.Producers[position], batch, out var original))
        {
            output.Reply(Accepted(original.BaseOffset, original.AppendTime, SequenceDecision.Duplicate));
            return;
        }
        var admission = new AdmissionRule(_state.Log, _verifications).Begin(batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence, command.SupportsEpochBump, Seen(now).Steady, out var guard);
        if (guard > 0) _nextSearch ??= Seen(now).Steady + Options.ProducerIdExpiration;
        output.Reply(admission == Admission.StaleEpoch
            ? PartitionReply.Failed(AdmissionRule.ErrorOf(admission), _state.StartOffset, SequenceDecision.StaleEpoch)
            : new PartitionReply { Error = ErrorCode.None, BaseOffset = -1, LogAppendTime = -1, LogStartOffset = _state.StartOffset, Guard = guard });
    }

    void EndTransaction(in EndMarker marker, Moment now, TurnOutput<PartitionReply> output)
    {
        var decision = Judge(marker);
        var offset = -1L;
        if (decision == MarkerDecision.Appended)
        {
            offset = _state.EndOffset;
            var batch = ControlRecord.EndTransactionMarker(marker.Commit, marker.ProducerId, marker.Epoch, marker.CoordinatorEpoch, now.Wall.UnixMilliseconds);
            RecordBatchHeader.StampPlace(batch, offset, LeaderEpoch);
            output.Append(batch);
            _verifications.Ended(marker);
        }
        output.Reply(new PartitionReply { Error = MarkerRule.ErrorOf(decision), BaseOffset = offset, LogAppendTime = -1, LogStartOffset = _state.StartOffset, Marker = decision });
    }

    MarkerDecision Judge(in EndMarker marker)
    {
        var decision = MarkerRule.Judge(_state.Log, marker);
        var isTakenByFault = (_fault, decision) is (PlantedFault.StaleMarkerAccepted, MarkerDecision.StaleEpoch) or (PlantedFault.LateMarkerAccepted, MarkerDecision.Late)
            or (PlantedFault.StaleCoordinatorAccepted, MarkerDecision.StaleCoordinator);
        return isTakenByFault ? MarkerDecision.Appended : decision;
    }

    void Find(in PartitionCommand command, Moment now, TurnOutput<PartitionReply> output) => output.Reply(
        Judge(command, now, out var original) == SequenceDecision.Duplicate
            ? Accepted(original.BaseOffset, original.AppendTime, SequenceDecision.Duplicate)
            : PartitionReply.Failed(command.Refusal, _state.StartOffset));

    PartitionReply Accepted(long baseOffset, long appendTime, SequenceDecision decision) => new()
    {
        Error = ErrorCode.None,
        BaseOffset = baseOffset,
        LogAppendTime = Options.TimestampType == TimestampType.LogAppendTime ? appendTime : -1,
        LogStartOffset = _state.StartOffset,
        Decision = decision,
    };

    SequenceDecision Judge(in PartitionCommand command, Moment now, out CachedBatch original)
    {
        original = default;
        var batch = command.Header;
        if (!batch.HasProducerId) return SequenceDecision.None;
        var admission = batch.Attributes.IsTransactional ? AdmissionOf(batch, command.Guard) : Admission.Granted;
        var isAfterLowest = _verifications.Count > 0 && _verifications.IsAfterLowest(batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence);
        var position = _state.Producers.Find(batch.ProducerId);
        if (position >= 0) return _sequences.OfKnown(_state.Producers[position], batch, admission, isAfterLowest, out original);
        var isNew = command.GivenOut.Contains(batch.ProducerId) && batch.ProducerId.CompareTo(Options.ProducersSince) >= 0 && !_state.MayHaveForgotten(batch.ProducerId);
        var isEarlierAwaited = _awaited.IsEarlierAwaited(batch, now.Steady - Options.ProducerIdExpiration);
        var beginsWithZero = _verifications.TryFind(batch.ProducerId, out var verification) && verification.SupportsEpochBump;
        return _sequences.OfUnknown(batch, admission, beginsWithZero, isAfterLowest, isNew, isEarlierAwaited, _state.Producers.Count >= Options.MaxProducers);
    }

    Admission AdmissionOf(in RecordBatchHeader batch, long guard) => new AdmissionRule(_state.Log, _verifications).Check(batch.ProducerId, batch.ProducerEpoch, guard);

    /// <summary>Gives the batch its place, and the topic's timestamp type: a client may set the bit of LogAppendTime, but it is the topic that says so.</summary>
    void Stamp(in PartitionCommand command, Instant now)
    {
        var batch = command.Batch.Span;
        Invariant.Check(batch.Length == command.Header.SizeInBytes, "a batch is as long as its header says");
        RecordBatchHeader.StampPlace(batch, _state.EndOffset, LeaderEpoch);
        if (Options.TimestampType == TimestampType.LogAppendTime) RecordBatch.RestampLogAppendTime(batch, now.UnixMilliseconds);
        else if (command.Header.Attributes.TimestampType == TimestampType.LogAppendTime) RecordBatch.Restamp(batch, TimestampType.CreateTime, command.Header.MaxTimestamp);
    }

    void DeleteRecords(in PartitionCommand command, TurnOutput<PartitionReply> output)
    {
        var start = command.BeforeOffset == -1 ? _state.EndOffset : command.BeforeOffset;
        if (start < 0 || start > _state.EndOffset)
        {
            output.Reply(PartitionReply.Failed(ErrorCode.OffsetOutOfRange, _state.StartOffset));
            return;
        }
        if (start > _state.StartOffset)
        {
            output.MoveStart(start);
            // Those who are known stay known. But whoever is not, and had its id by now, may have written what is gone: should the snapshot be lost that knows it better.
            _state.MayForget(command.GivenOut.Next);
        }
        output.Reply(new PartitionReply { Error = ErrorCode.None, BaseOffset = -1, LogAppendTime = -1, LogStartOffset = Math.Max(start, _state.StartOffset) });
    }

    /// <param name="now">By the steady clock.</param>
    void ExpireProducers(TimeSpan now)
    {
        if (_nextSearch is not { } due || now < due) return;
        _verifications.Expire(now - Options.ProducerIdExpiration);
        var oldest = _state.ExpireProducers(now - Options.ProducerIdExpiration);
        _nextSearch = oldest is { } left ? Later(left + Options.ProducerIdExpiration, now + Options.ProducerIdExpirationCheckInterval) : null;
    }

    static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;

    public void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt)
    {
        var heardAt = Seen(appendedAt).Steady;
        _state.Apply(header, batch, heardAt);
        _view = null;
        if (!header.HasProducerId) return;
        _nextSearch ??= heardAt + Options.ProducerIdExpiration;
        if (header.Attributes.IsTransactional && !header.Attributes.IsControl) _hanging.Heard(heardAt, Options.HangingAfter);
        _awaited.Came(header.ProducerId);
    }

    Moment Seen(Moment moment) => _fault == PlantedFault.SilenceByTheWallClock ? moment with { Steady = TimeSpan.FromMilliseconds(moment.Wall.UnixMilliseconds) } : moment;

    public void StartMoved(long offset)
    {
        if (_state.MoveStart(offset)) _view = null;
    }

    public void Save(IBufferWriter<byte> snapshot, Moment now) => PartitionSnapshot.Write(_state, snapshot, Seen(now));

    public bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now)
    {
        if (!PartitionSnapshot.TryRead(snapshot, Seen(now), out var state)) return false;
        _state = state;
        _view = null;
        if (_fault == PlantedFault.WindowForgottenAtRestart) ForgetWindows();
        // Any of them may be due: the first search finds the oldest.
        _nextSearch = state.Producers.Count > 0 ? Seen(now).Steady : null;
        _hanging.Loaded(state.Log, Seen(now).Steady);
        return true;
    }

    void ForgetWindows()
    {
        for (var position = 0; position < _state.Producers.Count; position++) _state.Producers[position].BeginEpoch(_state.Producers[position].Epoch);
    }
}
