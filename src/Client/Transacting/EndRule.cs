using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// Commit and abort, up to the moment at which EndTxn is asked for: nothing of the transaction may be on its way any more, and of a commit nothing may have
/// failed. What the answer means is <see cref="EndAnswerRule"/>.
/// </summary>
internal static class EndRule
{
    public static void Take(ProducerTurn turn, TransactionContext context, CommitWanted wanted) =>
        Take(turn, context, TransactionCallKind.Commit, TransactionState.Committing, wanted.Call, wanted.Transaction);

    public static void Take(ProducerTurn turn, TransactionContext context, AbortWanted wanted) =>
        Take(turn, context, TransactionCallKind.Abort, TransactionState.Aborting, wanted.Call, wanted.Transaction);

    static void Take(ProducerTurn turn, TransactionContext context, TransactionCallKind kind, TransactionState then, TransactionCall call, long transaction)
    {
        var isCommit = kind == TransactionCallKind.Commit;
        // Whoever stopped waiting, or was told that nobody knew, calls again: meanwhile it may have ended as was asked.
        var isDone = context.Outcome == (isCommit ? TransactionOutcome.Committed : TransactionOutcome.Aborted);
        if (isDone && transaction == context.Number && (isCommit || !context.IsAt(TransactionState.Fenced, TransactionState.Fatal)))
        {
            turn.Add(new EndCall(call.Number, new CallDone(transaction)));
            return;
        }
        if (!CallRule.Admits(turn, context, kind, call, transaction)) return;
        var open = context.Open!;
        if (context.State == TransactionState.Unresolved && open.IsCommit != isCommit)
        {
            turn.Add(new EndCall(call.Number, new CallIllegal(kind, context.State)));
            return;
        }
        context.Waiting.Add(new WaitingCall(kind, ClockRule.Limit(turn, open, call)));
        if (context.State == then) return;
        open.IsCommit = isCommit;
        MoveRule.To(turn, context, then);
    }

    public static void Take(TransactionContext context, RecordsSealed input)
    {
        if (input.Transaction == context.Number && context.Open is { } open) open.IsSealed = true;
    }

    public static void Apply(ProducerTurn turn, TransactionContext context)
    {
        if (!context.IsAt(TransactionState.Committing, TransactionState.Aborting) || context.Open is not { } open) return;
        if (!Expire(turn, context, open) || !IsQuiet(turn, context, open)) return;
        if (WitnessRule.AddIfWanted(turn, context, open)) return;
        if (!open.MayBeKnown || (open.EndsByInit && !open.IsCommit)) EndAnswerRule.Finish(turn, context, open, ProducerIdentity.None);
        else if (context.End.MaySend(turn)) Ask(turn, context, open);
    }

    static void Ask(ProducerTurn turn, TransactionContext context, OpenTransaction open)
    {
        open.IsEndAsked = true;
        // Nothing arrived of what was written: a commit would claim what nobody knows of, and an abort ends whatever comes late.
        var isCommit = open.IsCommit && (!open.IsRaising || open.IsKnown);
        context.End.Send(turn, new EndTransactionRequest(turn.State.Identity, open.Version, isCommit));
    }

    /// <summary>Whether every record has its end and nothing that could add to the transaction is on its way.</summary>
    static bool IsQuiet(ProducerTurn turn, TransactionContext context, OpenTransaction open)
    {
        if (!open.IsSealed || open.OffsetsLine.Count > 0 || context.Adding.HasRequest || context.Offsets.HasRequest) return false;
        if (context.Fault == PlantedFault.EndBeforeAnswers && turn.State.Requests.Count > 0) return true;
        return turn.State.Requests.Count == 0 && !turn.State.Active.Exists(static partition => partition.HasWork);
    }

    /// <returns>Whether somebody still waits for the end.</returns>
    static bool Expire(ProducerTurn turn, TransactionContext context, OpenTransaction open)
    {
        if (CallRule.Expire(turn, context, waiting => Late(context, open, waiting))) return true;
        if (open.IsEndAsked || !open.IsCommit) MoveRule.To(turn, context, TransactionState.Unresolved);
        else MoveRule.Doom(turn, context, NotDelivered());
        if (context.Fault == PlantedFault.UnknownToldAsCommitted && open.IsCommit) EndAnswerRule.Finish(turn, context, open, ProducerIdentity.None);
        return false;
    }

    static CallEnd Late(TransactionContext context, OpenTransaction open, WaitingCall waiting)
    {
        if (waiting.Kind == TransactionCallKind.Resolve) return new CallResolved(null, open.Witnesses);
        if (!open.IsCommit) return new CallFailed(TransactionTexts.AbortUnanswered(context.TransactionalId, "no answer came in time"));
        if (!open.IsEndAsked) return new CallFailed(NotDelivered());
        return context.Fault == PlantedFault.UnknownToldAsCommitted ? new CallDone(context.Number)
            : new CallFailed(TransactionTexts.OutcomeUnknown(context.TransactionalId, "no answer came in time"));
    }

    static TransactionFailure NotDelivered() => TransactionTexts.Abortable(LocalErrorCode.DeliveryTimeout,
        "not every record of the transaction was delivered in the call's time");
}
