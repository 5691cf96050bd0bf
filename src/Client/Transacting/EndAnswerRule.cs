using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// What the answer to EndTxn means. An end is repeated under the same identity until it is definite, and only then can the epoch be raised or the next
/// transaction begin. A commit that was ever written without an answer, or with one that only asks for patience, is never told as aborted by a refusal: only a
/// witness can tell.
/// </summary>
internal static class EndAnswerRule
{
    public static void Take(ProducerTurn turn, TransactionContext context, CoordinatorAnswer answer)
    {
        context.End.End();
        if (context.Open is not { } open || !context.IsAt(TransactionState.Committing, TransactionState.Aborting, TransactionState.Unresolved)) return;
        if (answer.Kind == AnswerKind.Lost)
        {
            Lose(turn, context, open);
            return;
        }
        var reaction = TransactionErrors.Of(CoordinatorRequestKind.EndTxn, answer.Code, open.Version);
        if (answer.Kind == AnswerKind.NotSent && reaction == TransactionReaction.Retry) reaction = TransactionReaction.RetryElsewhere;
        // Nothing was ever added: a coordinator of the first protocol calls the end of that a wrong state.
        if (answer.Code == ErrorCode.InvalidTxnState && !open.IsRaising && !open.IsKnown) reaction = TransactionReaction.Succeed;
        if (IsTimedOut(turn, open, answer.Code)) reaction = TransactionReaction.Abort;
        React(turn, context, open, reaction, answer.Code, answer.Describe(answer.Code), answer.Granted,
            answer.Kind == AnswerKind.Answered);
    }

    /// <summary>
    /// A coordinator of the second protocol that has aborted an old transaction calls its commit a wrong state; the abort that follows gets the next identity.
    /// </summary>
    static bool IsTimedOut(ProducerTurn turn, OpenTransaction open, ErrorCode code) =>
        code == ErrorCode.InvalidTxnState && open is { IsRaising: true, IsCommit: true, IsEndAmbiguous: false } && ClockRule.IsOver(turn, open);

    static void Lose(ProducerTurn turn, TransactionContext context, OpenTransaction open)
    {
        open.IsDirty = true;
        open.IsEndAmbiguous = true;
        context.End.Pause(turn, TransactionReaction.RetryElsewhere);
        if (context.Fault == PlantedFault.LostEndTakenAsDone) Finish(turn, context, open, ProducerIdentity.None);
        if (context.Fault != PlantedFault.BumpBeforeDefiniteEnd) return;
        context.NeedsBump = true;
        Finish(turn, context, open, ProducerIdentity.None);
    }

    static void React(ProducerTurn turn, TransactionContext context, OpenTransaction open, TransactionReaction reaction, ErrorCode code, string text,
        ProducerIdentity granted, bool isAnswered)
    {
        var isCommit = ((EndTransactionRequest)context.End.Request!).IsCommit;
        switch (reaction)
        {
            case TransactionReaction.Succeed:
                Finish(turn, context, open, granted);
                break;
            // The coordinator has aborted it, or asks for that: a commit that was ever written has not been carried out.
            case TransactionReaction.Abort when isCommit:
                BeAborted(turn, context, open, TransactionTexts.Abortable(code, $"EndTxn: {text}"));
                break;
            case TransactionReaction.AbortAndBump when !isCommit:
                context.NeedsBump = true;
                Finish(turn, context, open, ProducerIdentity.None);
                break;
            case TransactionReaction.AbortAndBump when !open.IsEndAmbiguous:
                (context.NeedsBump, open.EndsByInit) = (true, true);
                BeAborted(turn, context, open, TransactionTexts.Abortable(code, $"EndTxn: {text}"));
                break;
            case TransactionReaction.Fence:
                GiveUp(turn, context, open, RequestRule.FencedOrTimedOut(turn, context, CoordinatorRequestKind.EndTxn, code, text));
                break;
            case TransactionReaction.Fail or TransactionReaction.AbortAndBump:
                GiveUp(turn, context, open, TransactionTexts.Fatal(context.TransactionalId, code, text, CoordinatorRequestKind.EndTxn));
                break;
            default:
                // Answered, and asked again: a coordinator whose log failed, or that is still ending it, does not say that nothing was done.
                open.IsEndAmbiguous |= isCommit && isAnswered;
                context.End.Pause(turn, reaction);
                break;
        }
    }

    static void BeAborted(ProducerTurn turn, TransactionContext context, OpenTransaction open, TransactionFailure cause)
    {
        (open.IsEndAsked, open.IsEndAmbiguous) = (false, false);
        context.End.Reset();
        MoveRule.To(turn, context, TransactionState.Abortable, cause);
        MoveRule.EndWaiting(turn, context, waiting => waiting.Kind == TransactionCallKind.Resolve ? new CallResolved(TransactionOutcome.Aborted, [])
            : new CallFailed(cause));
    }

    static void GiveUp(ProducerTurn turn, TransactionContext context, OpenTransaction open, TransactionFailure cause)
    {
        var isUnknown = open is { IsCommit: true, IsEndAmbiguous: true };
        if (!isUnknown) context.Outcome = TransactionOutcome.Aborted;
        MoveRule.End(turn, context, cause, waiting => waiting.Kind == TransactionCallKind.Resolve ? new CallResolved(context.Outcome, open.Witnesses)
            : new CallFailed(isUnknown ? TransactionTexts.Unknowable(cause) : cause));
    }

    /// <summary>The end is definite.</summary>
    /// <param name="granted">The identity of the next transaction, where the answer has one.</param>
    public static void Finish(ProducerTurn turn, TransactionContext context, OpenTransaction open, ProducerIdentity granted)
    {
        var outcome = open.IsCommit ? TransactionOutcome.Committed : TransactionOutcome.Aborted;
        if (open.IsRaising && !granted.IsNone) Take(turn, context, open, granted);
        else context.NeedsBump |= MustRaise(turn, context, open);
        context.End.Reset();
        (context.Outcome, context.Open) = (outcome, null);
        MoveRule.To(turn, context, context.NeedsBump ? TransactionState.Rebumping : TransactionState.Ready);
        MoveRule.EndWaiting(turn, context, waiting => waiting.Kind == TransactionCallKind.Resolve ? new CallResolved(outcome, [])
            : new CallDone(context.Number));
    }

    static void Take(ProducerTurn turn, TransactionContext context, OpenTransaction open, ProducerIdentity granted)
    {
        turn.State.Identity = granted;
        context.IdentityVersion = open.Version;
        context.NeedsBump = false;
    }

    /// <summary>
    /// A request that was written and not answered may arrive after all, and under the same epoch it would be taken for one of the next transaction
    /// (KAFKA-17754). With the second protocol each end has raised the epoch already.
    /// </summary>
    static bool MustRaise(ProducerTurn turn, TransactionContext context, OpenTransaction open)
    {
        if (context.Fault is PlantedFault.DirtyEpochReused or PlantedFault.LostEndTakenAsDone or PlantedFault.UnknownToldAsCommitted) return false;
        return open.IsDirty || (open.MayBeKnown && (open.IsRaising || turn.State.Options.RaisesAlways));
    }
}
