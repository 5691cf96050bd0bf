using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>A batch of the client's machine, and the records that are in it.</summary>
internal sealed class ClientBatch(TopicPartition partition, TimeSpan acceptedAt, IReadOnlyList<SimulatedRecord> records) : ProducerBatch(partition, acceptedAt)
{
    public IReadOnlyList<SimulatedRecord> Records => records;
}
