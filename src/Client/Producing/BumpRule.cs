namespace Semel.Client.Producing;

/// <summary>
/// How a partition that cannot go on begins its sequences anew (KIP-360). The bump is the producer's, its adoption each partition's own: a healthy
/// partition finishes its window under the old epoch first. A batch that may be in the log never crosses a bump, because the broker could not tell that it has it already.
/// </summary>
internal static class BumpRule
{
    public static void Want(ProducerTurn turn, PartitionState partition, ProducerBatch head, Error because)
    {
        if (turn.State.Transaction is not null) turn.Report(partition, head, head.MayBeAppended ? Verdict.PossiblyPersisted(because) : Verdict.NotPersisted(because, ErrorClass.Retriable));
        partition.IsBumpWanted = true;
        // The first bump is free of a pause; a partition that goes on asking for them is not.
        if (partition.FailuresInARow++ > 0) partition.RetryAt = turn.Now + turn.RetryDelay(partition.FailuresInARow);
        if (head.MayBeAppended) turn.Report(partition, head, Verdict.PossiblyPersisted(because));
    }

    /// <summary>Nothing of the partition is in flight.</summary>
    public static void Apply(ProducerTurn turn, PartitionState partition)
    {
        // The epoch of a transactional id is its coordinator's: it is raised before the next transaction.
        if (turn.State.Transaction is { } transaction) transaction.NeedsBump = true;
        // When the producer has moved on already, adopting its identity is all there is to do.
        else if (partition.Identity == turn.State.Identity) IdentityRule.Bump(turn, partition);
        EmptyWindow(turn, partition, new Error(LocalErrorCode.ConnectionLost,
            $"{partition.Name}: nobody knows whether an earlier attempt was appended, and the sequences began anew ({partition.LastFailure})"));
    }

    /// <summary>Every batch leaves the window by its true state: those certainly not in the log go back to the queue.</summary>
    public static void EmptyWindow(ProducerTurn turn, PartitionState partition, Error lost)
    {
        var free = new List<ProducerBatch>();
        while (partition.Head is { } head)
        {
            if (head.Answer is { IsSuccess: true } answer)
            {
                AnswerRule.Succeed(turn, partition, head, answer);
                continue;
            }
            partition.Window.RemoveAt(0);
            head.IsReplacementWanted = false;
            if (head.IsReported) turn.Add(new ReleaseBatch(head));
            else if (head.MayBeAppended) turn.ReportAndRelease(partition, head, Verdict.PossiblyPersisted(lost));
            else if (head.PrecedingFailed) turn.ReportAndRelease(partition, head, GaplessRule.Preceding(partition));
            else free.Add(head);
        }
        for (var index = free.Count - 1; index >= 0; index--) RewindRule.TakeBack(partition, free[index]);
    }
}
