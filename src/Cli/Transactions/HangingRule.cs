using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Transactions;

/// <summary>A transaction that is open in a partition.</summary>
/// <param name="LastTimestamp">Of its producer's last batch there, in milliseconds since 1970.</param>
sealed record OpenTransaction(TopicPartition Partition, ProducerId ProducerId, int ProducerEpoch, int CoordinatorEpoch, long Start, long LastTimestamp);

/// <summary>
/// Which open transactions nobody will end: no coordinator has the producer's transaction with this partition in it (KIP-664). One whose coordinator knows it
/// ends by its time-out at the latest. Pure.
/// </summary>
static class HangingRule
{
    /// <summary>A transaction that was written to within the longest time-out may be one that its coordinator is just about to end.</summary>
    public static bool MayHang(OpenTransaction open, long now, TimeSpan longestTimeout) => now - open.LastTimestamp > longestTimeout.TotalMilliseconds;

    /// <param name="known">What coordinators have of the transactional ids of this producer id.</param>
    public static bool Hangs(OpenTransaction open, IEnumerable<TransactionDescription> known) =>
        !known.Any(told => told.ProducerId == open.ProducerId && told.Partitions.Contains(open.Partition));
}
