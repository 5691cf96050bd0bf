using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>One partition's offset, committed or pending. 48 bytes, of which a million may be there.</summary>
internal readonly struct CommittedOffset(int partition, long offset, int leaderEpoch, long commitTimestamp, OffsetTopic topic, OffsetExtras? extras, long recordOffset)
{
    public readonly long Offset = offset;
    /// <summary>Where its record lies in the coordinator's log: of a pending and a committed one the later counts.</summary>
    public readonly long RecordOffset = recordOffset;
    /// <summary>Milliseconds since 1970.</summary>
    public readonly long CommitTimestamp = commitTimestamp;
    public readonly OffsetTopic Topic = topic;
    readonly OffsetExtras? _extras = extras;
    public readonly int Partition = partition;
    public readonly int LeaderEpoch = leaderEpoch;

    public string Metadata => _extras?.Metadata ?? "";
    /// <summary>Milliseconds since 1970, given by the client itself; -1 as a rule.</summary>
    public long ExpireTimestamp => _extras?.ExpireTimestamp ?? -1;
}

/// <summary>What few offsets have.</summary>
internal sealed record OffsetExtras(string Metadata, long ExpireTimestamp)
{
    public static OffsetExtras? Of(string metadata, long expireTimestamp) => metadata.Length == 0 && expireTimestamp < 0 ? null : new(metadata, expireTimestamp);
}

/// <summary>One incarnation of a topic of which some group has an offset: shared by all its offsets in a machine.</summary>
/// <param name="id">None in a record of an old version: then the name alone counts.</param>
internal sealed class OffsetTopic(string name, TopicId id)
{
    public string Name { get; } = name;
    public TopicId Id { get; } = id;
}
