using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>The brokers belong to another cluster now, whose coordinators know nothing of this producer or take it for somebody else.</summary>
internal static class ForeignClusterRule
{
    public static void Take(ProducerTurn turn, TransactionContext context, string was, string now)
    {
        if (context.State == TransactionState.Uninitialized) return;
        MoveRule.End(turn, context, new TransactionFailure(new Error(LocalErrorCode.ClusterReplaced,
            $"the brokers belong to cluster {now}, and transactional id '{context.TransactionalId}' was initialised in cluster {was}. What was committed there stays there, and nothing else of it is "
            + "visible. Dispose of this producer and make a new one."), ErrorClass.Fatal));
    }
}
