namespace Semel.Machines.Groups;

/// <summary>What a group coordinator is told by its broker, by Kafka's names. Nothing of it is recorded.</summary>
public sealed record GroupOptions
{
    public static readonly GroupOptions Default = new();

    /// <summary>group.min.session.timeout.ms: a JoinGroup below is refused.</summary>
    public TimeSpan MinSessionTimeout { get; init; } = TimeSpan.FromSeconds(6);
    /// <summary>group.max.session.timeout.ms: a JoinGroup above is refused.</summary>
    public TimeSpan MaxSessionTimeout { get; init; } = TimeSpan.FromMinutes(30);
    /// <summary>group.initial.rebalance.delay.ms: how long the first rebalance of an empty group waits for more members.</summary>
    public TimeSpan InitialRebalanceDelay { get; init; } = TimeSpan.FromSeconds(3);
    /// <summary>group.max.size: members of one classic group.</summary>
    public int MaxSize { get; init; } = int.MaxValue;
    /// <summary>How long a new member may wait for its JoinGroup's answer, in which nobody knows whether its client is still there.</summary>
    public TimeSpan NewMemberJoinTimeout { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>The most bytes of one group's record: a group whose members' metadata are larger cannot be kept.</summary>
    public int MaxRecordBytes { get; init; } = 8 << 20;

    /// <summary>offset.metadata.max.bytes: of what a client stores beside an offset, counted in UTF-16 units as Kafka does.</summary>
    public int OffsetMetadataMaxBytes { get; init; } = 4096;
    /// <summary>offsets.retention.minutes: how long an offset that nobody uses is kept.</summary>
    public TimeSpan OffsetsRetention { get; init; } = TimeSpan.FromDays(7);
    /// <summary>offsets.retention.check.interval.ms.</summary>
    public TimeSpan OffsetsRetentionCheckInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>group.consumer.session.timeout.ms: what every KIP-848 member has.</summary>
    public TimeSpan ConsumerSessionTimeout { get; init; } = TimeSpan.FromSeconds(45);
    /// <summary>group.consumer.heartbeat.interval.ms: what a KIP-848 member is told; when it has just joined or waits for something that is about to come, a tenth of it.</summary>
    public TimeSpan ConsumerHeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>group.consumer.max.size: members of one KIP-848 group.</summary>
    public int ConsumerMaxSize { get; init; } = int.MaxValue;
    /// <summary>group.consumer.assignors: the first is taken when members do not choose.</summary>
    public IReadOnlyList<string> ConsumerAssignors { get; init; } = ["uniform", "range"];
    /// <summary>group.consumer.assignment.interval.ms: the least time between two target assignments of one group.</summary>
    public TimeSpan ConsumerAssignmentInterval { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary>group.consumer.migration.policy: which way a group with members may change its protocol.</summary>
    public MigrationPolicy ConsumerMigrationPolicy { get; init; } = MigrationPolicy.Bidirectional;
    /// <summary>group.consumer.regex.refresh.interval.ms. Without effect: regular expressions are compared with the topics whenever one comes or goes.</summary>
    public TimeSpan ConsumerRegexRefreshInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>producer.id.expiration.ms: how long a producer that commits offsets may be silent before it is forgotten.</summary>
    public TimeSpan ProducerIdExpiration { get; init; } = TimeSpan.FromDays(1);
    /// <summary>After how long without a word of its producer a transaction's coordinator is asked about it: longer than any may be open.</summary>
    public TimeSpan HangingAfter { get; init; } = TimeSpan.FromMinutes(20);
}
