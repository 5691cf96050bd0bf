using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>How batches end that will not be sent any more.</summary>
internal static class CloseRule
{
    /// <summary>Everything ends now: what is certain about each batch is its report. Answers that come later change nothing.</summary>
    public static void Take(ProducerTurn turn, Error reason)
    {
        turn.State.ClosedBy ??= reason;
        EndPartitions(turn, reason);
        if (turn.State.Transaction is { } transaction) CloseTransactionRule.Take(turn, transaction, reason);
    }

    public static void EndPartitions(ProducerTurn turn, Error reason)
    {
        for (var index = 0; index < turn.State.Active.Count; index++) EndPartition(turn, turn.State.Active[index], reason);
    }

    public static void EndPartition(ProducerTurn turn, PartitionState partition, Error reason)
    {
        // Both end later: when the parts are there, or when it is known what was written.
        if (partition.Replacing is not null || WithdrawRule.MustWait(turn, partition)) return;
        foreach (var batch in partition.Window)
        {
            turn.ReportAndRelease(partition, batch, Judge(batch, reason));
            batch.Attempt = null;
        }
        partition.Window.Clear();
        partition.InFlightCount = 0;
        partition.Replacement = null;
        FailQueue(turn, partition, Verdict.NotPersisted(reason, ErrorClass.Retriable));
    }

    static Verdict Judge(ProducerBatch batch, Error reason) =>
        batch.Answer is { IsSuccess: true } answer ? Verdict.Persisted(answer.BaseOffset, answer.LogAppendTime)
        : batch.IsInFlight || batch.MayBeAppended ? Verdict.PossiblyPersisted(reason)
        : Verdict.NotPersisted(reason, ErrorClass.Retriable);

    public static void FailQueues(ProducerTurn turn, Verdict verdict)
    {
        for (var index = 0; index < turn.State.Active.Count; index++) FailQueue(turn, turn.State.Active[index], verdict);
    }

    public static void FailQueue(ProducerTurn turn, PartitionState partition, Verdict verdict)
    {
        for (var index = 0; index < partition.Queue.Count; index++) Doom(turn, partition.Queue[index], verdict);
        ReportDoomed(turn, partition);
    }

    /// <summary>Nothing in the queue can be in the log, but which records an open batch has is known only when it is sealed.</summary>
    public static void Doom(ProducerTurn turn, ProducerBatch batch, Verdict verdict)
    {
        batch.FailsWhenSealed ??= verdict;
        turn.Seal(batch);
    }

    /// <summary>Reports doomed batches in order: one that is not sealed yet holds up those behind it.</summary>
    public static void ReportDoomed(ProducerTurn turn, PartitionState partition)
    {
        while (partition.Queue.First is { IsSealed: true, FailsWhenSealed: { } verdict } batch)
        {
            partition.Queue.RemoveFirst();
            turn.ReportAndRelease(partition, batch, verdict);
        }
    }
}
