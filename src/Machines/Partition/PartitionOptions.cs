using Semel.Protocol;

namespace Semel.Machines.Partition;

/// <summary>What a partition is told by its topic and its broker. May be replaced between turns; nothing of it is recorded.</summary>
public sealed record PartitionOptions
{
    /// <summary>Who gives batches their timestamp (message.timestamp.type).</summary>
    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary>How long a producer may be silent before it is forgotten (producer.id.expiration.ms, KIP-854). Counted from the append, not from record timestamps. Must exceed the clients' delivery timeout.</summary>
    public TimeSpan ProducerIdExpiration { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The least time between two searches for silent producers (producer.id.expiration.check.interval.ms).</summary>
    public TimeSpan ProducerIdExpirationCheckInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How many producers the partition remembers at most, at some 135 bytes each. Another one is refused with a retriable error; none is ever put out for it. By default
    /// forty new ones a second for a whole day, until the first of them is forgotten.
    /// </summary>
    public int MaxProducers { get; init; } = 4_000_000;

    /// <summary>Producers with this id or a later one were given it by this broker after the partition came to be.</summary>
    public ProducerId ProducersSince { get; init; } = new(0);

    /// <summary>
    /// From so long a silence on, the owner of an open transaction is asked whether it still knows it: some minutes above transaction.max.timeout.ms, by when it has ended every one that it knows.
    /// </summary>
    public TimeSpan HangingAfter { get; init; } = TimeSpan.FromMinutes(20);

    public static readonly PartitionOptions Default = new();
}
