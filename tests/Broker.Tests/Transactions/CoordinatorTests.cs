using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Broker.Topics;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Transactions;

/// <summary>Whole transactions over the wire, in both protocols.</summary>
public class CoordinatorTests : BrokerTest
{
    const string Topic = "orders";

    readonly ManualTime _time = new();
    protected override TimeProvider? Time => _time;
    /// <summary>Hours pass at once: no connection is idle or late by that.</summary>
    protected override BrokerOptions Options => new() { ConnectionsMaxIdle = TimeSpan.FromDays(100), RequestProgressTimeout = TimeSpan.FromDays(100) };

    async Task<TransactionalClient> BeginAsync(bool isNew, string id = "copier", int timeoutMs = 60_000)
    {
        if (!Broker.Broker.Topics.TryFind(Topic, out _)) await Broker.CreateTopicAsync(Topic, 3);
        var client = new TransactionalClient(await ConnectAsync(), id, isNew);
        Assert.Equal(ErrorCode.None, await client.InitAsync(timeoutMs));
        return client;
    }

    async Task<List<string>> CommittedAsync(int partition = 0, string topic = Topic)
    {
        var row = await (await ConnectAsync()).FetchAsync(topic, partition, 0, IsolationLevel.ReadCommitted);
        Assert.Equal(row.HighWatermark, row.LastStableOffset);
        return TestBatch.CommittedOf(row);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_committed_can_be_read_when_the_commit_is_answered(bool isNew)
    {
        var client = await BeginAsync(isNew);
        for (var round = 0; round < 3; round++)
        {
            for (var partition = 0; partition < 3; partition++) Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, partition, $"{round}a", $"{round}b"));
            Assert.Equal("Ongoing", (await client.DescribeAsync()).TransactionState);
            Assert.Equal(ErrorCode.None, await client.EndAsync(true));
            for (var partition = 0; partition < 3; partition++) Assert.Equal([$"{round}a", $"{round}b"], (await CommittedAsync(partition))[^2..]);
            Assert.Equal("CompleteCommit", (await client.DescribeAsync()).TransactionState);
        }
        Assert.Equal(isNew ? 3 : 0, client.Epoch.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task T37_All_of_a_hundred_partitions_show_it_at_once(bool isNew)
    {
        await Broker.CreateTopicAsync("wide", 100);
        var client = await BeginAsync(isNew);
        for (var partition = 0; partition < 100; partition++) Assert.Equal(ErrorCode.None, await client.WriteAsync("wide", partition, "v"));
        var reader = await ConnectAsync();
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        for (var partition = 0; partition < 100; partition++)
        {
            var row = await reader.FetchAsync("wide", partition, 0, IsolationLevel.ReadCommitted);
            Assert.Equal((2L, 2L), (row.LastStableOffset, row.HighWatermark));
        }
        Assert.Equal(ErrorCode.None, await client.WriteAsync("wide", 0, "next"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task T2_T3_A_delayed_end_of_the_first_protocol_closes_its_connection_and_ends_nothing(bool commit)
    {
        var client = await BeginAsync(isNew: false);
        var stalled = client.Connection;
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "first"));
        client.Connection = await ConnectAsync();
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "second"));
        await stalled.SendAsync(client.EndRequest(commit), ApiKey.EndTxn, 4);
        Assert.True(await stalled.IsClosedAsync());
        Assert.Equal("Ongoing", (await client.DescribeAsync()).TransactionState);
        Assert.Contains("has spoken over a later connection", await Lines.WaitForAsync(302));
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(["first", "second"], await CommittedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task T2_T3_A_delayed_end_of_KIP_890_is_fenced(bool commit)
    {
        var client = await BeginAsync(isNew: true);
        var stalled = client.Connection;
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "first"));
        var late = client.EndRequest(commit);
        client.Connection = await ConnectAsync();
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "second"));
        Assert.Equal(ErrorCode.ProducerFenced, (await stalled.AskAsync(late, 5)).ErrorCode);
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(["first", "second"], await CommittedAsync());
    }

    [Fact]
    public async Task T33_A_producer_whose_transaction_was_timed_out_aborts_and_goes_on()
    {
        var client = await BeginAsync(isNew: true, timeoutMs: 1000);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "aborted"));
        await AbortByTimeAsync(client);
        Assert.Equal(ErrorCode.TransactionAbortable, await client.EndAsync(true));
        Assert.Equal(ErrorCode.None, await client.EndAsync(false));
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "new"));
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(["new"], await CommittedAsync());
        Assert.Contains(Lines.All, line => line.Text.Contains("'copier'") && line.Text.Contains("longer than its producer asked for"));
    }

    async Task AbortByTimeAsync(TransactionalClient client)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        await AwaitAsync(() => Broker.Broker.Topics.TryFind(Topic, out var topic) && topic.Partitions[0].Reader.View is { } view && view.LastStableOffset == view.HighWatermark);
        while ((await client.DescribeAsync()).TransactionState != "CompleteAbort") await Task.Yield();
    }

    [Fact]
    public async Task T32_A_producer_of_the_first_protocol_comes_back_with_the_raised_epoch()
    {
        var client = await BeginAsync(isNew: false, timeoutMs: 1000);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "aborted"));
        await AbortByTimeAsync(client);
        Assert.Equal(ErrorCode.ProducerFenced, await client.EndAsync(true));
        Assert.Equal(ErrorCode.None, await client.InitAsync(own: true));
        Assert.Equal(1, client.Epoch.Value);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "new"));
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(["new"], await CommittedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task T13_A_new_incarnation_aborts_what_is_open_and_the_old_one_is_fenced(bool isNew)
    {
        var old = await BeginAsync(isNew);
        Assert.Equal(ErrorCode.None, await old.WriteAsync(Topic, 0, "aborted"));
        var successor = await BeginAsync(isNew);
        Assert.Equal((old.ProducerId, 2), (successor.ProducerId, (int)successor.Epoch.Value));
        Assert.Equal(ErrorCode.ProducerFenced, await old.EndAsync(true));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await old.ProduceAsync(Topic, 0, "aborted"));
        Assert.Equal(ErrorCode.ProducerFenced, await old.InitAsync(own: true));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await old.InitAsync(own: true, version: 3));
        Assert.Equal(ErrorCode.None, await successor.WriteAsync(Topic, 0, "new"));
        Assert.Equal(ErrorCode.None, await successor.EndAsync(true));
        Assert.Equal(["new"], await CommittedAsync());
        Assert.Contains(Lines.All, line => line.Text.Contains("its producer was initialised again"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task T26_A_deleted_topic_does_not_keep_the_others_from_being_ended(bool commit)
    {
        await Broker.CreateTopicAsync("doomed");
        var client = await BeginAsync(isNew: true);
        Assert.Equal(ErrorCode.None, await client.WriteAsync("doomed", 0, "v"));
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, commit ? "v" : "aborted"));
        await Broker.Broker.Topics.DeleteAsync("doomed");
        Assert.Equal(ErrorCode.None, await client.EndAsync(commit));
        Assert.Equal(commit ? ["v"] : [], await CommittedAsync());
        Assert.StartsWith("Complete", (await client.DescribeAsync()).TransactionState);
    }

    [Fact]
    public async Task T35_A_topic_that_was_made_anew_gets_nothing_of_its_predecessors_transaction()
    {
        await Broker.CreateTopicAsync("again");
        var client = await BeginAsync(isNew: true);
        Assert.Equal(ErrorCode.None, await client.WriteAsync("again", 0, "v"));
        await Broker.Broker.Topics.DeleteAsync("again");
        await Broker.CreateTopicAsync("again");
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(0, (await client.Connection.FetchAsync("again", 0, 0)).HighWatermark);
    }

    [Fact]
    public async Task T36_An_id_is_not_forgotten_while_a_connection_that_used_it_is_open()
    {
        var client = await BeginAsync(isNew: true);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "before"));
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        var other = await ConnectAsync();
        await PassDaysAsync(client, other, 8);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "after"));
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(["before", "after"], await CommittedAsync());
        await client.Connection.DisposeAsync();
        await AwaitAsync(() => Broker.Broker.Listener.ConnectionCount == 2);
        await PassDaysAsync(client, other, 8);
        client.Connection = other;
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await client.WriteAsync(Topic, 0, "later"));
        Assert.Equal(ErrorCode.TransactionalIdNotFound, (await client.DescribeAsync()).ErrorCode);
    }

    /// <summary>The search is asked for in one turn and done in a later one: the last question of each hour sees to it that both are over.</summary>
    async Task PassDaysAsync(TransactionalClient client, FrameClient over, int days)
    {
        for (var hour = 0; hour < days * 24; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            if (hour < days * 24 - 3) continue;
            for (var question = 0; question < 50; question++) await client.DescribeAsync(over);
        }
    }

    [Fact]
    public async Task T34_A_marker_that_is_asked_for_from_outside_aborts_the_whole_transaction()
    {
        var client = await BeginAsync(isNew: true);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "aborted"));
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 1, "aborted"));
        var tool = await ConnectAsync();
        var answer = await tool.AskAsync(new WriteTxnMarkersRequest
        {
            Markers = [new() { ProducerId = client.ProducerId, ProducerEpoch = client.Epoch, TransactionResult = false, Topics = [new() { Name = Topic, PartitionIndexes = [0] }] }],
        }, 1);
        Assert.Equal(ErrorCode.None, answer.Markers[0].Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await client.WriteAsync(Topic, 0, "aborted"));
        Assert.Equal(ErrorCode.TransactionAbortable, await client.EndAsync(true));
        Assert.Equal(ErrorCode.None, await client.EndAsync(false));
        foreach (var partition in new[] { 0, 1 }) Assert.Empty(await CommittedAsync(partition));
    }

    [Fact]
    public async Task A_transaction_that_no_coordinator_knows_is_aborted_where_it_hangs_and_nothing_else()
    {
        var client = await BeginAsync(isNew: true);
        Assert.True(Broker.Broker.Topics.TryFind(Topic, out var topic));
        var partition = ((UserPartition)topic.Partitions[0]).Sequencer;
        var batch = TestBatch.Build(client.ProducerId, 0, 0, CompressionCodec.None, transactional: true, "aborted");
        Assert.True(RecordBatchHeader.TryRead(batch, out var header));
        var guard = (await partition.AskAsync(PartitionCommand.BeginVerification(header, supportsEpochBump: true))).Guard;
        var givenOut = new ProducerIdRange(client.ProducerId, new(client.ProducerId.Value + 1));
        Assert.Equal(ErrorCode.None, (await partition.AskAsync(PartitionCommand.AppendTransactional(header, batch, givenOut, guard, supportsEpochBump: true))).Error);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 1, "known"));
        Assert.Equal((0L, 1L), (partition.View!.LastStableOffset, partition.View.HighWatermark));
        for (var minute = 0; minute < 60 && partition.View!.LastStableOffset == 0; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            for (var question = 0; question < 20; question++) await client.DescribeAsync();
        }
        Assert.Equal((2L, 2L), (partition.View!.LastStableOffset, partition.View.HighWatermark));
        Assert.Empty(await CommittedAsync());
    }

    [Fact]
    public async Task T38_When_all_epochs_are_used_an_id_goes_on_with_another_producer()
    {
        var client = await BeginAsync(isNew: true);
        var first = client.ProducerId;
        const int Last = 32_766;
        // Each abort of nothing uses an epoch; the requests need not wait for each other.
        for (var epoch = 0; epoch < Last; epoch += 1000)
        {
            var count = Math.Min(1000, Last - epoch);
            for (var next = 0; next < count; next++)
            {
                client.Epoch = new((short)(epoch + next));
                await client.Connection.SendAsync(client.EndRequest(false), ApiKey.EndTxn, 5);
            }
            for (var next = 0; next < count; next++) Assert.Equal(ErrorCode.None, (await client.Connection.ReceiveAsync<EndTxnResponse>(ApiKey.EndTxn, 5)).Response.ErrorCode);
        }
        client.Epoch = new(Last);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "last of the first"));
        var repeated = client.EndRequest(true);
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.NotEqual(first, client.ProducerId);
        Assert.Equal(0, client.Epoch.Value);
        var again = await client.Connection.AskAsync(repeated, 5);
        Assert.Equal((ErrorCode.None, client.ProducerId, client.Epoch), (again.ErrorCode, again.ProducerId, again.ProducerEpoch));
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "first of the second"));
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal(["last of the first", "first of the second"], await CommittedAsync());
        var old = new TransactionalClient(client.Connection, "copier", isNew: true) { ProducerId = first, Epoch = new(Last) };
        Assert.NotEqual(ErrorCode.None, await old.ProduceAsync(Topic, 0, "zombie"));
        Assert.NotEqual(ErrorCode.None, await old.EndAsync(true));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task An_open_transaction_outlives_the_broker(bool isNew, bool commit)
    {
        var client = await BeginAsync(isNew);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, commit ? "v" : "aborted"));
        await Broker.KillAndRestartAsync();
        client.Connection = await ConnectAsync();
        Assert.Equal("Ongoing", (await client.DescribeAsync()).TransactionState);
        Assert.Equal(ErrorCode.None, await client.EndAsync(commit));
        Assert.Equal(commit ? ["v"] : [], await CommittedAsync());
    }

    [Theory]
    [InlineData(1, ErrorCode.InvalidProducerEpoch)]
    [InlineData(2, ErrorCode.ProducerFenced)]
    public async Task Earlier_versions_know_a_fenced_producer_by_another_code(short version, ErrorCode fenced)
    {
        var client = await BeginAsync(isNew: false);
        client.Epoch = new(9);
        Assert.Equal(fenced, (await client.Connection.AskAsync(client.EndRequest(true), version)).ErrorCode);
        var added = await client.Connection.AskAsync(client.AddRequest(Topic, 0), version);
        Assert.Equal(fenced, added.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode);
    }

    [Fact]
    public async Task When_one_partition_is_not_there_none_is_added()
    {
        var client = await BeginAsync(isNew: false);
        var request = client.AddRequest(Topic, 0, 7);
        request.V3AndBelowTopics.Add(new() { Name = "absent", Partitions = [0] });
        request.V3AndBelowTopics.Add(new() { Name = "__transaction_state", Partitions = [0] });
        var results = (await client.Connection.AskAsync(request, 3)).ResultsByTopicV3AndBelow.SelectMany(topic => topic.ResultsByPartition.Select(result => result.PartitionErrorCode));
        Assert.Equal([ErrorCode.OperationNotAttempted, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition, ErrorCode.InvalidTopicException], results);
        Assert.Equal("Empty", (await client.DescribeAsync()).TransactionState);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Several_transactions_are_asked_for_at_once(short version)
    {
        var (one, other) = (await BeginAsync(isNew: false, "one"), await BeginAsync(isNew: false, "other"));
        AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction Asked(TransactionalClient client, bool verify, int partition) => new()
        {
            TransactionalId = client.Id, ProducerId = client.ProducerId, ProducerEpoch = client.Epoch, VerifyOnly = verify, Topics = [new() { Name = Topic, Partitions = [partition] }],
        };
        var answer = await one.Connection.AskAsync(new AddPartitionsToTxnRequest
        {
            Transactions = [Asked(one, true, 0), Asked(one, false, 0), Asked(one, true, 0), Asked(other, true, 0), Asked(one, false, 9)],
        }, version);
        Assert.Equal([ErrorCode.TransactionAbortable, ErrorCode.None, ErrorCode.None, ErrorCode.TransactionAbortable, ErrorCode.UnknownTopicOrPartition],
            answer.ResultsByTransaction.Select(result => result.TopicResults[0].ResultsByPartition[0].PartitionErrorCode));
    }

    [Fact]
    public async Task An_empty_id_is_no_id_and_a_long_one_is_one()
    {
        var client = await ConnectAsync();
        var nobody = new TransactionalClient(client, "", isNew: false) { ProducerId = new(1), Epoch = new(0) };
        await Broker.CreateTopicAsync(Topic);
        Assert.Equal(ErrorCode.InvalidRequest, await nobody.InitAsync());
        Assert.Equal(ErrorCode.InvalidRequest, await nobody.EndAsync(true));
        Assert.Equal(ErrorCode.InvalidRequest, await nobody.AddAsync(Topic, 0));
        Assert.Equal(ErrorCode.InvalidRequest, (await nobody.DescribeAsync()).ErrorCode);
        Assert.Equal(ErrorCode.InvalidRequest, (await client.AskAsync(new AddOffsetsToTxnRequest { TransactionalId = nobody.Id, GroupId = new("g") }, 3)).ErrorCode);
        var large = await BeginAsync(isNew: true, new string('x', 10_000));
        Assert.Equal(ErrorCode.None, await large.WriteAsync(Topic, 0, "v"));
        Assert.Equal(ErrorCode.None, await large.EndAsync(true));
        await Broker.KillAndRestartAsync();
        large.Connection = await ConnectAsync();
        // The record that it is complete may not have been written yet: then the start finds it out by telling the participants again.
        var state = "PrepareCommit";
        for (var left = 1000; left > 0 && state == "PrepareCommit"; left--) state = (await large.DescribeAsync()).TransactionState;
        Assert.Equal("CompleteCommit", state);
    }

    [Fact]
    public async Task An_id_that_nobody_has_initialised_is_unknown()
    {
        await Broker.CreateTopicAsync(Topic);
        var client = new TransactionalClient(await ConnectAsync(), "nobody", isNew: true) { ProducerId = new(1), Epoch = new(0) };
        foreach (var isMade in new[] { false, true })
        {
            if (isMade) await BeginAsync(isNew: true);
            Assert.Equal(ErrorCode.InvalidProducerIdMapping, await client.EndAsync(true));
            Assert.Equal(ErrorCode.InvalidProducerIdMapping, await client.AddAsync(Topic, 0));
            Assert.Equal(ErrorCode.InvalidProducerIdMapping, await client.ProduceAsync(Topic, 0, "v"));
            Assert.Equal(ErrorCode.TransactionalIdNotFound, (await client.DescribeAsync()).ErrorCode);
        }
    }

    [Fact]
    public async Task Those_that_the_filters_let_through_are_listed()
    {
        var open = await BeginAsync(isNew: true, "open-1");
        await BeginAsync(isNew: true, "idle-1");
        await open.WriteAsync(Topic, 0, "v");
        _time.Advance(TimeSpan.FromSeconds(5));
        async Task<string> ListAsync(string? pattern = null, long longerThan = -1, params string[] states)
        {
            var answer = await open.Connection.AskAsync(new ListTransactionsRequest { StateFilters = [.. states], TransactionalIdPattern = pattern, DurationFilter = longerThan }, 2);
            if (answer.ErrorCode != ErrorCode.None) return answer.ErrorCode.ToString();
            return string.Join(' ', answer.TransactionStates.Select(state => $"{state.TransactionalId}:{state.TransactionState}").Order().Concat(answer.UnknownStateFilters.Select(name => $"?{name}")));
        }
        Assert.Equal("idle-1:Empty open-1:Ongoing", await ListAsync());
        Assert.Equal("open-1:Ongoing", await ListAsync(states: "Ongoing"));
        Assert.Equal("idle-1:Empty ?empty", await ListAsync(states: ["Empty", "empty"]));
        Assert.Equal("?Nonsense", await ListAsync(states: "Nonsense"));
        Assert.Equal("open-1:Ongoing", await ListAsync(longerThan: 4_999));
        Assert.Equal("", await ListAsync(longerThan: 5_000));
        Assert.Equal("open-1:Ongoing", await ListAsync(pattern: "op.*"));
        Assert.Equal("", await ListAsync(pattern: "op"));
        Assert.Equal("idle-1:Empty open-1:Ongoing", await ListAsync(pattern: ""));
        Assert.Equal("InvalidRegularExpression", await ListAsync(pattern: "("));
    }
}
