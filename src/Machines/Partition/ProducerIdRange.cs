using Semel.Protocol;

namespace Semel.Machines.Partition;

/// <summary>The producer ids that this broker has given out so far, in rising order: what is outside comes from another broker, or was made up.</summary>
/// <param name="First">The first one of all.</param>
/// <param name="Next">The one that will be given out next.</param>
public readonly record struct ProducerIdRange(ProducerId First, ProducerId Next)
{
    public bool Contains(ProducerId id) => id.Value >= First.Value && id.Value < Next.Value;
}
