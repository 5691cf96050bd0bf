using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>What a call is told that is not allowed, or whose time is over.</summary>
internal static class CallRule
{
    /// <summary>Whether a call that is about no transaction in particular may go on; otherwise it has its end.</summary>
    public static bool Admits(ProducerTurn turn, TransactionContext context, TransactionCallKind kind, TransactionCall call)
    {
        if (turn.State.ClosedBy is { } reason) return Refuse(turn, call, new CallFailed(TransactionTexts.Closed(reason)));
        return StateTable.Allows(context.State, kind) || Refuse(turn, call, Refusal(context, kind));
    }

    /// <summary>The same for a call about a transaction.</summary>
    public static bool Admits(ProducerTurn turn, TransactionContext context, TransactionCallKind kind, TransactionCall call, long transaction)
    {
        if (!Admits(turn, context, kind, call)) return false;
        if (transaction == context.Number && context.Open is not null) return true;
        return Refuse(turn, call, new CallIllegal(kind, context.State));
    }

    static bool Refuse(ProducerTurn turn, TransactionCall call, CallEnd end)
    {
        turn.Add(new EndCall(call.Number, end));
        return false;
    }

    /// <summary>Where something failed, that is what is told; otherwise the call came at the wrong time.</summary>
    static CallEnd Refusal(TransactionContext context, TransactionCallKind kind) =>
        context.IsAt(TransactionState.Abortable, TransactionState.Fenced, TransactionState.Fatal) && context.Cause is { } cause ? new CallFailed(cause)
            : new CallIllegal(kind, context.State);

    /// <summary>Ends the waiting calls whose time is over.</summary>
    /// <returns>Whether some call still waits.</returns>
    public static bool Expire(ProducerTurn turn, TransactionContext context, Func<WaitingCall, CallEnd> end)
    {
        for (var index = context.Waiting.Count - 1; index >= 0; index--)
        {
            var waiting = context.Waiting[index];
            if (waiting.Call.Until is not { } until) continue;
            if (until > turn.Now)
            {
                turn.WakeAt(until);
                continue;
            }
            context.Waiting.RemoveAt(index);
            turn.Add(new EndCall(waiting.Call.Number, end(waiting)));
        }
        return context.Waiting.Count > 0;
    }
}
