namespace Semel.Client.Transacting;

/// <summary>Which call is allowed in which state. That it is about the transaction that is open is for the rule of the call to see. Pure.</summary>
internal static class StateTable
{
    public static bool Allows(TransactionState state, TransactionCallKind call) => state switch
    {
        TransactionState.Uninitialized or TransactionState.Initializing => call == TransactionCallKind.Init,
        TransactionState.Ready or TransactionState.Rebumping => call == TransactionCallKind.Begin,
        TransactionState.InTransaction =>
            call is TransactionCallKind.Produce or TransactionCallKind.SendOffsets or TransactionCallKind.Commit or TransactionCallKind.Abort,
        TransactionState.Abortable => call == TransactionCallKind.Abort,
        TransactionState.Committing => call is TransactionCallKind.Commit or TransactionCallKind.Resolve,
        TransactionState.Aborting => call is TransactionCallKind.Abort or TransactionCallKind.Resolve,
        // Of commit and abort the one that is unresolved.
        TransactionState.Unresolved => call is TransactionCallKind.Commit or TransactionCallKind.Abort or TransactionCallKind.Resolve,
        _ => false,
    };
}
