using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>What a topic allows of a produced batch. Immutable; by Kafka's names of the topic's configs.</summary>
public readonly record struct EnvelopeLimits()
{
    /// <summary>max.message.bytes: the largest batch in bytes, as it is sent.</summary>
    public int MaxMessageBytes { get; init; } = 1_048_588;
    /// <summary>segment.bytes: a batch has to fit into one segment.</summary>
    public int SegmentBytes { get; init; } = 1 << 30;
    /// <summary>message.timestamp.type</summary>
    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;
    /// <summary>message.timestamp.before.max.ms: how far a record's timestamp may lie in the past; no limit by default.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;
    /// <summary>message.timestamp.after.max.ms: how far it may lie in the future.</summary>
    public long TimestampAfterMaxMs { get; init; } = 3_600_000;
    /// <summary>cleanup.policy contains "compact": every record needs a key.</summary>
    public bool Compacted { get; init; }
    /// <summary>
    /// How compressed records are opened: with which codecs, how many bytes a batch may have when decompressed, so that a small batch cannot make the broker take gigabytes, and how many
    /// one record of it (max.decompressed.message.bytes).
    /// </summary>
    public RecordReading Reading { get; init; } = new();

    /// <summary>compression.type: how batches are compressed in the log; null as they come.</summary>
    public CompressionCodec? Compression { get; init; }

    /// <summary>compression.gzip.level and its like, of that codec; null for its own default.</summary>
    public int? CompressionLevel { get; init; }
}
