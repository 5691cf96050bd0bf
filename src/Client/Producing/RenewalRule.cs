using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>
/// When a producer id means nothing any more, and another one is asked for: the brokers belong to another cluster than the one that gave it, or a topic that is
/// written to was made anew. A broker that came back empty may give the same id to somebody else, and a batch of the old topic that is still on its way may
/// reach the new one: in both cases a batch of ours could be taken for one that is there already, and be acknowledged without being stored.
///
/// Sequences begin at 0 under the new id. What is unresolved at that moment keeps its honest verdict: a batch that may be in the log is never sent under the
/// new id.
/// </summary>
internal static class RenewalRule
{
    public static void Take(ProducerTurn turn, ClusterSeen seen)
    {
        var was = turn.State.ClusterId;
        if (was == seen.ClusterId) return;
        turn.State.ClusterId = seen.ClusterId;
        if (was is null) return;
        turn.Add(new Tell(new ClusterReplaced(was, seen.ClusterId)));
        if (turn.State.Transaction is { } transaction) ForeignClusterRule.Take(turn, transaction, was, seen.ClusterId);
        Renew(turn);
        foreach (var topic in turn.State.Topics.Values)
        {
            topic.Leaders.Clear();
            foreach (var partition in topic.Partitions.Values)
            {
                partition.LeaderEpoch = -1;
                // Without sequences an attempt more than needed is what was asked for.
                if (!turn.State.IsIdempotent) continue;
                partition.IsOfOtherCluster = true;
                partition.Rewind();
                RewindRule.FinishIfQuiet(turn, partition);
            }
        }
    }

    /// <summary>Nothing that the partition knows is about the new cluster, which may even give the old id again. Nothing is in flight.</summary>
    public static void Leave(ProducerTurn turn, PartitionState partition)
    {
        BumpRule.EmptyWindow(turn, partition, new Error(LocalErrorCode.ConnectionLost,
            $"{partition.Name}: nobody knows whether an earlier attempt was appended, and the brokers now belong to another cluster ({turn.State.ClusterId})"));
        partition.IsOfOtherCluster = false;
        partition.Identity = ProducerIdentity.None;
        partition.ForgetAcknowledged();
    }

    /// <summary>The producer has no id until it is given another. Partitions that are not concerned finish their windows under the old one first.</summary>
    public static void Renew(ProducerTurn turn)
    {
        var state = turn.State;
        if (!state.IsIdempotent) return;
        if (state.Transaction is { } transaction)
        {
            // Its epoch is raised before the next transaction.
            transaction.NeedsBump = true;
            return;
        }
        state.Identity = ProducerIdentity.None;
        // An id that was asked for before may be what must not be used.
        state.IsIdentityOutdated = state.IsIdentityAsked;
    }
}
