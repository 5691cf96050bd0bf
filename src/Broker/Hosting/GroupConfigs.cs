using Semel.Machines.Catalog;
using Semel.Machines.Groups;

namespace Semel.Broker.Hosting;

/// <summary>The settings of the group coordinator, by Kafka's names. Part of <see cref="BrokerConfigTable"/>.</summary>
internal static class GroupConfigs
{
    static readonly string[] Assignors = ["uniform", "range"];

    public static BrokerConfigEntry[] All { get; } =
    [
        BrokerConfigEntry.Int("offsets.topic.num.partitions", 1, 10_000, "How many partitions the topic __consumer_offsets gets when it is made. One that is there keeps what it has.",
            static (options, value) => options with { GroupTopic = options.GroupTopic with { PartitionCount = value } }, static options => options.GroupTopic.PartitionCount),
        BrokerConfigEntry.Int("offsets.topic.segment.bytes", 1 << 20, int.MaxValue, "The segment.bytes of the topic __consumer_offsets when it is made.",
            static (options, value) => options with { GroupTopic = options.GroupTopic with { SegmentBytes = value } }, static options => options.GroupTopic.SegmentBytes),
        BrokerConfigEntry.Milliseconds("offsets.commit.timeout.ms", 1, "How many milliseconds a commit of offsets, or another request of a group, waits for the disk before its client is told to come again.",
            static (options, value) => options with { OffsetsCommitTimeout = value }, static options => options.OffsetsCommitTimeout),
        BrokerConfigEntry.Int("offsets.retention.minutes", 1, int.MaxValue, "How many minutes a committed offset is kept that no member reads any more: since the group has no members, or does not subscribe to the topic; without a group protocol, since the commit.",
            static (options, value) => Of(options, options.Groups with { OffsetsRetention = TimeSpan.FromMinutes(value) }), static options => (int)options.Groups.OffsetsRetention.TotalMinutes),
        Time("offsets.retention.check.interval.ms", 1, "How many milliseconds lie between two searches for offsets that are kept no longer.",
            static (groups, value) => groups with { OffsetsRetentionCheckInterval = value }, static groups => groups.OffsetsRetentionCheckInterval),
        BrokerConfigEntry.Int("offset.metadata.max.bytes", 0, int.MaxValue, "How long the text may be that a client stores beside an offset.",
            static (options, value) => Of(options, options.Groups with { OffsetMetadataMaxBytes = value }), static options => options.Groups.OffsetMetadataMaxBytes),
        Time("group.min.session.timeout.ms", 1, "The shortest session.timeout.ms that a member of a classic group may ask for.",
            static (groups, value) => groups with { MinSessionTimeout = value }, static groups => groups.MinSessionTimeout),
        Time("group.max.session.timeout.ms", 1, "The longest session.timeout.ms that a member of a classic group may ask for.",
            static (groups, value) => groups with { MaxSessionTimeout = value }, static groups => groups.MaxSessionTimeout),
        Time("group.initial.rebalance.delay.ms", 0, "How many milliseconds the first rebalance of an empty classic group waits for more members.",
            static (groups, value) => groups with { InitialRebalanceDelay = value }, static groups => groups.InitialRebalanceDelay),
        BrokerConfigEntry.Int("group.max.size", 1, int.MaxValue, "How many members a classic group may have.",
            static (options, value) => Of(options, options.Groups with { MaxSize = value }), static options => options.Groups.MaxSize),
        BrokerConfigEntry.Int("group.consumer.max.size", 1, int.MaxValue, "How many members a group of the consumer protocol (KIP-848) may have.",
            static (options, value) => Of(options, options.Groups with { ConsumerMaxSize = value }), static options => options.Groups.ConsumerMaxSize),
        Time("group.consumer.session.timeout.ms", 1, "After how many milliseconds without a heartbeat a member of the consumer protocol is given up.",
            static (groups, value) => groups with { ConsumerSessionTimeout = value }, static groups => groups.ConsumerSessionTimeout),
        Bound("group.consumer.min.session.timeout.ms", 1, "The lowest that group.consumer.session.timeout.ms may be.",
            static (bounds, value) => bounds with { MinSessionTimeout = value }, static bounds => bounds.MinSessionTimeout),
        Bound("group.consumer.max.session.timeout.ms", 1, "The highest that group.consumer.session.timeout.ms may be.",
            static (bounds, value) => bounds with { MaxSessionTimeout = value }, static bounds => bounds.MaxSessionTimeout),
        Time("group.consumer.heartbeat.interval.ms", 1, "How often members of the consumer protocol are told to send a heartbeat.",
            static (groups, value) => groups with { ConsumerHeartbeatInterval = value }, static groups => groups.ConsumerHeartbeatInterval),
        Bound("group.consumer.min.heartbeat.interval.ms", 1, "The lowest that group.consumer.heartbeat.interval.ms may be.",
            static (bounds, value) => bounds with { MinHeartbeatInterval = value }, static bounds => bounds.MinHeartbeatInterval),
        Bound("group.consumer.max.heartbeat.interval.ms", 1, "The highest that group.consumer.heartbeat.interval.ms may be.",
            static (bounds, value) => bounds with { MaxHeartbeatInterval = value }, static bounds => bounds.MaxHeartbeatInterval),
        Time("group.consumer.assignment.interval.ms", 0, "How many milliseconds lie at least between two assignments of one group of the consumer protocol.",
            static (groups, value) => groups with { ConsumerAssignmentInterval = value }, static groups => groups.ConsumerAssignmentInterval),
        Bound("group.consumer.min.assignment.interval.ms", 0, "The lowest that group.consumer.assignment.interval.ms may be.",
            static (bounds, value) => bounds with { MinAssignmentInterval = value }, static bounds => bounds.MinAssignmentInterval),
        Bound("group.consumer.max.assignment.interval.ms", 0, "The highest that group.consumer.assignment.interval.ms may be.",
            static (bounds, value) => bounds with { MaxAssignmentInterval = value }, static bounds => bounds.MaxAssignmentInterval),
        new("group.consumer.assignors", ConfigType.List, "The assignors on the broker's side, of uniform and range; the first is taken when the members choose none.",
            static (options, value) => TopicConfigEntry.Elements(value) is { Length: > 0 } names && names.All(Assignors.Contains) && names.Distinct().Count() == names.Length
                ? (Of(options, options.Groups with { ConsumerAssignors = names }), null)
                : (null, "it must be uniform, range, or both with a comma between; there are no assignors of other classes here"),
            static options => string.Join(',', options.Groups.ConsumerAssignors)),
        new("group.consumer.migration.policy", ConfigType.String, "Whether a group with members may change from the classic protocol to the consumer protocol (upgrade), back (downgrade), both ways (bidirectional) or neither (disabled).",
            static (options, value) => ReadPolicy(value) is { } policy ? (Of(options, options.Groups with { ConsumerMigrationPolicy = policy }), null) : (null, "it must be bidirectional, upgrade, downgrade or disabled"),
            static options => options.Groups.ConsumerMigrationPolicy.ToString().ToLowerInvariant()),
        Time("group.consumer.regex.refresh.interval.ms", 10_000, "After how many milliseconds a group's regular expressions are compared with the topics again. Without effect on this broker, which compares them whenever a topic comes or goes.",
            static (groups, value) => groups with { ConsumerRegexRefreshInterval = value }, static groups => groups.ConsumerRegexRefreshInterval),
    ];

