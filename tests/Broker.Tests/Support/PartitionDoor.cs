using Semel.Broker.Door;
using Semel.Broker.Handlers.Fetch;
using Semel.Broker.Handlers.Produce;
using Semel.Broker.Handlers.Transactions;
using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Support;

/// <summary>A test with real partitions behind a real door, and a coordinator of transactions that does as the test says.</summary>
public abstract class PartitionDoor : IAsyncLifetime
{
    internal const string Topic = "t";

    readonly List<FrameClient> _clients = [];
    Sequencer<CatalogCommand, CatalogReply, CatalogView> _catalog = null!;
    SequencerHost _host = null!;
    PartitionFactory _partitions = null!;
    Listener _listener = null!;
    int _lookedAt;

    protected PartitionDoor() => Store = new ScriptedLogStore(Time);

    private protected CaughtLines Lines { get; } = new();
    private protected ManualTime Time { get; } = new();
    private protected ScriptedLogStore Store { get; }
    private protected ScriptedGate Gate { get; } = new();
    private protected TopicRegistry Topics { get; private set; } = null!;
    private protected FrameClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _host = SequencerHost.Of(Store, Time, Lines);
        _catalog = new(new()
        {
            LogName = PartitionLogName.Catalog,
            OpenLog = CatalogLog.Open,
            NewMachine = static _ => new CatalogMachine(new CatalogOptions { MaxPartitions = 20 }),
            StorageFailed = static reason => CatalogReply.Failed(ErrorCode.KafkaStorageError, reason),
            Stopped = CatalogReply.Failed(ErrorCode.KafkaStorageError, "stopped"),
        }, _host);
        var ids = new ProducerIdSource(_catalog, Lines);
        var hanging = new HangingTransactions(Gate, Lines);
        _partitions = new PartitionFactory(_host, PartitionOptions.Default) { Effects = (partition, effects) => _ = LookAtAsync(hanging, partition, effects) };
        Topics = new TopicRegistry(_catalog, Store, _partitions, ids, Lines);
        Assert.True(_catalog.Open());
        ids.Load(Topics.View);
        var reads = new ReadJournal(Time, Lines);
        _listener = TestDoor.Listen(Time, Lines,
            new ProduceHandler(Topics, ids, Gate, new ProduceJournal(Time, Lines), Time),
            new FetchHandler(Topics, reads, new FetchMemory(1 << 28), new Semel.Broker.Handlers.Fetch.Sessions.FetchSessionCache(0, static () => 1, TimeProvider.System), 1 << 20, Time, default),
            new ListOffsetsHandler(Topics, reads, Time),
            new WriteTxnMarkersHandler(Topics, Gate, Time),
            new DescribeProducersHandler(Topics, Time));
        Assert.Equal(ErrorCode.None, (await Topics.CreateAsync(new NewTopic { Name = Topic, TopicId = NewTopicId.Next(), PartitionCount = 4, Configs = [] })).Error);
        Client = await ConnectAsync();
    }

    /// <summary>How many transactions the partitions have asked about, and it was looked at them.</summary>
    private protected int LookedAt => Volatile.Read(ref _lookedAt);

    async Task LookAtAsync(HangingTransactions hanging, Partition partition, IReadOnlyList<Effect> effects)
    {
        foreach (var ask in effects.Cast<AskAboutTransaction>().ToArray())
        {
            await hanging.LookAtAsync(partition, ask);
            Interlocked.Increment(ref _lookedAt);
        }
    }

    private protected async Task<FrameClient> ConnectAsync()
    {
        var client = await FrameClient.ConnectAsync(_listener.EndPoint);
        _clients.Add(client);
        return client;
    }

    private protected UserPartition Partition(int number = 0)
    {
        Assert.True(Topics.TryFind(Topic, out var topic));
        return (UserPartition)topic.Find(number)!;
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await _listener.DisposeAsync();
        await _host.Deadlines.DisposeAsync();
        await Topics.StopAsync(withSnapshots: true);
        await _catalog.StopAsync(withSnapshot: true);
    }
}
