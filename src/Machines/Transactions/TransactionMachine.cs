using System.Buffers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Transactions;

/// <summary>
/// A coordinator of transactions over one log of <c>__transaction_state</c>: which producer has a transactional id, what takes part in its transaction, and how that ends.
/// <para>
/// What a turn decides is durable before anybody hears of it. An end is first prepared: from then on it is decided, whatever crashes. Then its participants are told, by an
/// effect; when all have answered it is complete. Until then the id takes nothing else. Whoever asked for the end is answered when it is complete, so that everybody can
/// read what was acknowledged (R-V), or after <see cref="TransactionOptions.AnswerPatience"/>.
/// </para>
/// <para>
/// Rules stand in files of their own and are given facts and a question; this class finds the facts, records what the rules say, and knows who waits.
/// </para>
/// </summary>
public sealed class TransactionMachine : IMachine<TransactionCommand, TransactionReply, TransactionView>
{
    /// <summary>Deadlines that one turn looks after; the others come in the next.</summary>
    const int DeadlinesInATurn = 1000;

    readonly TransactionOptions _options;
    readonly int _coordinatorEpoch;
    readonly PlantedFault _fault;
    readonly HeardConnections _connections;
    // Connections before this one were heard by another machine.
    readonly long _firstHeard;
    readonly TransactionBatches _batches = new();
    TransactionTable _table = new();
    TransactionView? _view;
    long _startOffset, _endOffset, _ends, _tickets;

    // What of this is set lives no longer than the machine.
    bool _isLive, _isProducerIdAsked;
    ProducerId _spareProducerId = ProducerId.None;
    TimeSpan? _nextSearch;
    long _ordinal;
    // Of a planted fault.
    Dictionary<ProducerId, TimeSpan>? _firstTimes;

    /// <param name="coordinatorEpoch">Higher than that of every earlier machine over the same log.</param>
    public TransactionMachine(TransactionOptions options, int coordinatorEpoch) : this(options, coordinatorEpoch, new HeardConnections()) { }

    /// <inheritdoc cref="TransactionMachine(TransactionOptions, int)"/>
    /// <param name="connections">Over which producers were heard before, by machines of the same log: it outlives them.</param>
    public TransactionMachine(TransactionOptions options, int coordinatorEpoch, HeardConnections connections) : this(options, coordinatorEpoch, PlantedFault.None, connections) { }

    internal TransactionMachine(TransactionOptions options, int coordinatorEpoch, PlantedFault fault, HeardConnections? connections = null)
    {
        (_options, _coordinatorEpoch, _fault, _connections) = (options, coordinatorEpoch, fault, connections ?? new());
        _firstHeard = _connections.Newest == 0 ? 0 : _connections.Newest + 1;
    }

    public TransactionView View => _view ??= new TransactionView(_startOffset, _endOffset, _table.Count, _table.Timers.Open.Count);

    /// <summary>What is recorded of an id, for tests.</summary>
    internal bool TryFind(TransactionalId id, out TransactionFacts facts)
    {
        facts = _table.TryFind(id, out var entry) ? entry.Facts : default;
        return entry is not null;
    }

    public TimeSpan? NextDeadline => _table.Timers.Earliest is { } earliest && !(earliest > _nextSearch) ? earliest : _nextSearch;

    public void Resume(Moment now, TurnOutput<TransactionReply> output)
    {
        if (_isLive) return;
        _isLive = true;
        _nextSearch = now.Steady + _options.ExpirationSearchInterval;
        foreach (var entry in _table.All)
        {
            if (entry.Facts.State == TransactionState.Ongoing)
                _table.Timers.Set(entry, TimeoutRule.DueAfterLoading(entry.Facts, now, _options.GraceAfterLoading));
            else if (entry.Facts.State.IsPrepared()) TellAgain(entry, now, output);
        }
        _view = null;
    }

    void TellAgain(TransactionEntry entry, Moment now, TurnOutput<TransactionReply> output)
    {
        if (_fault != PlantedFault.EndsForgottenAtRestart) Begin(entry, entry.Facts, null, output);
        // Nothing may be recorded before the first command: what nobody has to be told of is complete with the first tick.
        _table.Timers.Set(entry, entry.Facts.Participants.Count == 0 ? now.Steady : null);
    }

