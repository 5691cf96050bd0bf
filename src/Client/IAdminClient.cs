namespace Semel.Client;

/// <summary>
/// Topics, configurations, groups, transactions, offsets and producers of a cluster, asked for and changed. Each call answers item by item: one that fails does not hide the
/// others. Questions are repeated until default.api.timeout.ms when what is in the way passes; a change that may have been carried out and that would
/// do more when it is carried out twice is not, and says so. What no broker at hand offers is an error with <see cref="LocalErrorCode.NotOffered"/> and what to do instead. Nothing is connected
/// to before the first call. Thread safe. Of all calls: cancelling one stops waiting; what the broker was asked to do may be done all the same.
/// </summary>
public interface IAdminClient : IAsyncDisposable
{
    /// <summary>
    /// A broker cannot be reached: told after the first attempt that failed, once per address and cause until it is reached again. Raised on the thread pool.
    /// </summary>
    event Action<BrokerUnreachable>? Unreachable;

    /// <summary>The configuration in effect.</summary>
    EffectiveConfig Config { get; }

    /// <summary>Makes topics. Never repeated when nobody knows whether it was carried out.</summary>
    /// <param name="validateOnly">Only say whether it could be done.</param>
    /// <exception cref="KafkaException">No broker carried the request out; per-topic failures are in the results.</exception>
    Task<IReadOnlyList<AdminResult<string, CreatedTopic>>> CreateTopicsAsync(IReadOnlyCollection<NewTopic> topics, bool validateOnly = false, CancellationToken cancellation = default);

