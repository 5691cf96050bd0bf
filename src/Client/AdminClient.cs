using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Administration;
using Semel.Client.Configuration;
using Semel.Client.Connections;

namespace Semel.Client;

/// <summary>
/// Topics, configurations, offsets and producers of a cluster, asked for and changed. Each call answers item by item: one that fails does not hide the
/// others. Questions are repeated until default.api.timeout.ms when what is in the way passes; a change that may have been carried out
/// is not, and says so. Nothing is connected to before the first call. Thread safe.
/// </summary>
public sealed class AdminClient : IAsyncDisposable
{
    readonly ClusterConnections _connections;
    readonly TopicAdministration _topics;
    readonly ClusterAdministration _cluster;
    readonly PartitionAdministration _partitions;

    /// <summary>Checks the configuration; connects to nothing.</summary>
    /// <param name="loggers">Null writes no log.</param>
    /// <param name="time">Null for the system's clock.</param>
    /// <exception cref="KafkaConfigException">A key or a value is refused.</exception>
    public AdminClient(IEnumerable<KeyValuePair<string, string>> config, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        var draft = ConfigDraft.Read(config, ConfigRole.Admin);
        var values = draft.Values;
        draft.Check(ConnectionConfig.CheckServers);
        draft.ThrowIfRefused();
        Config = draft.ToEffective(ConfigRole.Admin, idempotenceDisabledBy: null);
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("Semel.Client.AdminClient");
        if (Config.Ignored.Count > 0) Log.ConfigIgnored(logger, string.Join(", ", Config.Ignored));
        _connections = new ClusterConnections(ConnectionConfig.Options(values, "semel-admin", time ?? TimeProvider.System, logger));
        var calls = new AdminCalls(_connections, values.Duration("default.api.timeout.ms"));
        (_topics, _cluster, _partitions) = (new TopicAdministration(calls), new ClusterAdministration(calls), new PartitionAdministration(calls));
        (Transactions, Groups, Records) = (new TransactionAdministration(calls), new GroupAdministration(calls), new RecordsLeft(calls));
    }

    internal TransactionAdministration Transactions { get; }
    internal GroupAdministration Groups { get; }
    internal RecordsLeft Records { get; }

    /// <summary>
    /// A broker cannot be reached: told after the first attempt that failed, once per address and cause until it is reached again. Raised on the thread pool.
    /// </summary>
    public event Action<BrokerUnreachable>? Unreachable
    {
        add => _connections.Outages.Told += value;
        remove => _connections.Outages.Told -= value;
    }

    /// <summary>The configuration in effect.</summary>
    public EffectiveConfig Config { get; }

    /// <summary>Makes topics. Never repeated when nobody knows whether it was carried out.</summary>
    /// <param name="validateOnly">Only say whether it could be done.</param>
    /// <exception cref="KafkaException">No broker carried the request out; per-topic failures are in the results.</exception>
    public Task<IReadOnlyList<AdminResult<string, CreatedTopic>>> CreateTopicsAsync(IReadOnlyCollection<NewTopic> topics, bool validateOnly = false, CancellationToken cancellation = default) =>
        _topics.CreateAsync(topics, validateOnly, cancellation);

    /// <summary>Deletes topics with all their records. Never repeated when nobody knows whether it was carried out.</summary>
    /// <returns>The id of each deleted topic, where the broker tells it.</returns>
    /// <exception cref="KafkaException">No broker carried the request out; per-topic failures are in the results.</exception>
    public Task<IReadOnlyList<AdminResult<string, TopicId>>> DeleteTopicsAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation = default) => _topics.DeleteAsync(topics, cancellation);

    /// <summary>All topics that this client may see, by name.</summary>
    /// <exception cref="KafkaException">No broker answered.</exception>
    public Task<IReadOnlyList<TopicDescription>> ListTopicsAsync(CancellationToken cancellation = default) => _topics.ListAsync(cancellation);

    /// <summary>Partitions and leaders of topics. Asking never creates one.</summary>
    /// <exception cref="KafkaException">No broker answered; per-topic failures are in the results.</exception>
    public Task<IReadOnlyList<AdminResult<string, TopicDescription>>> DescribeTopicsAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation = default) => _topics.DescribeAsync(topics, cancellation);

    /// <summary>Configurations of topics and brokers, with where each value comes from.</summary>
    /// <exception cref="KafkaException">No broker answered; per-resource failures are in the results.</exception>
    public Task<IReadOnlyList<AdminResult<ConfigResource, IReadOnlyList<ConfigEntry>>>> DescribeConfigsAsync(IReadOnlyCollection<ConfigResource> resources, CancellationToken cancellation = default) =>
        _cluster.DescribeConfigsAsync(resources, cancellation);

    /// <summary>The cluster and its brokers.</summary>
    /// <exception cref="KafkaException">No broker answered.</exception>
    public Task<ClusterDescription> DescribeClusterAsync(CancellationToken cancellation = default) => _cluster.DescribeAsync(cancellation);

    /// <summary>Deletes what lies before each offset; <see cref="Offset.End"/> for everything up to the high watermark.</summary>
    /// <returns>Where each partition begins now.</returns>
    public Task<IReadOnlyList<AdminResult<TopicPartition, long>>> DeleteRecordsAsync(IReadOnlyCollection<TopicPartitionOffset> before, CancellationToken cancellation = default) => _partitions.DeleteRecordsAsync(before, cancellation);

    /// <summary>Where partitions begin, end, or have a time.</summary>
    /// <param name="isolation">With read_committed the latest offset is the last stable one.</param>
    public Task<IReadOnlyList<AdminResult<TopicPartition, ListedOffset>>> ListOffsetsAsync(IReadOnlyCollection<(TopicPartition Partition, OffsetSpec Spec)> partitions,
        IsolationLevel isolation = IsolationLevel.ReadUncommitted, CancellationToken cancellation = default) => _partitions.ListOffsetsAsync(partitions, isolation, cancellation);

    /// <summary>
    /// Who writes to each partition with an id, and since which offset a transaction is open there (KIP-664). A partition without a leader is asked about at a
    /// broker that holds it: where that one explains why the partition is offline, its words are the failure's.
    /// </summary>
    public Task<IReadOnlyList<AdminResult<TopicPartition, IReadOnlyList<ProducerDescription>>>> DescribeProducersAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default) =>
        _partitions.DescribeProducersAsync(partitions, cancellation);

    /// <summary>The same, by the word of one broker that holds the partitions; null asks their leaders.</summary>
    internal Task<IReadOnlyList<AdminResult<TopicPartition, IReadOnlyList<ProducerDescription>>>> DescribeProducersAsync(IReadOnlyCollection<TopicPartition> partitions, NodeId? broker, CancellationToken cancellation) =>
        broker is { } node ? _partitions.DescribeProducersAtAsync(node, partitions, cancellation) : _partitions.DescribeProducersAsync(partitions, cancellation);

    /// <summary>Closes the connections; calls under way fail.</summary>
    public ValueTask DisposeAsync() => _connections.DisposeAsync();
}