    public void Decide(in TransactionCommand command, Moment now, TurnOutput<TransactionReply> output)
    {
        Resume(now, output);
        _ordinal = command.ConnectionOrdinal;
        switch (command)
        {
            case TransactionCommand.InitProducerId asked:
                Init(asked, now, output);
                break;
            case TransactionCommand.AddParticipants asked:
                Add(asked, now, output);
                break;
            case TransactionCommand.Verify asked:
                output.Reply(Verified(asked));
                break;
            case TransactionCommand.EndTransaction asked:
                End(asked, now, output);
                break;
            case TransactionCommand.ParticipantsAnswered answered:
                Answered(answered, now, output);
                output.Reply(TransactionReply.Accepted);
                break;
            case TransactionCommand.AbortOwner asked:
                AbortOwner(asked, now, output);
                break;
            case TransactionCommand.Describe asked:
                output.Reply(TransactionReply.Accepted with { Transactions = [.. asked.TransactionalIds.Select(id => _table.TryFind(id, out var entry) ? Described(entry) : null)] });
                break;
            case TransactionCommand.List asked:
                output.Reply(TransactionReply.Accepted with { Transactions = [.. _table.All.Where(entry => asked.Filter.LetsThrough(entry.Facts, now.Wall)).Select(Described)] });
                break;
            case TransactionCommand.ProducerIdTaken taken:
                (_spareProducerId, _isProducerIdAsked) = (taken.ProducerId, false);
                output.Reply(TransactionReply.Accepted);
                break;
            case TransactionCommand.ForgetExpired asked:
                Forget(asked.OpenConnections, now, output);
                output.Reply(TransactionReply.Accepted);
                break;
            case TransactionCommand.Tick:
                Tick(now, output);
                output.Reply(TransactionReply.Accepted);
                break;
            default:
                throw new InvariantBrokenException($"a coordinator of transactions knows the command {command}");
        }
        _batches.Close(_endOffset, now.Wall, output);
    }

    void Init(TransactionCommand.InitProducerId asked, Moment now, TurnOutput<TransactionReply> output)
    {
        if (InitProducerIdRule.Refusal(asked, _options.LongestTimeout) is not ErrorCode.None and var refusal)
        {
            output.Reply(TransactionReply.Failed(refusal));
            return;
        }
        var entry = Used(asked.TransactionalId);
        if (entry is not null && IsLate(entry, asked.ProducerId, asked.Epoch))
        {
            output.Reply(TransactionReply.Late);
            return;
        }
        var ruling = InitProducerIdRule.Decide(entry?.Facts, asked, _options.TransactionVersion, now.Wall);
        if (ruling.Kind != Ruling.Verdict.Recorded) output.Reply(Reply(ruling));
        else if (ruling.Next.State.IsPrepared())
        {
            Notice(TransactionEvent.Replaced, entry!, now, output);
            var busy = TransactionReply.Failed(ErrorCode.ConcurrentTransactions);
            Prepare(entry!, ruling.Next, new(Park(output), asked, busy, now.Steady + _options.AnswerPatience), now, output);
        }
        else
        {
            Record(asked.TransactionalId, ruling.Next);
            output.Reply(TransactionReply.Done(ruling.Next.ProducerId, ruling.Next.Epoch));
        }
    }

    void Add(TransactionCommand.AddParticipants asked, Moment now, TurnOutput<TransactionReply> output)
    {
        var entry = Used(asked.TransactionalId);
        if (entry is not null && asked.IsOfCoordinatorConnection && IsLate(entry, asked.ProducerId, asked.Epoch))
        {
            output.Reply(TransactionReply.Late);
            return;
        }
        if (_fault == PlantedFault.AnyEpochHeard && entry is not null) asked = asked with { Epoch = entry.Facts.Epoch };
        var ruling = AddParticipantsRule.Decide(entry?.Facts, asked, now.Wall);
        if (ruling.Kind == Ruling.Verdict.Recorded) Record(asked.TransactionalId, ruling.Next);
        output.Reply(Reply(ruling));
    }

    TransactionReply Verified(TransactionCommand.Verify asked)
    {
        var entry = Used(asked.TransactionalId);
        var error = VerifyRule.Decide(entry?.Facts, asked.ProducerId, asked.Epoch);
        return error != ErrorCode.None ? TransactionReply.Failed(error)
            : TransactionReply.Accepted with { Participants = [.. asked.Participants.Select(participant => VerifyRule.Decide(entry!.Facts, participant))] };
    }

