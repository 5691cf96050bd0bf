using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Compaction;

/// <summary>What one compaction is given beside the batches.</summary>
public sealed record CompactionPolicy
{
    /// <summary>The batches begin where the log does, so that nothing older of any key is below them: only then tombstones and markers without their data may go.</summary>
    public required bool BeginsAtLogStart { get; init; }

    /// <summary>Tombstones with a timestamp of this or before, in milliseconds since 1970, may go; <see cref="long.MinValue"/> for none.</summary>
    public long TombstonesUpTo { get; init; } = long.MinValue;

    /// <summary>
    /// The lowest offset from which the log may be folded on top of a snapshot. Tombstones and markers at or above it stay: a snapshot may hold what they end. By default there is no snapshot.
    /// </summary>
    public long FoldedFrom { get; init; } = long.MaxValue;

    /// <summary>Whether a producer has to be known still when the log is folded anew. Null: all have to.</summary>
    public Func<ProducerId, bool>? IsProducerNeeded { get; init; }

    /// <summary>How much memory keys may take, in bytes, from 1 on. When they need more the batches are looked at more often, a share of the keys each time.</summary>
    public long KeyBytes { get; init; } = 16 << 20;

    /// <summary>For compressed batches; those that they cannot open stay whole.</summary>
    public IRecordCodecs? Codecs { get; init; }

    /// <summary>For the places of keys in memory: another one for each compaction, so that nobody can choose keys that meet.</summary>
    public ulong HashSeed { get; init; }
}
