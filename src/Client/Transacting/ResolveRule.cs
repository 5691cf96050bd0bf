using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// Which way a transaction went of which nobody knew: its end is asked for until it is definite. Where it is refused, or no answer comes in time, witnesses
/// tell: offsets that were committed with the transaction, read when they are stable, are those of the transaction or they are not.
/// </summary>
internal static class ResolveRule
{
    public static void Take(ProducerTurn turn, TransactionContext context, ResolveWanted wanted)
    {
        if (wanted.Transaction == context.Number && context.Outcome is { } outcome) End(turn, wanted, new CallResolved(outcome, []));
        else if (context.IsAt(TransactionState.Fenced, TransactionState.Fatal) && wanted.Transaction == context.Number && context.Open is { } left)
            End(turn, wanted, OfDead(left));
        else if (CallRule.Admits(turn, context, TransactionCallKind.Resolve, wanted.Call, wanted.Transaction))
        {
            context.Waiting.Add(new WaitingCall(TransactionCallKind.Resolve, wanted.Call));
            if (context.State != TransactionState.Unresolved) return;
            MoveRule.To(turn, context, context.Open!.IsCommit ? TransactionState.Committing : TransactionState.Aborting);
        }
    }

    /// <summary>The producer is at its end with a transaction that has none.</summary>
    static CallResolved OfDead(OpenTransaction open) =>
        open is { IsCommit: true, IsEndAmbiguous: true } ? new CallResolved(null, open.Witnesses) : new CallResolved(TransactionOutcome.Aborted, []);

    static void End(ProducerTurn turn, ResolveWanted wanted, CallEnd end) => turn.Add(new EndCall(wanted.Call.Number, end));
}
