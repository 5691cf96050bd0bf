using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Administration;
using Semel.Client.Configuration;
using Semel.Client.Connections;

namespace Semel.Client;

/// <inheritdoc cref="IAdminClient"/>
public sealed class AdminClient : IAdminClient, IConnectedClient
{
    readonly ClusterConnections _connections;
    readonly TopicAdministration _topics;
    readonly ClusterAdministration _cluster;
    readonly PartitionAdministration _partitions;
    readonly ConfigAdministration _configs;

    /// <summary>Checks the configuration; connects to nothing.</summary>
    /// <param name="loggers">Null writes no log.</param>
    /// <param name="time">Null for the system's clock.</param>
    /// <exception cref="KafkaConfigException">A key or a value is refused.</exception>
    public AdminClient(IEnumerable<KeyValuePair<string, string>> config, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        var draft = Check(config);
        var values = draft.Values;
        Config = draft.ToEffective(ConfigRole.Admin, idempotenceDisabledBy: null);
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("Semel.Client.AdminClient");
        if (Config.Ignored.Count > 0) Log.ConfigIgnored(logger, string.Join(", ", Config.Ignored));
        _connections = new ClusterConnections(ConnectionConfig.Options(values, "semel-admin", time ?? TimeProvider.System, logger));
        var calls = new AdminCalls(_connections, values.Duration("default.api.timeout.ms"));
        (_topics, _cluster, _partitions) = (new TopicAdministration(calls), new ClusterAdministration(calls), new PartitionAdministration(calls));
        _configs = new ConfigAdministration(calls);
        (Transactions, Groups, Records) = (new TransactionAdministration(calls), new GroupAdministration(calls), new RecordsLeft(calls));
    }

    /// <exception cref="KafkaConfigException">A key or a value is refused.</exception>
    internal static ConfigDraft Check(IEnumerable<KeyValuePair<string, string>> config)
    {
        var draft = ConfigDraft.Read(config, ConfigRole.Admin);
        draft.Check(ConnectionConfig.CheckServers);
        draft.ThrowIfRefused();
        return draft;
    }

    internal TransactionAdministration Transactions { get; }
    internal GroupAdministration Groups { get; }
    internal RecordsLeft Records { get; }

    /// <inheritdoc/>
    public event Action<BrokerUnreachable>? Unreachable
    {
        add => _connections.Outages.Told += value;
        remove => _connections.Outages.Told -= value;
    }

    /// <inheritdoc/>
    public EffectiveConfig Config { get; }

