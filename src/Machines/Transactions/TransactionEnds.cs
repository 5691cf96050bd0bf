using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>
/// The ends of transactions, from the decision until it is recorded that all participants know it: whom to tell, who has answered, who waits for that, and what is to be done at
/// which time.
/// </summary>
internal sealed class TransactionEnds(TransactionOptions options, int coordinatorEpoch, TransactionBatches batches, PlantedFault fault)
{
    /// <summary>Deadlines that one turn looks after; the others come in the next.</summary>
    const int DeadlinesInATurn = 1000;

    ProducerId _spare = ProducerId.None;
    bool _isSpareAsked;
    long _ends;
    Dictionary<ProducerId, TimeSpan>? _firstTimes;

    /// <summary>Another one when a snapshot was loaded.</summary>
    public TransactionTable Table { get; set; } = new();

    /// <summary>What is known of an id, which may be more than what is recorded: an end that all participants know is complete.</summary>
    public static TransactionFacts? Known(TransactionEntry? entry, Moment now) =>
        entry is null ? null : entry.End is { IsComplete: true } ? CompletionRule.Complete(entry.Facts, now.Wall) : entry.Facts;

    /// <summary>What is known of an id, and recorded by now.</summary>
    public TransactionFacts? Settled(TransactionEntry? entry, Moment now)
    {
        var known = Known(entry, now);
        if (known is { } complete && entry!.End is { IsComplete: true }) batches.Put(entry.Id, complete);
        return known;
    }

    /// <summary>The end is decided: it is recorded, and its participants are told. One that nobody has to be told of is complete at once.</summary>
    public void Prepare(TransactionEntry entry, in TransactionFacts prepared, OutstandingEnd.Waiting? waiter, Moment now, TurnOutput<TransactionReply> output)
    {
        if (fault == PlantedFault.EpochNotRaisedByFence && prepared.EndReason != EndReason.Owner && prepared.Epoch != entry.Facts.Epoch)
        {
            Prepare(entry, prepared with { Epoch = entry.Facts.Epoch, LastEpoch = ProducerEpoch.None }, waiter, now, output);
            return;
        }
        if (fault == PlantedFault.PrepareNotRecorded) Table.Apply(entry.Id, prepared, now.Steady, ordinal: 0);
        else batches.Put(entry.Id, prepared);
        if (prepared.Participants.Count > 0) Begin(entry, prepared, waiter, output);
        if (prepared.Participants.Count == 0 || fault == PlantedFault.CompleteBeforeAnswers) Complete(entry.Id, prepared, waiter, now, output);
    }

    /// <summary>An end that an earlier process prepared: all are told again, whoever knew it.</summary>
    public void Resume(TransactionEntry entry, Moment now, TurnOutput<TransactionReply> output)
    {
        if (fault != PlantedFault.EndsForgottenAtRestart) Begin(entry, entry.Facts, null, output);
        // Nothing may be recorded before the first command: what nobody has to be told of is complete with the first tick.
        Table.Timers.Set(entry, entry.Facts.Participants.Count == 0 ? now.Steady : null);
    }

    void Begin(TransactionEntry entry, in TransactionFacts prepared, OutstandingEnd.Waiting? waiter, TurnOutput<TransactionReply> output)
    {
        var told = fault == PlantedFault.OneParticipantForgotten && prepared.Participants.Count > 1 ? ParticipantSet.Of(prepared.Participants.SkipLast(1)) : prepared.Participants;
        entry.End = new(new EndNumber(coordinatorEpoch, ++_ends), told) { Waiter = waiter };
        if (told.Count > 0) Tell(entry, prepared, told, output);
    }

    void Tell(TransactionEntry entry, in TransactionFacts prepared, IReadOnlyList<Participant> participants, TurnOutput<TransactionReply> output) =>
        output.Emit(new EndParticipants(entry.Id, entry.End!.Number,
            new(prepared.ProducerId, prepared.Epoch, prepared.IsCommit, coordinatorEpoch, prepared.TransactionVersion), participants));

