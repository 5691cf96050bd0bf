using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Semel.Broker.Compaction;
using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Log;
using Semel.Log.Memory;
using Semel.Log.Segments;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Broker.Hosting;

/// <summary>
/// A running broker: the composition of door, handlers, turns and logs.
///
/// Start: the address is taken, the catalog's log is opened and folded, connections are served; the partitions' logs are opened as they are needed,
/// and all others behind them. So an empty broker serves at once, and one with much data as soon as its catalog is there.
/// Stop: no more connections are taken and no more requests read; what is under way is answered; then each log gets a snapshot and is closed in
/// order, the catalog's last. A broker that is disposed without that loses nothing that was acknowledged; its next start reads more.
/// </summary>
public sealed class SemelBroker : IAsyncDisposable
{
    static readonly TimeSpan DefaultStopTimeout = TimeSpan.FromSeconds(10);

    readonly ILogger _logger;
    readonly ILogStore _store;
    readonly bool _ownsStore;
    readonly CancellationTokenSource _stopping = new();
    readonly SequencerHost _host;
    readonly CompactionWorker _compaction;
    readonly Sequencer<CatalogCommand, CatalogReply, CatalogView> _catalog;
    readonly ProducerIdSource _producerIds;
    readonly TopicRegistry _topics;
    readonly GroupCoordinator _groups;
    readonly TransactionCoordinator _transactions;
    /// <summary>Beyond the longest time that a transaction may ask for: by then its coordinator has ended it.</summary>
    static readonly TimeSpan HangingMargin = TimeSpan.FromMinutes(5);

    readonly Listener _listener;
    readonly TimeProvider _time;
    LogOpener _opener = new([]);
    Task? _stopped;

    SemelBroker(BrokerOptions options, Listener listener, ILogStore store, bool ownsStore, TimeProvider time, ILogger logger)
    {
        (Options, _listener, _store, _ownsStore, _time, _logger) = (options, listener, store, ownsStore, time, logger);
        _compaction = new CompactionWorker(new CompactionSettings { MinCleanableRatio = options.CompactionMinCleanableRatio, KeyBytes = options.CompactionKeyBytes }, time, logger);
        _host = SequencerHost.Of(store, time, logger) with { PartsSealed = log => _compaction.Request(new CompactedLog(log)) };
        _catalog = new(CatalogSettings(options), _host);
        var partitions = new PartitionFactory(_host, new PartitionOptions
        {
            ProducerIdExpiration = options.ProducerIdExpiration,
            ProducerIdExpirationCheckInterval = options.ProducerIdExpirationCheckInterval,
            MaxProducers = options.MaxProducersPerPartition,
            HangingAfter = options.Transactions.LongestTimeout + HangingMargin,
        });
        _producerIds = new ProducerIdSource(_catalog, logger);
        _topics = new TopicRegistry(_catalog, store, partitions, _producerIds, logger);
        _groups = new GroupCoordinator(options, options.Transactions.LongestTimeout + HangingMargin, _topics, time, logger, _stopping.Token);
        var effects = new TransactionEffects(new ParticipantTable(_topics), _producerIds, listener.OpenConnections, time, logger);
        _transactions = new TransactionCoordinator(options.Transactions, (options.TransactionTopic.PartitionCount, options.TransactionTopic.SegmentBytes), _topics, _producerIds, effects, logger)
        {
            Patience = new AdmissionPatience(options.AddPartitionsPause, options.AddPartitionsLongestWait),
        };
        var hanging = new HangingTransactions(_transactions, logger);
        partitions.Effects = _groups.Effects = LookAt;
        void LookAt(Partition partition, IReadOnlyList<Effect> asked)
        {
            foreach (var effect in asked)
                if (effect is AskAboutTransaction old) _ = hanging.LookAtAsync(partition, old);
        }
    }

