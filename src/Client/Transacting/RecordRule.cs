using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// What records mean to their transaction. Any record that fails, awaited or not, makes it abortable, so a commit needs no look at single records. A
/// partition counts as part of the transaction once a request for it was written, whatever became of the request.
/// </summary>
internal static class RecordRule
{
    /// <summary>
    /// A batch has got its first record. Whoever accepts records outside of a transaction has a defect, which must not become somebody's data.
    /// </summary>
    public static void Opened(ProducerTurn turn, ProducerBatch batch)
    {
        if (turn.State.Transaction is not { } context || context.Open is { IsSealed: false }) return;
        MoveRule.End(turn, context, new TransactionFailure(new Error(LocalErrorCode.NotInTransaction,
            $"a record for {batch.Partition} was accepted while no transaction was open: a defect of this client. The record is not sent. Dispose of the producer."), ErrorClass.Fatal));
    }

    /// <summary>An attempt to deliver a batch has ended.</summary>
    public static void Noted(ProducerTurn turn, ProducerBatch batch, PartitionAnswer answer)
    {
        if (turn.State.Transaction?.Open is not { } open || answer.Kind == AnswerKind.NotSent) return;
        open.FirstWritten ??= batch.Partition;
        if (answer.Kind == AnswerKind.Lost) open.IsDirty = true;
        if (!answer.IsSuccess) return;
        open.IsKnown = true;
        open.HasSucceeded = true;
    }

    /// <summary>A request with records goes out.</summary>
    public static void Sending(ProducerTurn turn)
    {
        if (turn.State.Transaction?.Open is { } open) ClockRule.Start(turn, open);
    }

    public static void Failed(ProducerTurn turn, PartitionState partition, Verdict verdict)
    {
        if (turn.State.Transaction is not { Open: { } open } context || context.Fault == PlantedFault.CommitDespiteFailedRecord) return;
        if (!context.IsAt(TransactionState.InTransaction, TransactionState.Committing)) return;
        var code = verdict.Error!.IsLocal ? ErrorCode.None : verdict.Error.Code;
        context.NeedsBump |= BreaksSequences(code) || verdict.Status == PersistenceStatus.PossiblyPersisted;
        switch (ClassOf(code, open))
        {
            case ErrorClass.Abortable:
                MoveRule.Doom(turn, context, TransactionTexts.RecordFailed(partition.Name, verdict, ErrorClass.Abortable, TransactionFailureKind.Plain));
                break;
            case ErrorClass.Fenced:
                var kind = ClockRule.IsOver(turn, open) ? TransactionFailureKind.TimedOut : TransactionFailureKind.Fenced;
                MoveRule.End(turn, context, TransactionTexts.RecordFailed(partition.Name, verdict, ErrorClass.Fenced, kind));
                break;
            default:
                MoveRule.End(turn, context, TransactionTexts.RecordFailed(partition.Name, verdict, ErrorClass.Fatal, TransactionFailureKind.Plain));
                break;
        }
    }

    /// <summary>The sequences of the partition cannot go on where they were.</summary>
    static bool BreaksSequences(ErrorCode code) =>
        code is ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerIdMapping or ErrorCode.InvalidProducerEpoch;

    static ErrorClass ClassOf(ErrorCode code, OpenTransaction open) => code switch
    {
        ErrorCode.ProducerFenced => ErrorClass.Fenced,
        ErrorCode.InvalidProducerIdMapping when open.IsRaising => ErrorClass.Fatal,
        ErrorCode.InvalidRequiredAcks or ErrorCode.UnsupportedVersion or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed => ErrorClass.Fatal,
        // An old epoch too: the abort that follows tells whether another instance has the id.
        _ => ErrorClass.Abortable,
    };
}