    static BrokerOptions Of(BrokerOptions options, GroupOptions groups) => options with { Groups = groups };

    static BrokerConfigEntry Time(string name, long lowest, string documentation, Func<GroupOptions, TimeSpan, GroupOptions> set, Func<GroupOptions, TimeSpan> get) =>
        BrokerConfigEntry.Milliseconds(name, lowest, documentation, (options, value) => Of(options, set(options.Groups, value)), options => get(options.Groups));

    static BrokerConfigEntry Bound(string name, long lowest, string documentation, Func<ConsumerGroupBounds, TimeSpan, ConsumerGroupBounds> set, Func<ConsumerGroupBounds, TimeSpan> get) =>
        BrokerConfigEntry.Milliseconds(name, lowest, documentation,
            (options, value) => options with { ConsumerGroupBounds = set(options.ConsumerGroupBounds, value) }, options => get(options.ConsumerGroupBounds));

    static MigrationPolicy? ReadPolicy(string value) => value.ToLowerInvariant() switch
    {
        "bidirectional" => MigrationPolicy.Bidirectional,
        "upgrade" => MigrationPolicy.Upgrade,
        "downgrade" => MigrationPolicy.Downgrade,
        "disabled" => MigrationPolicy.Disabled,
        _ => null,
    };
}