    async Task StartAsync()
    {
        if (TopicConfigTable.Remark(Options.TopicDefaults) is { } defaults) Broker.Log.TopicDefaultsWithoutEffect(_logger, defaults);
        foreach (var remark in _store.Remarks) Broker.Log.StoreRemark(_logger, remark);
        if (!_catalog.Open()) throw CatalogFailure();
        ClusterId = await new ClusterIdentity(_store, _catalog, _logger).LoadAsync(Options.ClusterId);
        _producerIds.Load(_topics.View);
        new StrayLogs(_store, _topics.View, _catalog.Log!, _logger).Remove();
        _opener = new LogOpener(_topics.WithLogs());
        var node = new BrokerNode(Options.NodeId, ClusterId, AdvertisedHost, AdvertisedPort);
        _listener.Start(BrokerApis.Build(Options, node, _topics, _producerIds, _transactions, _groups, _time, _logger, _stopping.Token));
        _opener.Start();
        ServingBrokers.Add(this);
        Broker.Log.Serving(_logger, EndPoint, Options.NodeId, ClusterId, _topics.View.TopicCount, _topics.View.PartitionCount);
    }

    // Without its catalog a broker does not know which topics there are: this alone stops it. The kind of failure is the kind of remedy, and so it is kept.
    IOException CatalogFailure() => _catalog.OpenFailure is LogDamagedException or LogHoleException
        ? new LogDamagedException($"the broker's catalog of topics cannot be read: {_catalog.OfflineReason}")
        : new IOException($"the broker's catalog of topics could not be opened: {_catalog.OfflineReason}", _catalog.OpenFailure);

    public BrokerOptions Options { get; }

    /// <summary>What is listened on, with the port that was really taken.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    public string AdvertisedHost => Options.AdvertisedHost ?? (EndPoint.Address.Equals(IPAddress.Any) || EndPoint.Address.Equals(IPAddress.IPv6Any) ? Dns.GetHostName() : Options.Host);
    public int AdvertisedPort => Options.AdvertisedPort is { } port and not 0 ? port : EndPoint.Port;

    /// <summary>What a client is given to find this broker: host and port.</summary>
    public string BootstrapServers => AdvertisedHost.Contains(':') ? $"[{AdvertisedHost}]:{AdvertisedPort}" : $"{AdvertisedHost}:{AdvertisedPort}";

    public string ClusterId { get; private set; } = "";

    internal Listener Listener => _listener;
    internal int ConnectionCount => _listener.ConnectionCount;
    internal int GroupCount => _groups.Count;
    internal TopicRegistry Topics => _topics;
    internal GroupCoordinator Groups => _groups;

    /// <summary>Completes when all logs that existed at the start are open or have been reported as offline.</summary>
    internal Task LogsOpened => _opener.Completion;

    /// <summary>Starts a broker, which serves when this completes.</summary>
    /// <param name="store">Where the logs are; null for what the options say. A store that is given is not disposed with the broker.</param>
    /// <param name="loggers">Null writes no log.</param>
    /// <exception cref="BrokerConfigException">The options contradict each other, or the data belongs to another cluster.</exception>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    /// <exception cref="IOException">The data cannot be opened.</exception>
    /// <exception cref="BrokerResourcesException">The system gives this process too few threads.</exception>
    public static async Task<SemelBroker> StartAsync(BrokerOptions options, ILogStore? store = null, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        options.Check();
        time ??= TimeProvider.System;
        var logger = new GuardedLogger((loggers ?? NullLoggerFactory.Instance).CreateLogger("Semel.Broker"));
        // Before anything is opened: the logs' store looks at the limit when it begins.
        var descriptors = ProcessLimits.Budget(options, logger);
        var address = await AddressOfAsync(options.Host);
        var listener = new Listener(new IPEndPoint(address, options.Port), Door(options, descriptors), new RequestMemory(options.QueuedMaxRequestBytes), time, logger);
        SemelBroker? broker = null;
        try
        {
            broker = new SemelBroker(options, listener, store ?? OpenStore(options, descriptors, time), ownsStore: store is null, time, logger);
            await broker.StartAsync();
            return broker;
        }
        catch
        {
            await listener.DisposeAsync();
            if (broker is not null) await broker.EndAsync(withSnapshots: false);
            throw;
        }
    }

    static ILogStore OpenStore(BrokerOptions options, DescriptorBudget descriptors, TimeProvider time) => options.DataDirectory is { } folder
        ? new SegmentLogStore(new SegmentStoreOptions { Directory = folder, Flush = options.Flush == FlushPolicy.Disk ? FlushMode.Disk : FlushMode.Os, Time = time, MostOpenFiles = descriptors.Files })
        : new MemoryLogStore(time);

