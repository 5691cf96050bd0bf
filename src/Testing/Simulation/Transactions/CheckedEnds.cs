using Semel.Machines.Groups.Offsets;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>EndTxn as the broker has it, looked at in the moment in which it acknowledges a commit: what was committed can be read then (R-V).</summary>
internal sealed class CheckedEnds(TransactionWorld world, TransactionDoor door, TransactionalId id)
{
    /// <summary>For so long an answer may wait for participants that are not there; then it says only what is decided.</summary>
    static readonly TimeSpan Patience = new TransactionOptions().AnswerPatience;

    public async Task<TransactionReply> EndAsync(IRequestSource source, SimulatedTransaction transaction, ProducerId producerId, ProducerEpoch epoch,
        bool commit, bool secondProtocol)
    {
        var begun = world.Clock.Now;
        var reply = await door.EndTransactionAsync(source, id, producerId, epoch, commit, secondProtocol);
        if (commit && reply.Error == ErrorCode.None && world.Clock.Now - begun < Patience)
        {
            world.Oracle.Acknowledging(transaction);
            if (transaction.Group is { } group) world.Run(() => LookAtOffsetsAsync(transaction, group));
        }
        return reply;
    }

    /// <summary>What was committed with it counts at once, for whoever asks (R-V); others may have gone further by then, and nobody back.</summary>
    async Task LookAtOffsetsAsync(SimulatedTransaction transaction, GroupId group)
    {
        int[] partitions = [.. transaction.Offsets.Keys.Order()];
        var fetch = new FetchOffsets { GroupId = group, Topics = [new TopicPartitions(SimulatedTopics.Input, TopicId.None, partitions)] };
        if (await door.AskGroupAsync(group, fetch) is not FetchedOffsets { Error: ErrorCode.None } fetched) return;
        world.Counts.Add("offsets-seen-at-once");
        foreach (var row in fetched.Topics[0].Partitions)
        {
            if (row.Offset < transaction.Offsets[row.Partition])
                world.Fail($"the commit of {transaction} is acknowledged with offset {transaction.Offsets[row.Partition]} of {group}, which has {row.Offset}");
        }
    }
}