    void End(TransactionCommand.EndTransaction asked, Moment now, TurnOutput<TransactionReply> output)
    {
        var entry = Used(asked.TransactionalId);
        var raises = asked.TransactionVersion >= TransactionOptions.RaisingVersion;
        // With KIP-890 the epoch tells a late end.
        if (entry is not null && IsLate(entry, asked.ProducerId, asked.Epoch) && !raises)
        {
            output.Reply(TransactionReply.Late);
            return;
        }
        if (_fault == PlantedFault.AnyEpochHeard && entry is not null) asked = asked with { Epoch = entry.Facts.Epoch };
        var ruling = raises && _fault != PlantedFault.EpochNotRaised ? RaisingEndRule.Decide(entry?.Facts, asked, now.Wall) : EndRule.Decide(entry?.Facts, asked, now.Wall);
        if (ruling.Kind == Ruling.Verdict.Recorded)
        {
            var complete = CompletionRule.Complete(ruling.Next, now.Wall);
            var answer = TransactionReply.Done(complete.ProducerId, complete.Epoch);
            Prepare(entry!, ruling.Next, new(Park(output), null, answer, now.Steady + _options.AnswerPatience), now, output);
        }
        else output.Reply(ruling.Kind == Ruling.Verdict.AsItIs ? TransactionReply.Done(entry!.Facts.ProducerId, entry.Facts.Epoch) : Reply(ruling));
    }

    void AbortOwner(TransactionCommand.AbortOwner asked, Moment now, TurnOutput<TransactionReply> output)
    {
        var open = _table.Timers.Open.FirstOrDefault(entry => entry.Facts.ProducerId == asked.ProducerId && (entry.Facts.State.IsPrepared() || entry.Facts.Epoch == asked.Epoch));
        if (open is null || open.Facts.State.IsPrepared())
        {
            output.Reply(TransactionReply.Failed(open is null ? ErrorCode.InvalidProducerIdMapping : ErrorCode.ConcurrentTransactions));
            return;
        }
        var ruling = FenceRule.Decide(open.Facts, EndReason.Administrator, asked.NewProducerId, _options.TransactionVersion, now.Wall);
        if (ruling.Kind != Ruling.Verdict.Recorded)
        {
            output.Reply(Reply(ruling));
            return;
        }
        Notice(TransactionEvent.Aborted, open, now, output);
        Prepare(open, ruling.Next, new(Park(output), null, TransactionReply.Accepted, now.Steady + _options.AnswerPatience), now, output);
    }

    static TransactionReply Reply(in Ruling ruling) => ruling.Kind switch
    {
        Ruling.Verdict.Refused => TransactionReply.Failed(ruling.Error),
        Ruling.Verdict.NeedsProducerId => TransactionReply.AskAgainWithProducerId,
        _ => TransactionReply.Accepted,
    };

    TransactionEntry? Used(TransactionalId id)
    {
        if (!_table.TryFind(id, out var entry)) return null;
        entry.UsedBy(_ordinal);
        return entry;
    }

    bool IsLate(TransactionEntry entry, ProducerId producerId, ProducerEpoch epoch)
    {
        if (!entry.Facts.IsHeldBy(producerId, epoch)) return false;
        if (ConnectionOrder.IsLate(Math.Max(entry.NewestSpeaker, _firstHeard), _ordinal)) return _fault != PlantedFault.LateConnectionHeard;
        if (_ordinal > entry.NewestSpeaker) entry.NewestSpeaker = _ordinal;
        _connections.Heard(_ordinal);
        return false;
    }

    long Park(TurnOutput<TransactionReply> output)
    {
        output.Park(++_tickets);
        return _tickets;
    }

    // ---- Ends

    /// <summary>The end is decided: it is recorded, and its participants are told. One that nobody has to be told of is complete at once.</summary>
    void Prepare(TransactionEntry entry, in TransactionFacts prepared, OutstandingEnd.Waiting? waiter, Moment now, TurnOutput<TransactionReply> output)
    {
        if (_fault == PlantedFault.EpochNotRaisedByFence && prepared.EndReason != EndReason.Owner && prepared.Epoch != entry.Facts.Epoch)
        {
            Prepare(entry, prepared with { Epoch = entry.Facts.Epoch, LastEpoch = ProducerEpoch.None }, waiter, now, output);
            return;
        }
        if (_fault == PlantedFault.PrepareNotRecorded) _table.Apply(entry.Id, prepared, now.Steady, _ordinal);
        else Record(entry.Id, prepared);
        if (prepared.Participants.Count > 0) Begin(entry, prepared, waiter, output);
        if (prepared.Participants.Count == 0 || _fault == PlantedFault.CompleteBeforeAnswers) Complete(entry.Id, prepared, waiter, now, output);
    }

