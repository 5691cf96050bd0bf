using Semel.Client.Connections;
using Semel.Client.Grouping;
using Semel.Client.Grouping.Offsets;

namespace Semel.Client.Transacting.Sending;

/// <summary>Reads what is committed for witnesses, once no transaction has it pending any more (KIP-447). Thread safe.</summary>
internal sealed class WitnessReader(ClusterConnections connections)
{
    /// <returns>One for each witness, in their order.</returns>
    /// <exception cref="KafkaException">They cannot be read in time.</exception>
    public async Task<IReadOnlyList<WitnessFound>> ReadAsync(IReadOnlyList<Witness> witnesses, TimeSpan timeout, CancellationToken cancellation)
    {
        var found = new Dictionary<(string, TopicPartition), WitnessFound>();
        foreach (var group in witnesses.GroupBy(static witness => witness.GroupId, StringComparer.Ordinal))
        {
            var offsets = new GroupOffsets(new GroupOptions { GroupId = group.Key }, connections);
            var stored = await offsets.FetchAsync([.. group.Select(static witness => witness.Partition)], cancellation, timeout).ConfigureAwait(false);
            foreach (var (partition, offset) in stored) found[(group.Key, partition)] = new WitnessFound(offset.Offset, offset.Metadata);
        }
        return [.. witnesses.Select(witness => found.GetValueOrDefault((witness.GroupId, witness.Partition), new WitnessFound(-1, null)))];
    }
}
