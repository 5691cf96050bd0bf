using System.Globalization;
using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>
/// The configuration of one topic: what was set for it, else the broker's own default, else Kafka's. Immutable, read once when the topic changes.
/// All values have been checked when they were set.
/// </summary>
public sealed class TopicConfig
{
    readonly IReadOnlyDictionary<string, string> _brokerDefaults;

    /// <exception cref="ArgumentException">A name or value that <see cref="TopicConfigTable"/> refuses.</exception>
    public TopicConfig(IReadOnlyDictionary<string, string> overrides, IReadOnlyDictionary<string, string> brokerDefaults)
    {
        Overrides = overrides;
        _brokerDefaults = brokerDefaults;
        foreach (var (name, value) in overrides)
            if (TopicConfigTable.Refusal(name, value) is { } refusal) throw new ArgumentException(refusal);
        var policies = TopicConfigEntry.Elements(Value("cleanup.policy"));
        IsCompacted = policies.Contains("compact");
        IsDeletedByRetention = policies.Contains("delete");
        MaxMessageBytes = Int("max.message.bytes");
        SegmentBytes = Int("segment.bytes");
        SegmentMs = Long("segment.ms");
        IndexIntervalBytes = Int("index.interval.bytes");
        RetentionMs = Long("retention.ms");
        RetentionBytes = Long("retention.bytes");
        TimestampType = Value("message.timestamp.type") == nameof(TimestampType.LogAppendTime) ? TimestampType.LogAppendTime : TimestampType.CreateTime;
        TimestampBeforeMaxMs = Long("message.timestamp.before.max.ms");
        TimestampAfterMaxMs = Long("message.timestamp.after.max.ms");
        Compression = Value("compression.type").Trim() switch
        {
            "uncompressed" => CompressionCodec.None,
            "producer" => null,
            var codec => Enum.Parse<CompressionCodec>(codec, ignoreCase: true),
        };
        CompressionLevel = Compression switch
        {
            CompressionCodec.Gzip => LevelOf("compression.gzip.level"),
            CompressionCodec.Lz4 => LevelOf("compression.lz4.level"),
            CompressionCodec.Zstd => LevelOf("compression.zstd.level"),
            _ => null,
        };
        MaxDecompressedRecordBytes = Int("max.decompressed.message.bytes");
    }

    /// <summary>What was set for this topic itself.</summary>
    public IReadOnlyDictionary<string, string> Overrides { get; }
    public bool IsCompacted { get; }
    /// <summary>Whether age and size drop segments.</summary>
    public bool IsDeletedByRetention { get; }
    public int MaxMessageBytes { get; }
    public int SegmentBytes { get; }
    public long SegmentMs { get; }
    public int IndexIntervalBytes { get; }
    /// <summary>-1: for ever.</summary>
    public long RetentionMs { get; }
    /// <summary>-1: no limit.</summary>
    public long RetentionBytes { get; }
    public TimestampType TimestampType { get; }
    public long TimestampBeforeMaxMs { get; }
    public long TimestampAfterMaxMs { get; }
    /// <summary>How batches are compressed in the log; null: as the producer compressed them.</summary>
    public CompressionCodec? Compression { get; }
    /// <summary>Of that codec; null for its own default.</summary>
    public int? CompressionLevel { get; }
    /// <summary>Of one record in a compressed batch.</summary>
    public int MaxDecompressedRecordBytes { get; }

    /// <summary>The value of one of <see cref="TopicConfigTable.All"/>, as text.</summary>
    public string Value(string name) => Overrides.GetValueOrDefault(name) ?? _brokerDefaults.GetValueOrDefault(name) ?? TopicConfigTable.Find(name)!.Default;

    /// <summary>Whether the broker, not Kafka, gives the default of this configuration.</summary>
    public bool IsBrokerDefault(string name) => !Overrides.ContainsKey(name) && _brokerDefaults.ContainsKey(name);

    /// <summary>Kafka's default of each is the codec's own: the fast compressor of lz4, where the number would name a slow one.</summary>
    int? LevelOf(string name) => Value(name).Trim() == TopicConfigTable.Find(name)!.Default ? null : Int(name);

    int Int(string name) => int.Parse(Value(name), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    long Long(string name) => long.Parse(Value(name), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
}
