namespace Semel.Client.Producing;

/// <summary>
/// The head was refused because the broker expected another sequence or does not know the producer: why that can be, and what it means. The
/// sequences begin anew in every case; a head that may be in the log is not sent again.
/// </summary>
internal static class OutOfOrderRule
{
    public static void Apply(ProducerTurn turn, PartitionState partition, ProducerBatch head, PartitionAnswer answer)
    {
        if (!IsExplained(partition, head, answer)) Suspect(turn, partition, answer);
        BumpRule.Want(turn, partition, head, AnswerRule.Describe(partition, answer));
    }

    static bool IsExplained(PartitionState partition, ProducerBatch head, PartitionAnswer answer)
    {
        // What was before it was never appended, or what is behind it has been.
        if (head.IsBehindHole || partition.HasLaterSuccess) return true;
        // Nothing acknowledged, nothing lost.
        if (!partition.HasAcknowledged) return true;
        // Retention or DeleteRecords removed all we wrote, and the broker's memory of us with it: nothing is lost.
        return partition.LastAcknowledgedOffset >= 0 && answer.LogStartOffset > partition.LastAcknowledgedOffset;
    }

    static void Suspect(ProducerTurn turn, PartitionState partition, PartitionAnswer answer)
    {
        turn.Add(new Tell(new DataLossSuspected(partition.Name, partition.LastAcknowledgedOffset, answer.ToString())));
        if (!turn.State.Options.StopOnDataLoss) return;
        var reason = new Error(LocalErrorCode.DataLossSuspected,
            $"{partition.Name}: the broker seems to have lost acknowledged records (up to offset {partition.LastAcknowledgedOffset}), and on.data.loss=stop");
        turn.State.ClosedBy = reason;
        turn.Add(new FailProducer(reason));
    }
}