    void Begin(TransactionEntry entry, in TransactionFacts prepared, OutstandingEnd.Waiting? waiter, TurnOutput<TransactionReply> output)
    {
        var told = _fault == PlantedFault.OneParticipantForgotten && prepared.Participants.Count > 1 ? ParticipantSet.Of(prepared.Participants.SkipLast(1)) : prepared.Participants;
        entry.End = new(new EndNumber(_coordinatorEpoch, ++_ends), told) { Waiter = waiter };
        if (told.Count > 0) Tell(entry, prepared, told, output);
    }

    void Tell(TransactionEntry entry, in TransactionFacts prepared, IReadOnlyList<Participant> participants, TurnOutput<TransactionReply> output) =>
        output.Emit(new EndParticipants(entry.Id, entry.End!.Number,
            new(prepared.ProducerId, prepared.Epoch, prepared.IsCommit, _coordinatorEpoch, prepared.TransactionVersion), participants));

    void Answered(TransactionCommand.ParticipantsAnswered answered, Moment now, TurnOutput<TransactionReply> output)
    {
        if (!_table.TryFind(answered.TransactionalId, out var entry) || entry.End is not { } end || end.Number != answered.End || end.IsComplete) return;
        foreach (var answer in answered.Answers)
        {
            var outcome = end.Answered(answer);
            if (outcome == ParticipantOutcome.Later) end.PauseFailed(now.Steady, _options);
            else if (outcome == ParticipantOutcome.MovedOn) Notice(TransactionEvent.ParticipantMovedOn, entry, now, output, answer);
            else if (outcome == ParticipantOutcome.Halted) Notice(TransactionEvent.Halted, entry, now, output, answer);
        }
        if (end.IsComplete) Complete(entry.Id, entry.Facts, end.Waiter, now, output);
        else _table.Timers.Set(entry, end.DueAt);
    }

    void Complete(TransactionalId id, in TransactionFacts prepared, OutstandingEnd.Waiting? waiter, Moment now, TurnOutput<TransactionReply> output)
    {
        var complete = CompletionRule.Complete(prepared, now.Wall);
        Record(id, complete);
        if (waiter?.Init is { } init) output.Answer(waiter.Ticket, Continued(id, complete, init, prepared.NextProducerId, now));
        else if (waiter is not null) output.Answer(waiter.Ticket, waiter.Answer);
    }

    /// <summary>What had to wait for the end of the transaction that it fenced.</summary>
    TransactionReply Continued(TransactionalId id, in TransactionFacts complete, TransactionCommand.InitProducerId init, ProducerId spent, Moment now)
    {
        if (init.NewProducerId == spent) init = init with { NewProducerId = ProducerId.None };
        var ruling = InitProducerIdRule.Decide(complete, init, _options.TransactionVersion, now.Wall);
        if (ruling.Kind != Ruling.Verdict.Recorded) return Reply(ruling);
        Record(id, ruling.Next);
        return TransactionReply.Done(ruling.Next.ProducerId, ruling.Next.Epoch);
    }

    // ---- Time

    void Tick(Moment now, TurnOutput<TransactionReply> output)
    {
        for (var left = DeadlinesInATurn; left > 0 && _table.Timers.TakeDue(now.Steady) is { } entry; left--)
        {
            if (entry.Facts.State == TransactionState.Ongoing) TimeOut(entry, now, output);
            else EndIsDue(entry, now, output);
        }
        if (now.Steady < _nextSearch) return;
        _nextSearch = now.Steady + _options.ExpirationSearchInterval;
        if (_table.All.Any(entry => ExpirationRule.IsOver(entry, now, _options.IdExpiration))) output.Emit(LookForConnections.Instance);
    }

    void TimeOut(TransactionEntry entry, Moment now, TurnOutput<TransactionReply> output)
    {
        var ruling = FenceRule.Decide(entry.Facts, EndReason.Timeout, _spareProducerId, _options.TransactionVersion, now.Wall);
        if (ruling.Kind == Ruling.Verdict.NeedsProducerId)
        {
            if (!_isProducerIdAsked) output.Emit(TakeProducerId.Instance);
            _isProducerIdAsked = true;
            _table.Timers.Set(entry, now.Steady + _options.FirstPause);
            return;
        }
        if (ruling.Next.NextProducerId == _spareProducerId) _spareProducerId = ProducerId.None;
        Notice(TransactionEvent.TimedOut, entry, now, output);
        Prepare(entry, ruling.Next, null, now, output);
    }

