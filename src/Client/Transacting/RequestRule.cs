using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>What follows from a failed request of an open transaction: tried again, aborted, or the producer's end.</summary>
internal static class RequestRule
{
    public static void React(ProducerTurn turn, TransactionContext context, CoordinatorLane lane, CoordinatorRequestKind kind, AnswerFailure failure)
    {
        switch (failure.Reaction)
        {
            case TransactionReaction.RetryUnknownTopic:
                lane.UnknownSince ??= turn.Now;
                if (turn.Now - lane.UnknownSince >= turn.State.Options.TopicPropagation) Doom(turn, context, lane, kind, failure);
                else lane.Pause(turn, TransactionReaction.Retry);
                break;
            case TransactionReaction.RetryFewTimesThenAbort when ++lane.UnexplainedAnswers <= InitRule.FewTimes:
                lane.Pause(turn, TransactionReaction.Retry);
                break;
            case TransactionReaction.RetryFewTimesThenAbort or TransactionReaction.AbortAndBump:
                context.NeedsBump = true;
                if (failure.Reaction == TransactionReaction.AbortAndBump && context.Open is { } open) open.EndsByInit = true;
                Doom(turn, context, lane, kind, failure);
                break;
            case TransactionReaction.Abort or TransactionReaction.ConfirmMembership:
                Doom(turn, context, lane, kind, failure);
                break;
            case TransactionReaction.Fence:
                MoveRule.End(turn, context, FencedOrTimedOut(turn, context, kind, failure.Code, failure.Text));
                break;
            case TransactionReaction.Fail or TransactionReaction.Configure or TransactionReaction.RetryFewTimesThenFail:
                MoveRule.End(turn, context, TransactionTexts.Fatal(context.TransactionalId, failure.Code, failure.Text, kind));
                break;
            default:
                lane.Pause(turn, failure.Reaction);
                break;
        }
    }

    static void Doom(ProducerTurn turn, TransactionContext context, CoordinatorLane lane, CoordinatorRequestKind kind, AnswerFailure failure)
    {
        lane.Reset();
        MoveRule.Doom(turn, context, TransactionTexts.Abortable(failure.Code, $"{TransactionTexts.Word(kind)}: {failure.Text}"));
    }

    /// <summary>A fence tells nothing of why. Where our own clock says that the time is over, that is the likelier reason.</summary>
    public static TransactionFailure FencedOrTimedOut(ProducerTurn turn, TransactionContext context, CoordinatorRequestKind kind, ErrorCode code,
        string text) =>
        context.Open is { } open && ClockRule.IsOver(turn, open) ? TransactionTexts.TimedOut(code, text, kind, turn.State.Options.TransactionTimeout)
            : TransactionTexts.Fenced(context.TransactionalId, code, text, kind);
}
