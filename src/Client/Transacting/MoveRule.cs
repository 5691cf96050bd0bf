using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>How the state changes, and what is told of it. A failure keeps its first cause.</summary>
internal static class MoveRule
{
    /// <summary>More would be a log, not a cause.</summary>
    const int MostLaterErrors = 5;

    public static void To(ProducerTurn turn, TransactionContext context, TransactionState state, TransactionFailure? cause = null)
    {
        context.State = state;
        context.Cause = cause;
        turn.Add(new MoveTransaction(state, context.Number, cause));
    }

    /// <summary>The transaction can only be aborted. Without effect where it is to be aborted already, or where nothing is open.</summary>
    public static void Doom(ProducerTurn turn, TransactionContext context, TransactionFailure cause)
    {
        // What was asked for is either committed or not: nothing that fails afterwards is part of it.
        if (context.State == TransactionState.Committing && context.Open is { IsEndAsked: true }) return;
        if (!context.IsAt(TransactionState.InTransaction, TransactionState.Committing)) return;
        To(turn, context, TransactionState.Abortable, cause);
        EndWaiting(turn, context, new CallFailed(cause));
    }

    /// <summary>The producer is at its end, fenced or by a failure. A later failure is added to the first one.</summary>
    /// <param name="told">What a waiting call is told; null for the cause.</param>
    public static void End(ProducerTurn turn, TransactionContext context, TransactionFailure cause, Func<WaitingCall, CallEnd>? told = null)
    {
        if (context.IsAt(TransactionState.Fenced, TransactionState.Fatal))
        {
            AddLater(context, cause);
            return;
        }
        To(turn, context, cause.Class == ErrorClass.Fenced ? TransactionState.Fenced : TransactionState.Fatal, cause);
        EndWaiting(turn, context, told ?? (_ => new CallFailed(cause)));
    }

    static void AddLater(TransactionContext context, TransactionFailure later)
    {
        if (context.Cause is not { } first || first.Later.Count >= MostLaterErrors) return;
        context.Cause = first with { Later = [.. first.Later, later.Error] };
    }

    public static void EndWaiting(ProducerTurn turn, TransactionContext context, CallEnd end) => EndWaiting(turn, context, _ => end);

    public static void EndWaiting(ProducerTurn turn, TransactionContext context, Func<WaitingCall, CallEnd> end)
    {
        foreach (var waiting in context.Waiting) turn.Add(new EndCall(waiting.Call.Number, end(waiting)));
        context.Waiting.Clear();
    }
}
