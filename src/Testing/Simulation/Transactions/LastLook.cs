using Semel.Machines.Groups.Offsets;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// When all is at rest: what was promised is there, what could still come does nothing, and all of it is the same after a crash, after an orderly stop, and
/// folded from the logs alone.
/// </summary>
internal sealed class LastLook(TransactionWorld world, TransactionBroker broker, TransactionDoor door)
{
    public void Check(Action throwIfFailed)
    {
        world.Oracle.CheckTransactions();
        Settle(CheckCopiesAsync);
        Settle(SendStraysAsync);
        foreach (Action down in (ReadOnlySpan<Action>)[broker.Crash, broker.Stop])
        {
            down();
            broker.Start();
            throwIfFailed();
        }
        CheckReplays();
        world.Oracle.CheckTransactions();
        Settle(CheckCopiesAsync);
        throwIfFailed();
    }

    /// <summary>Everything that follows is done before anything else is looked at.</summary>
    void Settle(Func<Task> doings)
    {
        var end = world.Clock.Now + TimeSpan.FromSeconds(30);
        var done = false;
        world.Run(async () =>
        {
            await doings();
            done = true;
        });
        while (!done && world.Failure is null && world.Clock.RunNext(end))
        {
        }
        if (world.Failure is { } failure) throw failure;
        if (!done) world.Fail("a broker at rest does not answer");
    }

    async Task CheckCopiesAsync()
    {
        var input = world.Topics[SimulatedTopics.Input];
        foreach (var group in CopierClient.Groups.Values)
        {
            int[] partitions = [.. Enumerable.Range(0, input.PartitionCount)];
            var reply = await door.AskGroupAsync(group, new FetchOffsets { GroupId = group, RequireStable = true, Topics = [new TopicPartitions(null,
                input.TopicId, partitions)] });
            if (reply is not FetchedOffsets { Error: ErrorCode.None } fetched)
            {
                world.Fail($"the offsets of {group} cannot be read: {reply.Error}");
                return;
            }
            foreach (var row in fetched.Topics[0].Partitions)
            {
                if (row.Error != ErrorCode.None) world.Fail($"the offset of {group} for input {row.Partition} cannot be read: {row.Error}");
                world.Oracle.CheckCopies(group, row.Partition, Math.Max(0, row.Offset));
            }
        }
    }

    /// <summary>No write that was ever admitted is admitted now: nobody would end its transaction.</summary>
    async Task SendStraysAsync()
    {
        foreach (var write in world.Oracle.AdmittedWrites)
        {
            if (broker.PartitionOf(write.Topic, write.Partition) is not { } sequencer) continue;
            foreach (var guard in (long[])[write.Guard, 0])
            {
                var stray = Stray(write.ProducerId, write.Epoch);
                RecordBatchHeader.TryRead(stray, out var header);
                var reply = await sequencer.AskAsync(PartitionCommand.AppendTransactional(header, stray, world.Topics.GivenOut, guard,
                    supportsEpochBump: true));
                world.Counts.Add("strays");
                if (reply.Error == ErrorCode.None && reply.Decision != SequenceDecision.Duplicate)
                    world.Fail($"a stray batch was appended to {sequencer.Name} with guard {guard}: {write}");
            }
        }
    }

    static byte[] Stray(ProducerId producerId, ProducerEpoch epoch)
    {
        using var builder = new RecordBatchBuilder(1024);
        builder.TryAppend(0, [], true, TransactionOracle.Stray, false);
        builder.Close(CompressionCodec.None);
        builder.Stamp(producerId, epoch, 0, transactional: true);
        return builder.Bytes.ToArray();
    }

    /// <summary>Each log alone, without its snapshots, tells what the machine is that lives.</summary>
    void CheckReplays()
    {
        foreach (var partition in broker.Partitions) partition.CheckReplay();
        foreach (var groups in broker.Groups) groups.CheckReplay();
        foreach (var coordinator in broker.Coordinators) coordinator.CheckReplay();
    }
}
