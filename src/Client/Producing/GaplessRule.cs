namespace Semel.Client.Producing;

/// <summary>enable.gapless.guarantee: what was accepted behind a failed record fails too, so that the log holds a prefix of what was sent.</summary>
internal static class GaplessRule
{
    public static Verdict Preceding(PartitionState partition) => Verdict.NotPersisted(
        new Error(LocalErrorCode.PrecedingRecordFailed, $"{partition.Name}: a record accepted before failed, and enable.gapless.guarantee=true"), ErrorClass.Retriable);

    public static void FailBehind(ProducerTurn turn, PartitionState partition, ProducerBatch failed, Verdict verdict)
    {
        if (!turn.State.Options.Gapless || verdict.Error?.LocalCode == LocalErrorCode.PrecedingRecordFailed) return;
        // Those on their way may be in the log already; they are judged when that is known.
        foreach (var behind in partition.Window)
            if (behind != failed && !behind.IsReported) behind.PrecedingFailed = true;
        CloseRule.FailQueue(turn, partition, Preceding(partition));
    }

    /// <summary>The head stands behind a failed record, and nothing is in flight.</summary>
    public static void FailUnsent(ProducerTurn turn, PartitionState partition, ProducerBatch head)
    {
        if (head.MayBeAppended)
        {
            turn.Report(partition, head, Verdict.PossiblyPersisted(Preceding(partition).Error!));
            return;
        }
        turn.ReportAndRelease(partition, head, Preceding(partition));
        partition.Window.RemoveAt(0);
    }
}
