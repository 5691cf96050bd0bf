using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// A transaction begins without a request. It latches the protocol that is in force, and keeps it to its end. Where the identity was given under the first
/// protocol and the second is in force now, the epoch is raised first.
/// </summary>
internal static class BeginRule
{
    public static void Take(ProducerTurn turn, TransactionContext context, BeginWanted wanted)
    {
        var isPlanted = context.Fault == PlantedFault.BeginBeforeDefiniteEnd && context.State == TransactionState.Unresolved;
        if (!isPlanted && !CallRule.Admits(turn, context, TransactionCallKind.Begin, wanted.Call)) return;
        if (context.State == TransactionState.Ready && (context.NeedsBump || HasRisen(context))) MoveRule.To(turn, context, TransactionState.Rebumping);
        if (context.State == TransactionState.Rebumping) context.Waiting.Add(new WaitingCall(TransactionCallKind.Begin, wanted.Call));
        else Begin(turn, context, wanted.Call);
    }

    static bool HasRisen(TransactionContext context) => VersionLimits.Raises(context.ClusterVersion) && !VersionLimits.Raises(context.IdentityVersion);

    /// <summary>The epoch is raised. The first who waits begins, and the others came too late.</summary>
    public static void ServeWaiting(ProducerTurn turn, TransactionContext context)
    {
        var waiting = context.Waiting.ToArray();
        context.Waiting.Clear();
        foreach (var one in waiting) Take(turn, context, new BeginWanted(one.Call));
    }

    static void Begin(ProducerTurn turn, TransactionContext context, TransactionCall call)
    {
        context.Number++;
        context.Open = new OpenTransaction(context.ClusterVersion);
        // Once used by the first protocol, an identity is not good for the second any more.
        if (!context.Open.IsRaising) context.IdentityVersion = context.ClusterVersion;
        context.Outcome = null;
        context.Adding.Reset();
        context.Offsets.Reset();
        context.End.Reset();
        MoveRule.To(turn, context, TransactionState.InTransaction);
        turn.Add(new EndCall(call.Number, new CallDone(context.Number)));
    }
}