    /// <inheritdoc/>
    public ConnectionSummary Connections => _connections.Summary();

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<string, CreatedTopic>>> CreateTopicsAsync(IReadOnlyCollection<NewTopic> topics, bool validateOnly = false, CancellationToken cancellation = default) =>
        _topics.CreateAsync(topics, validateOnly, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<string, TopicId>>> DeleteTopicsAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation = default) => _topics.DeleteAsync(topics, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<string, int>>> CreatePartitionsAsync(IReadOnlyCollection<NewPartitions> partitions, bool validateOnly = false, CancellationToken cancellation = default) =>
        _topics.CreatePartitionsAsync(partitions, validateOnly, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TopicDescription>> ListTopicsAsync(CancellationToken cancellation = default) => _topics.ListAsync(cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<string, TopicDescription>>> DescribeTopicsAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation = default) => _topics.DescribeAsync(topics, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<ConfigResource, IReadOnlyList<ConfigEntry>>>> DescribeConfigsAsync(IReadOnlyCollection<ConfigResource> resources, CancellationToken cancellation = default) =>
        _cluster.DescribeConfigsAsync(resources, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<ConfigResource, IReadOnlyCollection<ConfigChange>>>> IncrementalAlterConfigsAsync(IReadOnlyDictionary<ConfigResource, IReadOnlyCollection<ConfigChange>> changes,
        bool validateOnly = false, CancellationToken cancellation = default) => _configs.AlterAsync(changes, validateOnly, cancellation);

    /// <inheritdoc/>
    public Task<ClusterDescription> DescribeClusterAsync(CancellationToken cancellation = default) => _cluster.DescribeAsync(cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<TopicPartition, long>>> DeleteRecordsAsync(IReadOnlyCollection<TopicPartitionOffset> before, CancellationToken cancellation = default) => _partitions.DeleteRecordsAsync(before, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<TopicPartition, ListedOffset>>> ListOffsetsAsync(IReadOnlyCollection<(TopicPartition Partition, OffsetSpec Spec)> partitions,
        IsolationLevel isolation = IsolationLevel.ReadUncommitted, CancellationToken cancellation = default) => _partitions.ListOffsetsAsync(partitions, isolation, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<TopicPartition, IReadOnlyList<ProducerDescription>>>> DescribeProducersAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default) =>
        _partitions.DescribeProducersAsync(partitions, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ListedGroup>> ListGroupsAsync(IReadOnlyCollection<string>? states = null, IReadOnlyCollection<string>? types = null, CancellationToken cancellation = default) =>
        Groups.ListAsync(states ?? [], types ?? [], cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<string, GroupDescription>>> DescribeGroupsAsync(IReadOnlyCollection<string> groups, CancellationToken cancellation = default) =>
        AdminCalls.EachAsync(groups, group => Groups.DescribeAsync(group, cancellation));

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<string, bool>>> DeleteGroupsAsync(IReadOnlyCollection<string> groups, CancellationToken cancellation = default) => Groups.DeleteAsync([.. groups], cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<TopicPartition, CommittedOffset>> ListGroupOffsetsAsync(string group, CancellationToken cancellation = default) => Groups.OffsetsAsync(group, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<TopicPartition, long>>> AlterGroupOffsetsAsync(string group, IReadOnlyCollection<TopicPartitionOffset> offsets, CancellationToken cancellation = default)
    {
        foreach (var offset in offsets)
            if (offset.Offset.Value < 0) throw new ArgumentException($"{offset}: only an offset from 0 on can be committed; ListOffsetsAsync tells where a partition begins and ends", nameof(offsets));
        return Groups.CommitAsync(group, offsets.ToDictionary(static offset => offset.TopicPartition, static offset => offset.Offset.Value), cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<TopicPartition, bool>>> DeleteGroupOffsetsAsync(string group, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default) =>
        Groups.DeleteOffsetsAsync(group, partitions, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<MemberToRemove, bool>>> RemoveMembersAsync(string group, IReadOnlyCollection<MemberToRemove> members, string? reason = null, CancellationToken cancellation = default) =>
        Groups.RemoveMembersAsync(group, [.. members], reason, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ListedTransaction>> ListTransactionsAsync(TransactionFilter? filter = null, CancellationToken cancellation = default) =>
        Transactions.ListAsync(filter?.States ?? [], filter?.ProducerIds ?? [], filter?.LongerThan is { } time ? (long)time.TotalMilliseconds : -1, filter?.Pattern, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<string, TransactionDescription>>> DescribeTransactionsAsync(IReadOnlyCollection<string> transactionalIds, CancellationToken cancellation = default) =>
        AdminCalls.EachAsync(transactionalIds, id => Transactions.DescribeAsync(id, cancellation));

    /// <inheritdoc/>
    public Task AbortTransactionAsync(HangingTransaction transaction, CancellationToken cancellation = default) => Transactions.AbortAsync(transaction, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AdminResult<string, FencedProducer>>> FenceProducersAsync(IReadOnlyCollection<string> transactionalIds, CancellationToken cancellation = default) =>
        AdminCalls.EachAsync(transactionalIds, id => Transactions.FenceAsync(id, cancellation));

    /// <summary>The same, by the word of one broker that holds the partitions; null asks their leaders.</summary>
    internal Task<IReadOnlyList<AdminResult<TopicPartition, IReadOnlyList<ProducerDescription>>>> DescribeProducersAsync(IReadOnlyCollection<TopicPartition> partitions, NodeId? broker, CancellationToken cancellation) =>
        broker is { } node ? _partitions.DescribeProducersAtAsync(node, partitions, cancellation) : _partitions.DescribeProducersAsync(partitions, cancellation);

    /// <summary>Closes the connections; calls under way fail.</summary>
    public ValueTask DisposeAsync() => _connections.DisposeAsync();
}