    /// <summary>Deletes topics with all their records. Never repeated when nobody knows whether it was carried out.</summary>
    /// <returns>The id of each deleted topic, where the broker tells it.</returns>
    /// <exception cref="KafkaException">No broker carried the request out; per-topic failures are in the results.</exception>
    Task<IReadOnlyList<AdminResult<string, TopicId>>> DeleteTopicsAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation = default);

    /// <summary>Gives topics more partitions (KIP-195). Sent again when nobody knows whether it was carried out: a topic that has the number already is refused and unchanged.</summary>
    /// <param name="validateOnly">Only say whether it could be done.</param>
    /// <returns>How many partitions each topic has now.</returns>
    /// <exception cref="KafkaException">No broker carried the request out; per-topic failures are in the results.</exception>
    Task<IReadOnlyList<AdminResult<string, int>>> CreatePartitionsAsync(IReadOnlyCollection<NewPartitions> partitions, bool validateOnly = false, CancellationToken cancellation = default);

    /// <summary>All topics that this client may see, by name.</summary>
    /// <exception cref="KafkaException">No broker answered.</exception>
    Task<IReadOnlyList<TopicDescription>> ListTopicsAsync(CancellationToken cancellation = default);

    /// <summary>Partitions and leaders of topics. Asking never creates one.</summary>
    /// <exception cref="KafkaException">No broker answered; per-topic failures are in the results.</exception>
    Task<IReadOnlyList<AdminResult<string, TopicDescription>>> DescribeTopicsAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation = default);

    /// <summary>Configurations of topics, brokers and groups, with where each value comes from.</summary>
    /// <exception cref="KafkaException">No broker answered; per-resource failures are in the results.</exception>
    Task<IReadOnlyList<AdminResult<ConfigResource, IReadOnlyList<ConfigEntry>>>> DescribeConfigsAsync(IReadOnlyCollection<ConfigResource> resources, CancellationToken cancellation = default);

    /// <summary>
    /// Changes single values of configurations and leaves the others as they are (KIP-339). Sent again when nobody knows whether it was carried out, unless it appends or subtracts.
    /// </summary>
    /// <param name="validateOnly">Only say whether it could be done.</param>
    /// <returns>For each resource its changes.</returns>
    /// <exception cref="KafkaException">No broker carried the request out; per-resource failures are in the results.</exception>
    Task<IReadOnlyList<AdminResult<ConfigResource, IReadOnlyCollection<ConfigChange>>>> IncrementalAlterConfigsAsync(IReadOnlyDictionary<ConfigResource, IReadOnlyCollection<ConfigChange>> changes,
        bool validateOnly = false, CancellationToken cancellation = default);

    /// <summary>The cluster and its brokers.</summary>
    /// <exception cref="KafkaException">No broker answered.</exception>
    Task<ClusterDescription> DescribeClusterAsync(CancellationToken cancellation = default);

    /// <summary>Deletes what lies before each offset (KIP-107); <see cref="Offset.End"/> for everything up to the high watermark.</summary>
    /// <returns>Where each partition begins now.</returns>
    Task<IReadOnlyList<AdminResult<TopicPartition, long>>> DeleteRecordsAsync(IReadOnlyCollection<TopicPartitionOffset> before, CancellationToken cancellation = default);

    /// <summary>Where partitions begin, end, or have a time.</summary>
    /// <param name="isolation">With read_committed the latest offset is the last stable one.</param>
    Task<IReadOnlyList<AdminResult<TopicPartition, ListedOffset>>> ListOffsetsAsync(IReadOnlyCollection<(TopicPartition Partition, OffsetSpec Spec)> partitions,
        IsolationLevel isolation = IsolationLevel.ReadUncommitted, CancellationToken cancellation = default);

    /// <summary>
    /// Who writes to each partition with an id, and since which offset a transaction is open there (KIP-664). A partition without a leader is asked about at a
    /// broker that holds it: where that one explains why the partition is offline, its words are the failure's.
    /// </summary>
    Task<IReadOnlyList<AdminResult<TopicPartition, IReadOnlyList<ProducerDescription>>>> DescribeProducersAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default);

    /// <summary>The groups of all brokers.</summary>
    /// <param name="states">Only those, by Kafka's words (Stable, Empty, PreparingRebalance, CompletingRebalance, Dead, Assigning, Reconciling); null or empty for all (KIP-518).</param>
    /// <param name="types">Only those, by Kafka's words (Classic, Consumer, Share, Streams); null or empty for all (KIP-848).</param>
    /// <exception cref="KafkaException">A broker does not answer, refuses, or is too old to filter so.</exception>
    Task<IReadOnlyList<ListedGroup>> ListGroupsAsync(IReadOnlyCollection<string>? states = null, IReadOnlyCollection<string>? types = null, CancellationToken cancellation = default);

    /// <summary>Groups of either protocol, with their members and what these have. A group that there is not is an error with <see cref="ErrorCode.GroupIdNotFound"/>.</summary>
    Task<IReadOnlyList<AdminResult<string, GroupDescription>>> DescribeGroupsAsync(IReadOnlyCollection<string> groups, CancellationToken cancellation = default);

    /// <summary>Deletes groups without members, and all their offsets (KIP-229). Never repeated when nobody knows whether it was carried out.</summary>
    Task<IReadOnlyList<AdminResult<string, bool>>> DeleteGroupsAsync(IReadOnlyCollection<string> groups, CancellationToken cancellation = default);

    /// <summary>All offsets that a group has committed. None for a group that does not exist. Offsets of open transactions are not among them.</summary>
    /// <exception cref="KafkaException">The coordinator does not answer, or refuses.</exception>
    Task<IReadOnlyDictionary<TopicPartition, CommittedOffset>> ListGroupOffsetsAsync(string group, CancellationToken cancellation = default);

    /// <summary>Commits in place of a group's members: only where it has none.</summary>
    /// <param name="offsets">The next record to be read of each partition, from 0 on.</param>
    /// <exception cref="KafkaException">The coordinator does not answer; per-partition failures are in the results.</exception>
    /// <exception cref="ArgumentException">An offset is none.</exception>
    Task<IReadOnlyList<AdminResult<TopicPartition, long>>> AlterGroupOffsetsAsync(string group, IReadOnlyCollection<TopicPartitionOffset> offsets, CancellationToken cancellation = default);

    /// <summary>Removes offsets of topics that no member of the group reads (KIP-496).</summary>
    /// <exception cref="KafkaException">The coordinator does not answer, or refuses; per-partition failures are in the results.</exception>
    Task<IReadOnlyList<AdminResult<TopicPartition, bool>>> DeleteGroupOffsetsAsync(string group, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default);

    /// <summary>Removes members from a group of the classic protocol, static ones by their names (KIP-345): others get their partitions at once.</summary>
    /// <param name="reason">For the broker's log; null gives none.</param>
    /// <exception cref="KafkaException">The coordinator does not answer, or refuses; per-member failures are in the results.</exception>
    Task<IReadOnlyList<AdminResult<MemberToRemove, bool>>> RemoveMembersAsync(string group, IReadOnlyCollection<MemberToRemove> members, string? reason = null, CancellationToken cancellation = default);

    /// <summary>The transactional ids that coordinators know (KIP-664).</summary>
    /// <param name="filter">Null for all.</param>
    /// <exception cref="KafkaException">A broker does not answer, refuses, or is too old to filter so.</exception>
    Task<IReadOnlyList<ListedTransaction>> ListTransactionsAsync(TransactionFilter? filter = null, CancellationToken cancellation = default);

    /// <summary>What coordinators know of transactional ids (KIP-664). One that nobody knows is an error with <see cref="ErrorCode.TransactionalIdNotFound"/>.</summary>
    Task<IReadOnlyList<AdminResult<string, TransactionDescription>>> DescribeTransactionsAsync(IReadOnlyCollection<string> transactionalIds, CancellationToken cancellation = default);

    /// <summary>Aborts what is open in one partition and what its coordinator knows nothing of (KIP-664): the marker of an abort is written there.</summary>
    /// <exception cref="KafkaException">The partition's leader refuses or cannot be reached.</exception>
    Task AbortTransactionAsync(HangingTransaction transaction, CancellationToken cancellation = default);

    /// <summary>Aborts what these transactional ids have open, and fences their producers (KIP-360): whoever has one gets a fenced error with the next call.</summary>
    Task<IReadOnlyList<AdminResult<string, FencedProducer>>> FenceProducersAsync(IReadOnlyCollection<string> transactionalIds, CancellationToken cancellation = default);
}

/// <summary>Which transactional ids are listed.</summary>
public sealed record TransactionFilter
{
    /// <summary>Only those, by Kafka's words (Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, Empty); empty for all.</summary>
    public IReadOnlyCollection<string> States { get; init; } = [];
    /// <summary>Only those of these producers; empty for all.</summary>
    public IReadOnlyCollection<ProducerId> ProducerIds { get; init; } = [];
    /// <summary>Only those that have run for longer (KIP-994); null for all.</summary>
    public TimeSpan? LongerThan { get; init; }
    /// <summary>Only ids that match this RE2 expression (KIP-1152); null for all.</summary>
    public string? Pattern { get; init; }
}
