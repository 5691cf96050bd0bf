using System.Collections.Concurrent;
using Semel.Broker.Door;
using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Handlers.Fetch;
using Semel.Broker.Handlers.Produce;
using Semel.Broker.Handlers.Topics;
using Semel.Broker.Handlers.Transactions;
using Semel.Broker.Sequencing;
using Semel.Broker.Tests.Sequencing;
using Semel.Broker.Tests.Support;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Topics;

/// <summary>A topic of the broker's own with a machine of this test behind it: how it comes to be, who may do what with it, and that it is read as any other.</summary>
public class StateTopicTests : IAsyncLifetime
{
    const int Partitions = 3;

    readonly CaughtLines _lines = new();
    readonly ManualTime _time = new();
    readonly ScriptedLogStore _store;
    readonly List<FrameClient> _clients = [];
    readonly ConcurrentQueue<string> _sealed = [];
    SequencerHost _host = null!;
    Sequencer<CatalogCommand, CatalogReply, CatalogView> _catalog = null!;
    TopicRegistry _topics = null!;
    StateTopic<DoorCommand, string, DoorView> _state = null!;
    Listener _listener = null!;

    public StateTopicTests() => _store = new ScriptedLogStore(_time);

    public Task InitializeAsync()
    {
        Start();
        return Task.CompletedTask;
    }

    void Start(int partitions = Partitions)
    {
        _host = SequencerHost.Of(_store, _time, _lines) with { PartsSealed = log => _sealed.Enqueue(log.LogName) };
        _catalog = new(new()
        {
            LogName = PartitionLogName.Catalog,
            OpenLog = CatalogLog.Open,
            NewMachine = static _ => new CatalogMachine(new CatalogOptions { MaxPartitions = 5 }),
            StorageFailed = static reason => CatalogReply.Failed(ErrorCode.KafkaStorageError, reason),
            Stopped = CatalogReply.Failed(ErrorCode.KafkaStorageError, "stopped"),
        }, _host);
        var ids = new ProducerIdSource(_catalog, _lines);
        _topics = new TopicRegistry(_catalog, _store, new PartitionFactory(_host, PartitionOptions.Default), ids, _lines);
        _state = new(new()
        {
            Name = InternalTopic.Transactions,
            PartitionCount = partitions,
            SegmentBytes = 2 << 20,
            Turns = static log => new()
            {
                LogName = log.Name,
                OpenLog = log.Open,
                NewMachine = static _ => new DoorMachine(),
                StorageFailed = static reason => $"storage failed: {reason}",
                Stopped = "stopped",
            },
            DescribeProducers = static async sequencer => new(ErrorCode.None, await sequencer.AskAsync(DoorCommandKind.Look), []),
        }, _topics, _lines);
        Assert.True(_catalog.Open());
        ids.Load(_topics.View);
        var node = new BrokerNode(new NodeId(1), "c", "127.0.0.1", 1);
        var reads = new ReadJournal(_time, _lines);
        _listener = TestDoor.Listen(_time, _lines,
            new ProduceHandler(_topics, ids, gate: null, new ProduceJournal(_time, _lines), _time),
            new FetchHandler(_topics, reads, new FetchMemory(1 << 28), new Semel.Broker.Handlers.Fetch.Sessions.FetchSessionCache(0, static () => 1, TimeProvider.System), 1 << 20, _time, default),
            new ListOffsetsHandler(_topics, reads, _time),
            new MetadataHandler(_topics, node, autoCreate: true, _time),
            new FindCoordinatorHandler(_topics, node, _time),
            new CreateTopicsHandler(_topics, _time),
            new DeleteTopicsHandler(_topics, _time),
            new DeleteRecordsHandler(_topics, ids, _time, _lines),
            new DescribeConfigsHandler(_topics, node, new([])),
            new DescribeProducersHandler(_topics, _time));
    }

    async Task StopAsync()
    {
        await _listener.DisposeAsync();
        await _host.Deadlines.DisposeAsync();
        await _topics.StopAsync(withSnapshots: true);
        await _catalog.StopAsync(withSnapshot: true);
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await StopAsync();
    }

    async Task<FrameClient> ConnectAsync()
    {
        var client = await FrameClient.ConnectAsync(_listener.EndPoint);
        _clients.Add(client);
        return client;
    }

