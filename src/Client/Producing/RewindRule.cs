namespace Semel.Client.Producing;

/// <summary>
/// What a partition does after anything but success, once nothing of it is on its way any more: keep what is known to be appended, decide about ghosts,
/// bump when the sequences cannot go on, and otherwise give the certainly unsent batches back their freedom. Then sending begins again with one in flight.
/// </summary>
internal static class RewindRule
{
    public static void FinishIfQuiet(ProducerTurn turn, PartitionState partition)
    {
        while (partition.IsRewinding && partition.InFlightCount == 0 && partition.Replacing is null) Finish(turn, partition);
    }

    static void Finish(ProducerTurn turn, PartitionState partition)
    {
        // Refusals of batches behind the head say nothing about them: they were refused because the head was. They count as no attempt.
        foreach (var batch in partition.Window)
            if (!batch.IsKnownAppended) batch.Answer = null;
        ResolveFromHead(turn, partition);
        if (ReplaceRule.BeginIfWanted(turn, partition)) return;
        if (partition.IsOfOtherCluster) RenewalRule.Leave(turn, partition);
        if (partition.RecreatedAs is { } topicId) LeaderRule.Recreate(turn, partition, topicId);
        // A window that is empty by now needs no new sequences.
        else if (partition.IsBumpWanted && partition.Identity != ProducerIdentity.None) BumpRule.Apply(turn, partition);
        else Normalize(partition, turn.State.IsIdempotent);
        partition.IsBumpWanted = false;
        partition.IsRewinding = false;
    }

    static void ResolveFromHead(ProducerTurn turn, PartitionState partition)
    {
        while (partition.Head is { } head && !partition.IsBumpWanted && !partition.IsOfOtherCluster)
        {
            if (head.Answer is { IsSuccess: true } answer) AnswerRule.Succeed(turn, partition, head, answer);
            else if (head.IsReported) ResolveGhost(turn, partition, head);
            else if (head.PrecedingFailed) GaplessRule.FailUnsent(turn, partition, head);
            else break;
        }
    }

    static void ResolveGhost(ProducerTurn turn, PartitionState partition, ProducerBatch ghost)
    {
        if (turn.State.IsIdempotent && ghost.MayBeAppended)
        {
            if (!partition.HasLaterSuccess)
            {
                partition.IsBumpWanted = true;
                return;
            }
            // The broker took a later sequence, so it has this one.
            partition.Window.RemoveAt(0);
            partition.ExpectedSequence = ghost.NextSequence;
            turn.Add(new Tell(new LateAcknowledgement(partition.Name, ghost.RecordCount, Offset.Unset)));
        }
        else partition.Window.RemoveAt(0);
        turn.Add(new ReleaseBatch(ghost));
    }

    /// <summary>
    /// Batches that certainly are not in the log go back to the queue, from the end of the window up to the last one that may be; those in front of such a one keep
    /// their place and are stamped so that their sequences follow one another. A batch that may be in the log keeps its stamp, always.
    /// </summary>
    static void Normalize(PartitionState partition, bool isIdempotent)
    {
        while (partition.Window.Count > 0 && IsFree(partition.Window[^1]))
        {
            TakeBack(partition, partition.Window[^1]);
            partition.Window.RemoveAt(partition.Window.Count - 1);
        }
        if (!isIdempotent) return;
        var sequence = partition.ExpectedSequence;
        foreach (var batch in partition.Window)
        {
            if (IsFree(batch)) batch.Stamp(batch.Identity, sequence);
            batch.IsBehindHole = batch.BaseSequence != sequence;
            sequence = batch.NextSequence;
        }
        partition.NextSequence = sequence;
    }

    public static bool IsFree(ProducerBatch batch) => !batch.MayBeAppended && !batch.IsKnownAppended && !batch.IsReported;

    public static void TakeBack(PartitionState partition, ProducerBatch batch)
    {
        batch.TakeStampBack();
        partition.Queue.AddFirst(batch);
    }
}
