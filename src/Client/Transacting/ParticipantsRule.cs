using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// With the first protocol a partition is written to only when the coordinator has confirmed that it is part of the transaction. New ones are collected while
/// a request is on its way, and asked for together.
/// </summary>
internal static class ParticipantsRule
{
    /// <summary>Whether the partition may be written to now.</summary>
    public static bool MayWrite(TransactionContext context, PartitionState partition)
    {
        if (context.Open is not { } open || !context.IsAt(TransactionState.InTransaction, TransactionState.Committing)) return false;
        return open.IsRaising || open.Added.Contains(partition.Name) || context.Fault == PlantedFault.WriteBeforeAdded;
    }

    public static void Apply(ProducerTurn turn, TransactionContext context)
    {
        if (context.Open is not { IsRaising: false } open || !context.IsAt(TransactionState.InTransaction, TransactionState.Committing)) return;
        if (Missing(turn, open) is not { Count: > 0 } missing || !context.Adding.MaySend(turn)) return;
        ClockRule.Start(turn, open);
        context.Adding.Send(turn, new AddPartitionsRequest(turn.State.Identity, open.Version, missing));
    }

    static List<TopicPartition> Missing(ProducerTurn turn, OpenTransaction open)
    {
        var missing = new List<TopicPartition>();
        foreach (var partition in turn.State.Active)
            if (partition.HasWork && !open.Added.Contains(partition.Name)) missing.Add(partition.Name);
        return missing;
    }

    public static void Take(ProducerTurn turn, TransactionContext context, CoordinatorAnswer answer)
    {
        context.Adding.End();
        if (context.Open is not { } open) return;
        if (answer.Kind == AnswerKind.Lost) open.IsDirty = true;
        foreach (var (partition, code) in answer.Partitions)
            if (code == ErrorCode.None)
            {
                open.IsKnown = true;
                open.Added.Add(partition);
            }
        var failure = AnswerFailure.Of(CoordinatorRequestKind.AddPartitions, answer, open.Version);
        if (failure is null) context.Adding.Reset();
        else RequestRule.React(turn, context, context.Adding, CoordinatorRequestKind.AddPartitions, failure);
    }
}