    static async Task<IPAddress> AddressOfAsync(string host)
    {
        if (host == BrokerOptions.LoopbackHost) return IPAddress.Loopback;
        if (IPAddress.TryParse(host, out var address)) return address;
        var found = await Dns.GetHostAddressesAsync(host);
        return found.FirstOrDefault(candidate => candidate.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
    }

    static DoorSettings Door(BrokerOptions options, DescriptorBudget descriptors) => new()
    {
        MaxRequestBytes = options.MaxRequestBytes,
        // Every partition there may be, with all that is said of it; the upper bound keeps what it may take in memory an int.
        MaxRequestElements = (int)Math.Min(4_000_000, options.MaxPartitions * 10L),
        MaxConnections = Math.Min(options.MaxConnections, descriptors.Connections),
        MaxConnectionsReason = options.MaxConnections <= descriptors.Connections ? $"max.connections, {options.MaxConnections}, is reached" : descriptors.Refusal,
        MaxConnectionsPerAddress = options.MaxConnectionsPerAddress,
        IdleTimeout = options.ConnectionsMaxIdle,
        ProgressTimeout = options.RequestProgressTimeout,
    };

    static SequencerSettings<CatalogCommand, CatalogReply, CatalogView> CatalogSettings(BrokerOptions options)
    {
        var catalog = new CatalogOptions
        {
            NodeId = options.NodeId,
            DefaultPartitionCount = options.DefaultPartitionCount,
            MaxPartitions = options.MaxPartitions,
            TopicDefaults = options.TopicDefaults,
        };
        return new()
        {
            LogName = PartitionLogName.Catalog,
            OpenLog = CatalogLog.Open,
            NewMachine = _ => new CatalogMachine(catalog),
            StorageFailed = static reason => CatalogReply.Failed(ErrorCode.KafkaStorageError, $"the broker's catalog of topics could not be written: {reason}"),
            LastResort = "Without it nobody knows which topics the other logs of the folder belong to; where there is no copy of it, begin with another folder.",
            Stopped = CatalogReply.Failed(ErrorCode.KafkaStorageError, "the broker stops"),
        };
    }

    /// <summary>Stops in order.</summary>
    /// <param name="timeout">How long requests under way may take; 10 seconds when null. Then their connections are cut, and the logs are closed all the
    /// same.</param>
    public Task StopAsync(TimeSpan? timeout = null)
    {
        lock (_stopping) return _stopped ??= StopOnceAsync(timeout ?? DefaultStopTimeout);
    }

    async Task StopOnceAsync(TimeSpan timeout)
    {
        Broker.Log.Stopping(_logger, timeout);
        await _stopping.CancelAsync();
        if (!await _listener.StopAsync(timeout)) Broker.Log.StopTimedOut(_logger, timeout);
        await EndAsync(withSnapshots: true);
        if (NotClosed is { } reason) Broker.Log.StoppedNotClosed(_logger, Options.DataDirectory, reason);
        else Broker.Log.Stopped(_logger);
    }

    /// <summary>
    /// After the stop: why the data folder could not be closed in order, as on a full or failing device; null when it was. Nothing that was acknowledged is
    /// lost by that: the next start recovers it.
    /// </summary>
    public string? NotClosed => _ownsStore && _store is SegmentLogStore segments ? segments.NotClosed : null;

    // What is left when no request is under way any more.
    async Task EndAsync(bool withSnapshots)
    {
        ServingBrokers.Remove(this);
        await _host.Deadlines.DisposeAsync();
        await _opener.StopAsync();
        await _compaction.DisposeAsync();
        if (_ownsStore) _store.Closing();
        await _topics.StopAsync(withSnapshots);
        await _catalog.StopAsync(withSnapshots);
        if (_ownsStore) await _store.DisposeAsync();
    }

    /// <summary>Creates a topic without a connection. For tests.</summary>
    internal Task<CatalogReply> CreateTopicAsync(string name, int partitions, IReadOnlyDictionary<string, string> configs) =>
        _topics.CreateAsync(new NewTopic { Name = name, TopicId = NewTopicId.Next(), PartitionCount = partitions, Configs = [.. configs.Select(config => KeyValuePair.Create<string, string?>(config.Key, config.Value))] });

    /// <summary>Ends as if the process had: connections are cut, no snapshot is written. For tests.</summary>
    internal async Task KillAsync()
    {
        await _stopping.CancelAsync();
        await _listener.StopAsync(TimeSpan.Zero);
        await EndAsync(withSnapshots: false);
        lock (_stopping) _stopped ??= Task.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
