using Semel.Broker.Sequencing;
using Semel.Machines.Partition;

namespace Semel.Broker.Topics;

/// <summary>One partition of one incarnation of a topic: its sequencer, and what a batch must keep to.</summary>
internal sealed class Partition(string topic, int number, EnvelopeLimits limits, Sequencer<PartitionCommand, PartitionReply, PartitionView> sequencer)
{
    public int Number => number;

    /// <summary>As a person writes it: topic and number with a dash between.</summary>
    public string Name { get; } = $"{topic}-{number}";

    public EnvelopeLimits Limits => limits;
    public Sequencer<PartitionCommand, PartitionReply, PartitionView> Sequencer => sequencer;
}
