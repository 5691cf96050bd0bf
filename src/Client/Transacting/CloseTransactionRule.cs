using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>The producer is closed: whoever waits is told what is certain now.</summary>
internal static class CloseTransactionRule
{
    public static void Take(ProducerTurn turn, TransactionContext context, Error reason)
    {
        var cause = TransactionTexts.Closed(reason);
        var isUnknown = context.Open is { IsCommit: true, IsEndAsked: true } && context.Outcome is null;
        if (context.IsAt(TransactionState.Fenced, TransactionState.Fatal)) MoveRule.EndWaiting(turn, context, new CallFailed(cause));
        else MoveRule.End(turn, context, cause, waiting => new CallFailed(isUnknown && waiting.Kind == TransactionCallKind.Commit
            ? TransactionTexts.Unknowable(cause) : cause));
        if (context.Open is { IsEndAsked: true } open) open.IsEndAmbiguous = true;
        OffsetsRule.Apply(turn, context);
    }
}
