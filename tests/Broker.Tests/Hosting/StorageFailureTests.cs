using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Log.Memory;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Hosting;

public class StorageFailureTests : BrokerTest
{
    readonly ManualTime _time = new();
    protected override TimeProvider? Time => _time;
    protected override BrokerOptions Options => new() { TopicDefaults = new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime" } };

    static (ErrorCode, long) Outcome(ProduceResponse.PartitionProduceResponse row) => (row.ErrorCode, row.BaseOffset);

    [Fact]
    public async Task A_failed_append_is_a_retriable_error_and_the_same_batch_is_taken_again_without_a_restart()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "0"));
        var failures = 1;
        Broker.Store.AppendFaults = name => name.StartsWith("t-0~") && failures-- > 0 ? AppendFault.NothingWritten : AppendFault.None;
        Assert.Equal((ErrorCode.KafkaStorageError, -1L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 1, "1"))));
        Assert.Equal((ErrorCode.None, 1L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 1, "1"))));
        Assert.Equal(["0", "1"], await client.ReadAllAsync("t"));
        Assert.Contains("t-0~", await Lines.WaitForAsync(204));
    }

    [Fact]
    public async Task An_append_that_failed_but_is_there_is_recognised_when_it_is_sent_again()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        var failures = 1;
        Broker.Store.AppendFaults = name => name.StartsWith("t-0~") && failures-- > 0 ? AppendFault.Durable : AppendFault.None;
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "0"))).ErrorCode);
        Assert.Equal((ErrorCode.None, 0L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "0"))));
        Assert.Equal(["0"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task While_appends_go_on_to_fail_they_are_tried_ever_more_seldom_and_readers_and_other_partitions_are_served()
    {
        await Broker.CreateTopicAsync("t", 2);
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("kept"));
        var tries = 0;
        Broker.Store.AppendFaults = name =>
        {
            if (!name.StartsWith("t-0~")) return AppendFault.None;
            tries++;
            return AppendFault.NothingWritten;
        };
        for (var i = 0; i < 20; i++) Assert.Equal(ErrorCode.KafkaStorageError, (await client.ProduceAsync("t", 0, TestBatch.Plain("x"))).ErrorCode);
        Assert.Equal(2, tries);
        Assert.Equal(["kept"], await client.ReadAllAsync("t"));
        var deleted = await client.AskAsync(new DeleteRecordsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = -1 }] }] }, 2);
        Assert.Equal((ErrorCode.None, 1L), (deleted.Topics[0].Partitions[0].ErrorCode, deleted.Topics[0].Partitions[0].LowWatermark));
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 1, TestBatch.Plain("other"))).ErrorCode);
        _time.Advance(TimeSpan.FromSeconds(1));
        await client.ProduceAsync("t", 0, TestBatch.Plain("x"));
        Assert.Equal(3, tries);
        Broker.Store.AppendFaults = null;
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.ProduceAsync("t", 0, TestBatch.Plain("x"))).ErrorCode);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((ErrorCode.None, 1L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Plain("again"))));
    }

    [Fact]
    public async Task A_failed_append_answers_a_waiting_fetch_no_later_than_the_next_record()
    {
        await Broker.CreateTopicAsync("t");
        var reader = await ConnectAsync();
        await reader.FetchAsync("t", 0, 0);
        await reader.SendAsync(Requests.Fetch("t", 0, 0, maxWaitMs: int.MaxValue), ApiKey.Fetch, Requests.FetchVersion);
        var failures = 1;
        Broker.Store.AppendFaults = name => name.StartsWith("t-0~") && failures-- > 0 ? AppendFault.NothingWritten : AppendFault.None;
        var writer = await ConnectAsync();
        await writer.ProduceAsync("t", 0, TestBatch.Plain("lost"));
        await writer.ProduceAsync("t", 0, TestBatch.Plain("kept"));
        var row = (await reader.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion)).Response.Responses[0].Partitions[0];
        if (row.ErrorCode == ErrorCode.None) Assert.Equal(["kept"], TestBatch.ValuesOf(row.Records!.Value));
        Assert.Equal(["kept"], await reader.ReadAllAsync("t"));
    }

    [Fact]
    public async Task A_catalog_that_cannot_be_written_refuses_new_topics_and_producers_with_retriable_errors_and_serves_the_rest()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Broker.Store.AppendFaults = name => name == "catalog" ? AppendFault.NothingWritten : AppendFault.None;
        var created = await client.AskAsync(new CreateTopicsRequest { Topics = [new() { Name = "u", NumPartitions = 1, ReplicationFactor = 1 }] }, 7);
        Assert.Equal(ErrorCode.KafkaStorageError, created.Topics[0].ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (await client.AskAsync(new InitProducerIdRequest { TransactionalId = null }, 4)).ErrorCode);
        await AssertServesAsync(client, "t");
        Broker.Store.AppendFaults = null;
        _time.Advance(TimeSpan.FromSeconds(30));
        await client.NewProducerAsync();
        await Broker.CreateTopicAsync("u");
    }

    [Fact]
    public async Task Acks_0_into_a_failing_log_closes_the_connection()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Broker.Store.AppendFaults = _ => AppendFault.NothingWritten;
        await client.SendAsync(Requests.Produce("t", 0, TestBatch.Plain("x"), Acks.None), ApiKey.Produce, Requests.ProduceVersion);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task A_silent_producer_is_forgotten_when_its_time_is_over_and_another_is_not()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var silent = await client.NewProducerAsync();
        var busy = await client.NewProducerAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(silent, 0, 0, "a"));
        await client.ProduceAsync("t", 0, TestBatch.Of(busy, 0, 0, "b"));
        // The connection would be closed for being idle: each half of the day has a new one.
        _time.Advance(TimeSpan.FromHours(23));
        client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(busy, 0, 1, "c"));
        _time.Advance(TimeSpan.FromHours(2));
        client = await ConnectAsync();
        var known = (await client.AskAsync(new DescribeProducersRequest { Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, 0)).Topics[0].Partitions[0].ActiveProducers;
        Assert.Equal([busy], known.Select(producer => producer.ProducerId));
    }
}
