using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// What becomes of records whose transaction will not be committed: those that were not sent fail, those on their way are waited for, and nothing is tried
/// again.
/// </summary>
internal static class AbandonRule
{
    public static void Apply(ProducerTurn turn, TransactionContext context)
    {
        if (!context.IsAt(TransactionState.Abortable, TransactionState.Aborting, TransactionState.Fenced, TransactionState.Fatal)) return;
        if (turn.State.Active.Count == 0) return;
        var error = new Error(LocalErrorCode.TransactionAborted, context.Cause is { } cause ? $"its transaction cannot be committed: {cause.Error.Reason}"
            : "its transaction was aborted");
        for (var index = 0; index < turn.State.Active.Count; index++) Abandon(turn, context, turn.State.Active[index], error);
    }

    static void Abandon(ProducerTurn turn, TransactionContext context, PartitionState partition, Error error)
    {
        var verdict = Verdict.NotPersisted(error, ErrorClass.Abortable);
        CloseRule.FailQueue(turn, partition, verdict);
        if (partition.Window.Count == 0 || partition.Replacing is not null || WithdrawRule.MustWait(turn, partition) || partition.InFlightCount > 0) return;
        partition.Replacement = null;
        partition.Rewind();
        RewindRule.FinishIfQuiet(turn, partition);
        CloseRule.FailQueue(turn, partition, verdict);
        if (partition.Replacing is not null) return;
        foreach (var left in partition.Window) Leave(turn, context, partition, left, verdict);
        partition.Window.Clear();
    }

    /// <summary>It may be in the log, and nobody will ask any more: the sequences behind it are not known.</summary>
    static void Leave(ProducerTurn turn, TransactionContext context, PartitionState partition, ProducerBatch left, Verdict verdict)
    {
        context.NeedsBump |= left.MayBeAppended;
        turn.ReportAndRelease(partition, left, left.MayBeAppended ? Verdict.PossiblyPersisted(verdict.Error!) : verdict);
    }
}
