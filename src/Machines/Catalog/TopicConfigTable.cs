namespace Semel.Machines.Catalog;

/// <summary>
/// All configurations a topic can have, by Kafka's names and with Kafka's defaults. A name that is not here is refused, as Kafka does.
/// Many belong to what this broker does not do (replicas, tiers, compaction): they are taken, so that tools written for Kafka work, and have no effect.
/// </summary>
public static class TopicConfigTable
{
    const string NoTiers = "this broker has no remote storage";

    /// <summary>Sorted by name.</summary>
    public static IReadOnlyList<TopicConfigEntry> All { get; } =
    [
        TopicConfigEntry.List("cleanup.policy", "delete", true, "What becomes of old records: 'delete' nothing by itself, as retention has no effect; 'compact' asks for a key in every record. Logs are not compacted.", "delete", "compact"),
        TopicConfigEntry.Int("compression.gzip.level", -1, -1, 9, true, "The gzip level of batches that are compressed here, because compression.type is gzip and their producer chose something else."),
        TopicConfigEntry.Int("compression.lz4.level", 9, 1, 17, true, "The lz4 level of batches that are compressed here, because compression.type is lz4 and their producer chose something else."),
        TopicConfigEntry.OneOf("compression.type", true, "How batches are compressed in the log: 'producer' leaves them as they come, 'uncompressed' opens them, a codec compresses those that have another one. Markers stay.", "producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"),
        TopicConfigEntry.Int("compression.zstd.level", 3, -131072, 22, true, "The zstd level of batches that are compressed here, because compression.type is zstd and their producer chose something else."),
        TopicConfigEntry.Long("delete.retention.ms", 86_400_000, 0, false, "How many milliseconds compaction keeps a tombstone."),
        TopicConfigEntry.Long("file.delete.delay.ms", 60_000, 0, false, "How many milliseconds a file that is no longer needed stays. They are deleted at once."),
        TopicConfigEntry.Long("flush.messages", long.MaxValue, 1, false, "After how many records the log is forced to disk. It is forced before every acknowledgement."),
        TopicConfigEntry.Long("flush.ms", long.MaxValue, 0, false, "After how many milliseconds the log is forced to disk. It is forced before every acknowledgement."),
        TopicConfigEntry.List("follower.replication.throttled.replicas", "", false, "Replicas whose fetching is slowed down. There is one replica."),
        TopicConfigEntry.Int("index.interval.bytes", 4096, 0, int.MaxValue, true, "How many bytes of a log lie between two entries of its indexes."),
        TopicConfigEntry.List("leader.replication.throttled.replicas", "", false, "Replicas whose serving is slowed down. There is one replica."),
        TopicConfigEntry.Long("local.retention.bytes", -2, -2, false, "How many bytes of a tiered log stay on the broker."),
        TopicConfigEntry.Long("local.retention.ms", -2, -2, false, "How many milliseconds the records of a tiered log stay on the broker."),
        TopicConfigEntry.Long("max.compaction.lag.ms", long.MaxValue, 1, false, "After how many milliseconds a record must be compacted."),
        TopicConfigEntry.Int("max.decompressed.message.bytes", 2_147_483_639, 1, 2_147_483_639, true, "The largest record in bytes in a compressed batch, as it is when decompressed."),
        TopicConfigEntry.Int("max.message.bytes", 1_048_588, 0, int.MaxValue, true, "The largest record batch in bytes, as it is sent."),
        TopicConfigEntry.Long("message.timestamp.after.max.ms", 3_600_000, 0, true, "How many milliseconds a record's timestamp may lie in the future. Not asked when the broker gives the timestamps."),
        TopicConfigEntry.Long("message.timestamp.before.max.ms", long.MaxValue, 0, true, "How many milliseconds a record's timestamp may lie in the past. Not asked when the broker gives the timestamps."),
        TopicConfigEntry.OneOf("message.timestamp.type", true, "Who gives records their timestamp: the producer (CreateTime) or the broker (LogAppendTime).", "CreateTime", "LogAppendTime"),
        TopicConfigEntry.Ratio("min.cleanable.dirty.ratio", "0.5", false, "How much of a log must be uncompacted before it is compacted."),
        TopicConfigEntry.Long("min.compaction.lag.ms", 0, 0, false, "How many milliseconds a record is safe from compaction."),
        TopicConfigEntry.Int("min.insync.replicas", 1, 1, int.MaxValue, false, "How many replicas must have a record before it is acknowledged. There is one replica, and one is enough."),
        TopicConfigEntry.Boolean("preallocate", false, "Whether a segment's file gets its full size at once."),
        TopicConfigEntry.Boolean("remote.log.copy.disable", false, "Whether a tiered log is no longer copied to remote storage.", NoTiers),
        TopicConfigEntry.Boolean("remote.log.delete.on.disable", false, "Whether a log's remote part is deleted when tiering ends.", NoTiers),
        TopicConfigEntry.Boolean("remote.storage.enable", false, "Whether old segments go to remote storage.", NoTiers),
        TopicConfigEntry.Long("retention.bytes", -1, -1, false, "How many bytes a partition keeps; -1 for no limit. DeleteRecords deletes."),
        TopicConfigEntry.Long("retention.ms", 604_800_000, -1, false, "How many milliseconds records are kept; -1 for ever. DeleteRecords deletes.", anyway: "-1"),
        TopicConfigEntry.Int("segment.bytes", 1 << 30, 1 << 20, int.MaxValue, true, "After how many bytes a log begins a new segment. Only whole segments are dropped, and a batch has to fit into one."),
        TopicConfigEntry.Int("segment.index.bytes", 10_485_760, 4, int.MaxValue, false, "How large a segment's index may become. It grows as needed."),
        TopicConfigEntry.Long("segment.jitter.ms", 0, 0, false, "How many milliseconds earlier a segment may end, by chance."),
        TopicConfigEntry.Long("segment.ms", 604_800_000, 1, true, "After how many milliseconds a log begins a new segment."),
        TopicConfigEntry.Boolean("unclean.leader.election.enable", false, "Whether a replica that lacks records may become leader. There is one replica."),
    ];

    static readonly Dictionary<string, TopicConfigEntry> ByName = All.ToDictionary(entry => entry.Name, StringComparer.Ordinal);

    public static TopicConfigEntry? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>
    /// A sentence about those of the values that have no effect here and would be missed; null when there is none. They are taken all the same: tools written
    /// for Kafka send them.
    /// </summary>
    public static string? Remark(IEnumerable<KeyValuePair<string, string>> values)
    {
        var missed = values.Where(pair => Find(pair.Key)?.IsMissed(pair.Value) == true).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}").ToArray();
        return missed.Length == 0 ? null : $"{string.Join(", ", missed)}: kept and told, without effect on this broker";
    }

    /// <summary>Why a name and value are refused; null when they are not.</summary>
    public static string? Refusal(string name, string? value)
    {
        if (Find(name) is not { } entry) return $"no topic has the configuration '{name}'";
        return value is null ? $"{name} has no value" : entry.Refusal(value);
    }
}