    public void Answered(TransactionCommand.ParticipantsAnswered answered, Moment now, TurnOutput<TransactionReply> output)
    {
        if (!Table.TryFind(answered.TransactionalId, out var entry) || entry.End is not { } end || end.Number != answered.End || end.IsComplete) return;
        foreach (var answer in answered.Answers)
        {
            var outcome = end.Answered(answer);
            if (outcome == ParticipantOutcome.Later && end.PauseFailed(now.Steady, options)) entry.Notice(TransactionEvent.Delayed, now, output, answer);
            else if (outcome == ParticipantOutcome.MovedOn) entry.Notice(TransactionEvent.ParticipantMovedOn, now, output, answer);
            else if (outcome == ParticipantOutcome.Halted) entry.Notice(TransactionEvent.Halted, now, output, answer);
        }
        if (!end.IsComplete) Table.Timers.Set(entry, end.DueAt);
        else if (end.Waiter is { Init: null } waiter)
        {
            // Everybody can read it. What is still to be recorded would be found out by a restart, so nobody waits for it.
            output.Answer(waiter.Ticket, waiter.Answer);
            end.Waiter = null;
            Table.Timers.Set(entry, now.Steady + options.CompletionDelay);
        }
        else Complete(entry.Id, entry.Facts, end.Waiter, now, output);
    }

    void Complete(TransactionalId id, in TransactionFacts prepared, OutstandingEnd.Waiting? waiter, Moment now, TurnOutput<TransactionReply> output)
    {
        var complete = CompletionRule.Complete(prepared, now.Wall);
        batches.Put(id, complete);
        if (waiter?.Init is { } init) output.Answer(waiter.Ticket, Continued(id, complete, init, prepared.NextProducerId, now));
        else if (waiter is not null) output.Answer(waiter.Ticket, waiter.Answer);
    }

    /// <summary>What had to wait for the end of the transaction that it fenced.</summary>
    TransactionReply Continued(TransactionalId id, in TransactionFacts complete, TransactionCommand.InitProducerId init, ProducerId spent, Moment now)
    {
        if (init.NewProducerId == spent) init = init with { NewProducerId = ProducerId.None };
        var ruling = InitProducerIdRule.Decide(complete, init, options.TransactionVersion, now.Wall);
        if (ruling.Kind != Ruling.Verdict.Recorded) return TransactionReply.Of(ruling);
        batches.Put(id, ruling.Next);
        return TransactionReply.Done(ruling.Next.ProducerId, ruling.Next.Epoch);
    }

    // ---- Time

    public void Tick(Moment now, TurnOutput<TransactionReply> output)
    {
        for (var left = DeadlinesInATurn; left > 0 && Table.Timers.TakeDue(now.Steady) is { } entry; left--)
        {
            if (entry.Facts.State == TransactionState.Ongoing) TimeOut(entry, now, output);
            else if (entry.End is { } end) IsDue(entry, end, now, output);
        }
    }

    /// <summary>The answer to <see cref="TakeProducerId"/>.</summary>
    public void SpareTaken(ProducerId spare) => (_spare, _isSpareAsked) = (spare, false);

    void TimeOut(TransactionEntry entry, Moment now, TurnOutput<TransactionReply> output)
    {
        var ruling = FenceRule.Decide(entry.Facts, EndReason.Timeout, _spare, options.TransactionVersion, now.Wall);
        if (ruling.Kind == Ruling.Verdict.NeedsProducerId)
        {
            if (!_isSpareAsked) output.Emit(TakeProducerId.Instance);
            _isSpareAsked = true;
            Table.Timers.Set(entry, now.Steady + options.FirstPause);
            return;
        }
        if (ruling.Next.NextProducerId == _spare) _spare = ProducerId.None;
        entry.Notice(TransactionEvent.TimedOut, now, output);
        Prepare(entry, ruling.Next, null, now, output);
    }

    /// <summary>Of a planted fault: the time that a producer's first transaction had counts for all of them.</summary>
    public void KeepFirstTime(TransactionalId id, TimeSpan now)
    {
        if (!Table.TryFind(id, out var entry) || entry.Facts.State != TransactionState.Ongoing) return;
        if (!(_firstTimes ??= []).TryAdd(entry.Facts.ProducerId, TimeoutRule.DueAt(entry.Facts, now))) Table.Timers.Set(entry, _firstTimes[entry.Facts.ProducerId]);
    }

    void IsDue(TransactionEntry entry, OutstandingEnd end, Moment now, TurnOutput<TransactionReply> output)
    {
        if (fault == PlantedFault.TimeoutAbortsDecided && entry.Facts.State == TransactionState.PrepareCommit)
            Tell(entry, entry.Facts with { State = TransactionState.PrepareAbort }, entry.Facts.Participants, output);
        if (end.IsComplete)
        {
            Complete(entry.Id, entry.Facts, null, now, output);
            return;
        }
        if (end.Waiter is { } waiter && waiter.Until <= now.Steady)
        {
            output.Answer(waiter.Ticket, waiter.Answer);
            end.Waiter = null;
        }
        if (!end.IsHalted && end.RetryAt <= now.Steady) Tell(entry, entry.Facts, end.Again(), output);
        Table.Timers.Set(entry, end.DueAt);
    }
}
