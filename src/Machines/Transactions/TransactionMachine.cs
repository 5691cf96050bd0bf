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
    readonly TransactionOptions _options;
    readonly PlantedFault _fault;
    readonly TransactionBatches _batches;
    readonly TransactionEnds _ends;
    readonly HeardConnections _connections;
    // Connections before this one were heard by another machine.
    readonly long _firstHeard;
    TransactionView? _view;
    long _startOffset, _endOffset;

    // What of this is set lives no longer than the machine.
    bool _isLive;
    TimeSpan? _nextSearch;
    long _ordinal, _tickets;

    /// <param name="coordinatorEpoch">Higher than that of every earlier machine over the same log.</param>
    public TransactionMachine(TransactionOptions options, int coordinatorEpoch) : this(options, coordinatorEpoch, new HeardConnections()) { }

    /// <inheritdoc cref="TransactionMachine(TransactionOptions, int)"/>
    /// <param name="connections">Over which producers were heard before, by machines of the same log: it outlives them.</param>
    public TransactionMachine(TransactionOptions options, int coordinatorEpoch, HeardConnections connections) : this(options, coordinatorEpoch, PlantedFault.None, connections) { }

    internal TransactionMachine(TransactionOptions options, int coordinatorEpoch, PlantedFault fault, HeardConnections? connections = null)
    {
        (_options, _fault, _connections) = (options, fault, connections ?? new());
        _firstHeard = _connections.Newest == 0 ? 0 : _connections.Newest + 1;
        _batches = new(fault);
        _ends = new(options, coordinatorEpoch, _batches, fault);
    }

    TransactionTable Table => _ends.Table;

    public TransactionView View => _view ??= new TransactionView(_startOffset, _endOffset, Table.Count, Table.Timers.Open.Count);

    /// <summary>What is recorded of an id, for tests.</summary>
    internal bool TryFind(TransactionalId id, out TransactionFacts facts)
    {
        facts = Table.TryFind(id, out var entry) ? entry.Facts : default;
        return entry is not null;
    }

    public TimeSpan? NextDeadline => Table.Timers.Earliest is { } earliest && !(earliest > _nextSearch) ? earliest : _nextSearch;

    public void Resume(Moment now, TurnOutput<TransactionReply> output)
    {
        if (_isLive) return;
        _isLive = true;
        _nextSearch = now.Steady + _options.ExpirationSearchInterval;
        foreach (var entry in Table.All)
        {
            if (entry.Facts.State == TransactionState.Ongoing)
                Table.Timers.Set(entry, TimeoutRule.DueAfterLoading(entry.Facts, now, _options.GraceAfterLoading));
            else if (entry.Facts.State.IsPrepared()) _ends.Resume(entry, now, output);
        }
        _view = null;
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
                output.Reply(Verified(asked, now));
                break;
            case TransactionCommand.EndTransaction asked:
                End(asked, now, output);
                break;
            case TransactionCommand.ParticipantsAnswered answered:
                _ends.Answered(answered, now, output);
                output.Reply(TransactionReply.Accepted);
                break;
            case TransactionCommand.EndOwner asked:
                EndOwner(asked, now, output);
                break;
            case TransactionCommand.Describe asked:
                output.Reply(TransactionReply.Accepted with { Transactions = [.. asked.TransactionalIds.Select(id => Table.TryFind(id, out var entry) ? Described(entry, now) : null)] });
                break;
            case TransactionCommand.List asked:
                output.Reply(TransactionReply.Accepted with { Transactions = [.. Table.All.Where(entry => asked.Filter.LetsThrough(TransactionEnds.Known(entry, now)!.Value, now.Wall)).Select(entry => Described(entry, now))] });
                break;
            case TransactionCommand.ProducerIdTaken taken:
                _ends.SpareTaken(taken.ProducerId);
                output.Reply(TransactionReply.Accepted);
                break;
            case TransactionCommand.ForgetExpired asked:
                Forget(asked.OpenConnections, now, output);
                output.Reply(TransactionReply.Accepted);
                break;
            case TransactionCommand.Tick:
                _ends.Tick(now, output);
                SearchExpired(now, output);
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
        var facts = _ends.Settled(entry, now);
        if (IsLate(entry, facts, asked.ProducerId, asked.Epoch))
        {
            output.Reply(TransactionReply.Late);
            return;
        }
        var ruling = InitProducerIdRule.Decide(facts, asked, _options.TransactionVersion, now.Wall);
        if (ruling.Kind != Ruling.Verdict.Recorded) output.Reply(TransactionReply.Of(ruling));
        else if (ruling.Next.State.IsPrepared())
        {
            entry!.Notice(TransactionEvent.Replaced, now, output);
            var busy = TransactionReply.Failed(ErrorCode.ConcurrentTransactions);
            _ends.Prepare(entry!, ruling.Next, new(Park(output), asked, busy, now.Steady + _options.AnswerPatience), now, output);
        }
        else
        {
            _batches.Put(asked.TransactionalId, ruling.Next);
            output.Reply(TransactionReply.Done(ruling.Next.ProducerId, ruling.Next.Epoch));
        }
    }

    void Add(TransactionCommand.AddParticipants asked, Moment now, TurnOutput<TransactionReply> output)
    {
        var entry = Used(asked.TransactionalId);
        var facts = _ends.Settled(entry, now);
        if (asked.IsOfCoordinatorConnection && IsLate(entry, facts, asked.ProducerId, asked.Epoch))
        {
            output.Reply(TransactionReply.Late);
            return;
        }
        if (_fault == PlantedFault.AnyEpochHeard && facts is { } heard) asked = asked with { Epoch = heard.Epoch };
        var ruling = AddParticipantsRule.Decide(facts, asked, now.Wall);
        if (ruling.Kind == Ruling.Verdict.Recorded) _batches.Put(asked.TransactionalId, ruling.Next);
        output.Reply(TransactionReply.Of(ruling));
    }

    TransactionReply Verified(TransactionCommand.Verify asked, Moment now)
    {
        var facts = TransactionEnds.Known(Used(asked.TransactionalId), now);
        var error = VerifyRule.Decide(facts, asked.ProducerId, asked.Epoch);
        return error != ErrorCode.None ? TransactionReply.Failed(error)
            : TransactionReply.Accepted with { Participants = [.. asked.Participants.Select(participant => VerifyRule.Decide(facts!.Value, participant))] };
    }

    void End(TransactionCommand.EndTransaction asked, Moment now, TurnOutput<TransactionReply> output)
    {
        var entry = Used(asked.TransactionalId);
        var facts = _ends.Settled(entry, now);
        var raises = asked.TransactionVersion >= TransactionOptions.RaisingVersion;
        // With KIP-890 the epoch tells a late end.
        if (IsLate(entry, facts, asked.ProducerId, asked.Epoch) && !raises)
        {
            output.Reply(TransactionReply.Late);
            return;
        }
        if (_fault == PlantedFault.AnyEpochHeard && facts is { } heard) asked = asked with { Epoch = heard.Epoch };
        var ruling = raises && _fault != PlantedFault.EpochNotRaised ? RaisingEndRule.Decide(facts, asked, now.Wall) : EndRule.Decide(facts, asked, now.Wall);
        if (ruling.Kind == Ruling.Verdict.Recorded)
        {
            var complete = CompletionRule.Complete(ruling.Next, now.Wall);
            var answer = TransactionReply.Done(complete.ProducerId, complete.Epoch);
            _ends.Prepare(entry!, ruling.Next, new(Park(output), null, answer, now.Steady + _options.AnswerPatience), now, output);
        }
        else output.Reply(ruling.Kind == Ruling.Verdict.AsItIs ? TransactionReply.Done(facts!.Value.ProducerId, facts.Value.Epoch) : TransactionReply.Of(ruling));
    }

    void EndOwner(TransactionCommand.EndOwner asked, Moment now, TurnOutput<TransactionReply> output)
    {
        var open = Table.Timers.Open.FirstOrDefault(entry => entry.Facts.ProducerId == asked.ProducerId
            && (entry.Facts.State.IsPrepared() ? entry.End is not { IsComplete: true } : entry.Facts.Epoch.CompareTo(asked.Epoch) <= 0));
        if (open is null || open.Facts.State.IsPrepared())
        {
            output.Reply(TransactionReply.Failed(open is null ? ErrorCode.InvalidProducerIdMapping : ErrorCode.ConcurrentTransactions));
            return;
        }
        if (asked.Commit || open.Facts.Epoch != asked.Epoch)
        {
            output.Reply(TransactionReply.Failed(ErrorCode.InvalidTxnState));
            return;
        }
        var ruling = FenceRule.Decide(open.Facts, EndReason.Administrator, asked.NewProducerId, _options.TransactionVersion, now.Wall);
        if (ruling.Kind != Ruling.Verdict.Recorded)
        {
            output.Reply(TransactionReply.Of(ruling));
            return;
        }
        open.Notice(TransactionEvent.Aborted, now, output);
        _ends.Prepare(open, ruling.Next, new(Park(output), null, TransactionReply.Accepted, now.Steady + _options.AnswerPatience), now, output);
    }

    TransactionEntry? Used(TransactionalId id)
    {
        if (!Table.TryFind(id, out var entry)) return null;
        entry.UsedBy(_ordinal);
        return entry;
    }

    bool IsLate(TransactionEntry? entry, in TransactionFacts? facts, ProducerId producerId, ProducerEpoch epoch)
    {
        if (entry is null || facts is not { } known || !known.IsHeldBy(producerId, epoch)) return false;
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

    // ---- Ids that nobody uses

    void SearchExpired(Moment now, TurnOutput<TransactionReply> output)
    {
        if (now.Steady < _nextSearch) return;
        _nextSearch = now.Steady + _options.ExpirationSearchInterval;
        if (Table.All.Any(entry => ExpirationRule.IsOver(entry, now, _options.IdExpiration))) output.Emit(LookForConnections.Instance);
    }

    void Forget(IReadOnlySet<long> connections, Moment now, TurnOutput<TransactionReply> output)
    {
        foreach (var entry in Table.All)
        {
            if (!ExpirationRule.IsOver(entry, now, _options.IdExpiration) || entry.IsUsedBy(connections)) continue;
            _batches.Forget(entry.Id);
            entry.Notice(TransactionEvent.Expired, now, output);
        }
    }

    static TransactionDescription Described(TransactionEntry entry, Moment now)
    {
        var facts = TransactionEnds.Known(entry, now)!.Value;
        return new(entry.Id, facts.State, facts.ProducerId, facts.Epoch, facts.TimeoutMs, facts.StartMs, facts.Participants);
    }

    // ---- Facts

    public void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt)
    {
        // Offsets of records that were compacted away are missing, and only those.
        Invariant.Check(_isLive ? header.BaseOffset == _endOffset : header.BaseOffset >= _endOffset, "the log of transactions is evolved in its order");
        using (var records = new RecordBatchReader(batch))
        {
            while (records.MoveNext())
            {
                var id = TransactionRecord.ReadKey(records.Key.ToArray());
                if (records.ValueIsNull) Table.Remove(id);
                else if (_isLive) Apply(id, TransactionRecord.ReadValue(records.Value.ToArray()), appendedAt.Steady);
                else Restore(id, TransactionRecord.ReadValue(records.Value.ToArray()));
            }
        }
        _endOffset = header.NextOffset;
        _view = null;
    }

    void Apply(TransactionalId id, in TransactionFacts facts, TimeSpan now)
    {
        Table.Apply(id, facts, now, _ordinal);
        if (_fault == PlantedFault.TimeoutOfEarlierTransaction) _ends.KeepFirstTime(id, now);
    }

    void Restore(TransactionalId id, in TransactionFacts facts) =>
        Table.Restore(id, _fault == PlantedFault.NextProducerIdForgotten ? facts with { NextProducerId = ProducerId.None } : facts);

    public void StartMoved(long offset)
    {
        _startOffset = Math.Max(_startOffset, offset);
        _endOffset = Math.Max(_endOffset, _startOffset);
        _view = null;
    }

    public void Save(IBufferWriter<byte> snapshot, Moment now) => TransactionSnapshot.Write(_startOffset, _endOffset, Table, snapshot);

    public bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now)
    {
        if (!TransactionSnapshot.TryRead(snapshot, out var start, out var end, out var table)) return false;
        (_startOffset, _endOffset, _ends.Table, _view) = (start, end, table, null);
        return true;
    }
}