    void EndIsDue(TransactionEntry entry, Moment now, TurnOutput<TransactionReply> output)
    {
        if (entry.End is not { } end) return;
        if (_fault == PlantedFault.TimeoutAbortsDecided && entry.Facts.State == TransactionState.PrepareCommit)
        {
            Tell(entry, entry.Facts with { State = TransactionState.PrepareAbort }, entry.Facts.Participants, output);
        }
        if (end.Waiter is { } waiter && waiter.Until <= now.Steady)
        {
            output.Answer(waiter.Ticket, waiter.Answer);
            end.Waiter = null;
        }
        if (end.IsComplete)
        {
            Complete(entry.Id, entry.Facts, null, now, output);
            return;
        }
        if (!end.IsHalted && end.RetryAt <= now.Steady) Tell(entry, entry.Facts, end.Again(), output);
        _table.Timers.Set(entry, end.DueAt);
    }

    void Forget(IReadOnlySet<long> connections, Moment now, TurnOutput<TransactionReply> output)
    {
        foreach (var entry in _table.All)
        {
            if (!ExpirationRule.IsOver(entry, now, _options.IdExpiration) || entry.IsUsedBy(connections)) continue;
            _batches.Forget(entry.Id);
            Notice(TransactionEvent.Expired, entry, now, output);
        }
    }

    // ---- What is told

    static void Notice(TransactionEvent what, TransactionEntry entry, Moment now, TurnOutput<TransactionReply> output, ParticipantAnswer? answer = null)
    {
        ref readonly var facts = ref entry.Facts;
        var since = what == TransactionEvent.Expired ? facts.UpdatedMs : facts.StartMs;
        output.Emit(new TransactionNotice(what, entry.Id, facts.ProducerId, facts.Epoch, facts.Participants.Count, now.Wall.UnixMilliseconds - since) { Answer = answer });
    }

    static TransactionDescription Described(TransactionEntry entry)
    {
        ref readonly var facts = ref entry.Facts;
        return new(entry.Id, facts.State, facts.ProducerId, facts.Epoch, facts.TimeoutMs, facts.StartMs, facts.Participants);
    }

    // ---- Facts

    void Record(TransactionalId id, in TransactionFacts facts) =>
        _batches.Put(id, _fault == PlantedFault.LastEpochForgotten ? facts with { LastEpoch = ProducerEpoch.None } : facts);

    public void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt)
    {
        // Offsets of records that were compacted away are missing, and only those.
        Invariant.Check(_isLive ? header.BaseOffset == _endOffset : header.BaseOffset >= _endOffset, "the log of transactions is evolved in its order");
        using (var records = new RecordBatchReader(batch))
        {
            while (records.MoveNext())
            {
                var id = TransactionRecord.ReadKey(records.Key.ToArray());
                if (records.ValueIsNull) _table.Remove(id);
                else if (_isLive) Apply(id, TransactionRecord.ReadValue(records.Value.ToArray()), appendedAt.Steady);
                else Restore(id, TransactionRecord.ReadValue(records.Value.ToArray()));
            }
        }
        _endOffset = header.NextOffset;
        _view = null;
    }

    void Restore(TransactionalId id, in TransactionFacts facts) =>
        _table.Restore(id, _fault == PlantedFault.NextProducerIdForgotten ? facts with { NextProducerId = ProducerId.None } : facts);

    void Apply(TransactionalId id, in TransactionFacts facts, TimeSpan now)
    {
        _table.Apply(id, facts, now, _ordinal);
        if (_fault != PlantedFault.TimeoutOfEarlierTransaction || facts.State != TransactionState.Ongoing || !_table.TryFind(id, out var entry)) return;
        if (!(_firstTimes ??= []).TryAdd(facts.ProducerId, TimeoutRule.DueAt(facts, now))) _table.Timers.Set(entry, _firstTimes[facts.ProducerId]);
    }

    public void StartMoved(long offset)
    {
        _startOffset = Math.Max(_startOffset, offset);
        _endOffset = Math.Max(_endOffset, _startOffset);
        _view = null;
    }

    public void Save(IBufferWriter<byte> snapshot, Moment now) => TransactionSnapshot.Write(_startOffset, _endOffset, _table, snapshot);

    public bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now)
    {
        if (!TransactionSnapshot.TryRead(snapshot, out var start, out var end, out var table)) return false;
        (_startOffset, _endOffset, _table, _view) = (start, end, table, null);
        return true;
    }
}
