using Semel.Broker.Sequencing;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>A partition of a topic that clients write to: its sequencer, and what a batch must keep to.</summary>
internal sealed class UserPartition(Participant participant, EnvelopeLimits limits, Sequencer<PartitionCommand, PartitionReply, PartitionView> sequencer)
    : Partition(participant.Topic, participant.Partition)
{
    /// <summary>As coordinators of transactions know it.</summary>
    public Participant Participant => participant;

    public AdmittedWrites Admitted { get; } = new();

    public EnvelopeLimits Limits => limits;
    public Sequencer<PartitionCommand, PartitionReply, PartitionView> Sequencer => sequencer;
    public override IReadableLog Reader => sequencer;
    public override ISequencer Writer => sequencer;

    public override async Task<DescribedProducers> DescribeProducersAsync()
    {
        var reply = await sequencer.AskAsync(PartitionCommand.DescribeProducers);
        return new(reply.Error, reply.Message, reply.Producers ?? []);
    }

    public override async Task<ErrorCode> EndTransactionAsync(EndMarker marker)
    {
        Admitted.Forget();
        return (await sequencer.AskAsync(PartitionCommand.EndTransaction(marker))).Error;
    }
}