    [Fact]
    public async Task Whoever_compacts_is_told_when_a_log_was_opened_and_when_a_part_of_it_was_sealed()
    {
        Assert.Equal(ErrorCode.None, await _state.ReadyAsync());
        await WriteAsync(1);
        var name = _state.All[1].LogName;
        Assert.Equal(1, _sealed.Count(log => log == name));
        await WriteAsync(1, times: 3);
        Assert.Equal(1, _sealed.Count(log => log == name));
        _time.Advance(TimeSpan.FromDays(8));
        await WriteAsync(1);
        // What comes after an answer is done before the next turn.
        await _state.All[1].AskAsync(DoorCommandKind.Look);
        Assert.Equal(2, _sealed.Count(log => log == name));
        Assert.Equal(2, _state.All[1].Log!.Parts().Count);
        Assert.Equal(1, _state.All[1].Log!.WriterEpoch);
    }

    async Task WriteAsync(int partition, int times = 1)
    {
        for (var time = 0; time < times; time++) Assert.Equal("done 0", await _state.All[partition].AskAsync(DoorCommandKind.Write));
    }

    [Fact]
    public async Task It_is_made_when_somebody_first_needs_it_and_by_all_who_need_it_at_once_together()
    {
        Assert.Empty(_state.All);
        Assert.Equal(TopicId.None, _state.TopicId);
        Assert.Throws<InvalidOperationException>(() => _state.Of("a"));
        var ready = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => _state.ReadyAsync().AsTask()));
        Assert.All(ready, error => Assert.Equal(ErrorCode.None, error));
        Assert.Equal(Partitions, _state.All.Count);
        Assert.All(_state.All, sequencer => Assert.NotNull(sequencer.View));
        Assert.Equal(Partitions, _store.Names.Count(name => name.StartsWith("__transaction_state-", StringComparison.Ordinal)));
        Assert.True(_state.ReadyAsync().IsCompletedSuccessfully);
        Assert.True(_topics.View.TryFind(InternalTopic.Transactions, out var topic));
        Assert.Equal((true, _state.TopicId, true, 2 << 20), (topic.IsInternal, topic.TopicId, topic.Config.IsCompacted, topic.Config.SegmentBytes));
        Assert.DoesNotContain(_lines.All, static line => line.Id == 503);
    }

    [Fact]
    public async Task It_is_there_again_after_a_restart_without_anybody_asking_for_it_and_keeps_its_partitions_whatever_the_setting_says()
    {
        await _state.ReadyAsync();
        var id = _state.TopicId;
        await WriteAsync(1, times: 2);
        await StopAsync();
        Start(partitions: 7);
        Assert.Equal((Partitions, id), (_state.All.Count, _state.TopicId));
        Assert.Contains("has 3 partitions", await _lines.WaitForAsync(505));
        Assert.True(await _state.All[1].OpenAsync());
        Assert.Equal(2, _state.All[1].View!.HighWatermark);
        Assert.Same(_state.All[_state.PartitionOf("some id")], _state.Of("some id"));
    }

    [Fact]
    public async Task Its_logs_are_opened_first_at_a_start()
    {
        await _topics.CreateAsync(new NewTopic { Name = "A", TopicId = NewTopicId.Next(), PartitionCount = 2 });
        await _state.ReadyAsync();
        await StopAsync();
        Start();
        Assert.Equal(["__transaction_state-0", "__transaction_state-1", "__transaction_state-2", "A-0", "A-1"], _topics.WithLogs().Select(sequencer => sequencer.LogName[..sequencer.LogName.IndexOf('~')]));
    }

    [Fact]
    public async Task When_it_cannot_be_made_clients_are_told_to_come_again_the_reason_is_told_once_and_the_next_try_may_succeed()
    {
        _store.CreateFault = static name => name.StartsWith("__", StringComparison.Ordinal) ? ScriptedLogStore.DeviceFull($"/data/logs/{name}") : null;
        for (var attempt = 0; attempt < 3; attempt++) Assert.Equal(ErrorCode.CoordinatorNotAvailable, await _state.ReadyAsync());
        var client = await ConnectAsync();
        var refused = Assert.Single((await client.AskAsync(new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = ["t"] }, 4)).Coordinators);
        Assert.Equal((ErrorCode.CoordinatorNotAvailable, -1), (refused.ErrorCode, refused.NodeId.Value));
        Assert.Contains("device is full", await _lines.WaitForAsync(504));
        _store.CreateFault = null;
        Assert.Equal(ErrorCode.None, await _state.ReadyAsync());
    }

    [Fact]
    public async Task A_topic_that_somebody_made_under_the_name_with_an_earlier_version_is_not_taken_for_it_and_may_be_deleted()
    {
        await StopAsync();
        _store.AppendToCatalog(new TopicRecord { Name = InternalTopic.Transactions, TopicId = NewTopicId.Next(), PartitionCount = 1 });
        Start();
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await _state.ReadyAsync());
        Assert.Contains("delete it", await _lines.WaitForAsync(504));
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.None, Assert.Single((await client.AskAsync(new DeleteTopicsRequest { TopicNames = [InternalTopic.Transactions], TimeoutMs = 10_000 }, 5)).Responses).ErrorCode);
        Assert.Equal(ErrorCode.None, await _state.ReadyAsync());
    }

    [Fact]
    public async Task FindCoordinator_makes_it_and_tells_this_node_for_every_key()
    {
        var client = await ConnectAsync();
        var found = (await client.AskAsync(new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = ["a", ""] }, 4)).Coordinators;
        Assert.All(found, row => Assert.Equal((ErrorCode.None, 1), (row.ErrorCode, row.NodeId.Value)));
        Assert.Equal(Partitions, _state.All.Count);
    }

    [Fact]
    public async Task FindCoordinator_tells_the_keys_whose_log_cannot_be_opened_and_why_and_the_others_their_node()
    {
        await _state.ReadyAsync();
        await StopAsync();
        var keys = Enumerable.Range(0, 12).Select(number => $"id-{number}").ToList();
        var damaged = $"{InternalTopic.Transactions}-{InternalTopic.PartitionOf(keys[0], Partitions)}~";
        _store.OpenFault = name => name.StartsWith(damaged, StringComparison.Ordinal) ? new LogDamagedException($"/data/logs/{name}: a bit is wrong at 61.") : null;
        Start();
        foreach (var log in _state.All) await log.OpenAsync();
        var client = await ConnectAsync();
        foreach (var row in (await client.AskAsync(new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = keys }, 4)).Coordinators)
        {
            var isDown = _state.PartitionOf(row.Key) == _state.PartitionOf(keys[0]);
            Assert.Equal(isDown ? (ErrorCode.CoordinatorNotAvailable, -1) : (ErrorCode.None, 1), (row.ErrorCode, row.NodeId.Value));
            if (isDown) Assert.Contains("a bit is wrong at 61", row.ErrorMessage);
        }
        var first = await client.AskAsync(new FindCoordinatorRequest { KeyType = 1, Key = keys[0] }, 3);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, first.ErrorCode);
    }

    [Fact]
    public async Task Metadata_makes_it_where_it_may_and_tells_it_as_internal()
    {
        var client = await ConnectAsync();
        var unknown = Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = InternalTopic.Transactions }], AllowAutoTopicCreation = false }, 12)).Topics);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, unknown.ErrorCode);
        var made = Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = InternalTopic.Transactions }], AllowAutoTopicCreation = true }, 12)).Topics);
        Assert.Equal((ErrorCode.None, true, Partitions, _state.TopicId), (made.ErrorCode, made.IsInternal, made.Partitions.Count, made.TopicId));
        await _topics.CreateAsync(new NewTopic { Name = "users", TopicId = NewTopicId.Next() });
        var all = (await client.AskAsync(new MetadataRequest { Topics = null }, 12)).Topics;
        Assert.Equal([(InternalTopic.Transactions, true), ("users", false)], all.Select(topic => (topic.Name!, topic.IsInternal)));
    }

    [Fact]
    public async Task Everybody_reads_it_and_a_fetch_that_waits_is_awakened()
    {
        await _state.ReadyAsync();
        await WriteAsync(2, times: 2);
        var client = await ConnectAsync();
        Assert.Equal(["x", "x"], await client.ReadAllAsync(InternalTopic.Transactions, 2));
        Assert.Empty(await client.ReadAllAsync(InternalTopic.Transactions));
        await client.SendAsync(Requests.Fetch(InternalTopic.Transactions, 2, offset: 2, maxWaitMs: 60_000), ApiKey.Fetch, Requests.FetchVersion);
        await WriteAsync(2);
        var row = Assert.Single(Assert.Single((await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion)).Response.Responses).Partitions);
        Assert.Equal((ErrorCode.None, 3L), (row.ErrorCode, row.HighWatermark));
        Assert.Equal(["x"], TestBatch.ValuesOf(row.Records!.Value));
        var listed = await client.AskAsync(new ListOffsetsRequest { Topics = [new() { Name = InternalTopic.Transactions, Partitions = [new() { PartitionIndex = 2, Timestamp = -1 }] }] }, 7);
        Assert.Equal(3, listed.Topics[0].Partitions[0].Offset);
    }

    [Fact]
    public async Task Its_configuration_and_its_producers_are_told()
    {
        await _state.ReadyAsync();
        var client = await ConnectAsync();
        var described = Assert.Single((await client.AskAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = InternalTopic.Transactions, ConfigurationKeys = null }] }, 4)).Results);
        Assert.Equal(ErrorCode.None, described.ErrorCode);
        Assert.Equal([("cleanup.policy", "compact"), ("segment.bytes", "2097152")], described.Configs.Where(static config => config.ConfigSource == 1).Select(static config => (config.Name, config.Value!)));
        var producers = (await client.AskAsync(new DescribeProducersRequest { Topics = [new() { Name = InternalTopic.Transactions, PartitionIndexes = [0, 9] }] }, 0)).Topics[0].Partitions;
        Assert.Equal([(ErrorCode.None, "done 0"), (ErrorCode.UnknownTopicOrPartition, null)], producers.Select(static row => (row.ErrorCode, row.ErrorMessage)));
    }

    [Theory]
    [InlineData("test")]
    [InlineData("__admin_client")]
    public async Task Nobody_writes_to_it_deletes_its_records_or_itself_or_makes_it(string clientId)
    {
        await _state.ReadyAsync();
        await using var client = await FrameClient.ConnectAsync(_listener.EndPoint, clientId: clientId);
        var rows = (await client.AskAsync(Requests.Produce([(InternalTopic.Transactions, 0, TestBatch.Plain("a")), (InternalTopic.Transactions, 9, TestBatch.Plain("a"))]), Requests.ProduceVersion)).Responses[0].PartitionResponses;
        Assert.Equal([ErrorCode.InvalidTopicException, ErrorCode.UnknownTopicOrPartition], rows.Select(static row => row.ErrorCode));
        Assert.Contains("the broker's own", rows[0].ErrorMessage);
        var deleted = (await client.AskAsync(new DeleteRecordsRequest { Topics = [new() { Name = InternalTopic.Transactions, Partitions = [new() { PartitionIndex = 0, Offset = -1 }, new() { PartitionIndex = 9 }] }], TimeoutMs = 10_000 }, 2)).Topics[0].Partitions;
        Assert.Equal([ErrorCode.InvalidTopicException, ErrorCode.UnknownTopicOrPartition], deleted.Select(static row => row.ErrorCode));
        Assert.Equal(ErrorCode.InvalidTopicException, Assert.Single((await client.AskAsync(new DeleteTopicsRequest { TopicNames = [InternalTopic.Transactions], TimeoutMs = 10_000 }, 5)).Responses).ErrorCode);
        Assert.Equal(ErrorCode.InvalidTopicException, Assert.Single((await client.AskAsync(new CreateTopicsRequest { Topics = [new() { Name = InternalTopic.Groups, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 10_000 }, 7)).Topics).ErrorCode);
        await WriteAsync(0);
        Assert.Equal(["x"], await client.ReadAllAsync(InternalTopic.Transactions));
    }

    [Fact]
    public async Task It_does_not_count_among_the_partitions_that_users_may_have()
    {
        await _topics.CreateAsync(new NewTopic { Name = "users", TopicId = NewTopicId.Next(), PartitionCount = 5 });
        Assert.Equal(ErrorCode.None, await _state.ReadyAsync());
    }
}
