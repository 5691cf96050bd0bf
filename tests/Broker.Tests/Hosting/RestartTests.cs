using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Log.Memory;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Hosting;

/// <summary>What outlives a broker, whether it was stopped in order or not.</summary>
public class RestartTests : BrokerTest
{
    static (ErrorCode, long) Outcome(ProduceResponse.PartitionProduceResponse row) => (row.ErrorCode, row.BaseOffset);

    async Task RestartAsync(bool inOrder)
    {
        if (inOrder) await Broker.RestartAsync();
        else await Broker.KillAndRestartAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Topics_records_and_the_five_last_batches_of_a_producer_outlive_it(bool inOrder)
    {
        var id = await Broker.CreateTopicAsync("t", 2);
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        for (var sequence = 0; sequence < 6; sequence++) await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, sequence, $"{sequence}"));
        var cluster = Broker.Broker.ClusterId;
        await RestartAsync(inOrder);
        Assert.Equal(cluster, Broker.Broker.ClusterId);
        client = await ConnectAsync();
        Assert.Equal(id, Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }] }, 12)).Topics).TopicId);
        for (var sequence = 5; sequence >= 1; sequence--)
            Assert.Equal((ErrorCode.None, (long)sequence), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, sequence, $"{sequence}"))));
        Assert.Equal((ErrorCode.None, 6L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 6, "6"))));
        Assert.Equal(Enumerable.Range(0, 7).Select(sequence => $"{sequence}"), await client.ReadAllAsync("t"));
    }

    [Theory]
    [InlineData(AppendFault.Durable)]
    [InlineData(AppendFault.NotDurable)]
    [InlineData(AppendFault.NothingWritten)]
    public async Task A_batch_whose_append_failed_is_in_the_log_once_after_a_crash_and_a_retry_whether_it_had_survived_or_not(AppendFault fault)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "0"));
        Broker.Store.AppendFaults = name => name.StartsWith("t-0~") ? fault : AppendFault.None;
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 1, "1"))).ErrorCode);
        Broker.Store.AppendFaults = null;
        await Broker.KillAndRestartAsync();
        client = await ConnectAsync();
        Assert.Equal((ErrorCode.None, 1L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 1, "1"))));
        Assert.Equal((ErrorCode.None, 2L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 2, "2"))));
        Assert.Equal(["0", "1", "2"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task A_producer_is_remembered_when_its_records_were_deleted_and_the_broker_restarted()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "a", "b"));
        await client.AskAsync(new DeleteRecordsRequest { Topics = [new() { Name = "t", Partitions = [new() { Offset = -1 }] }] }, 2);
        await Broker.KillAndRestartAsync();
        client = await ConnectAsync();
        Assert.Equal((ErrorCode.None, 0L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "a", "b"))));
        Assert.Equal((ErrorCode.None, 2L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 2, "c"))));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await client.FetchAsync("t", 0, 1)).ErrorCode);
    }

    [Fact]
    public async Task A_deleted_topic_stays_deleted_and_what_its_deletion_left_is_removed_at_the_start()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        await client.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"] }, 5);
        await Broker.Broker.StopAsync();
        var left = $"t-0~{new TopicId(Guid.NewGuid())}";
        Broker.Store.Create(left, new Semel.Log.LogOptions()).Dispose();
        await Broker.RestartAsync();
        Assert.DoesNotContain(left, Broker.Store.Names);
        Assert.Contains(left, await Lines.WaitForAsync(207));
        Assert.Empty((await (await ConnectAsync()).AskAsync(new MetadataRequest { Topics = null }, 1)).Topics);
    }

    [Fact]
    public async Task Stopping_answers_what_was_sent_before()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("first"));
        for (var i = 0; i < 50; i++) await client.SendAsync(Requests.Produce("t", 0, TestBatch.Plain($"{i}")), ApiKey.Produce, Requests.ProduceVersion);
        await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, Requests.ProduceVersion);
        await Broker.Broker.StopAsync();
        var answered = 1;
        while (await client.ReceiveFrameAsync() is not null) answered++;
        await Broker.RestartAsync();
        var inTheLog = (await (await ConnectAsync()).ReadAllAsync("t")).Count - 1;
        Assert.Equal(answered, inTheLog);
    }

    [Fact]
    public async Task Data_of_another_cluster_is_refused()
    {
        await Broker.Broker.StopAsync();
        var refused = await Assert.ThrowsAsync<BrokerConfigException>(() => SemelBroker.StartAsync(new BrokerOptions { Port = 0, ClusterId = "another" }, Broker.Store));
        Assert.Contains(Broker.Broker.ClusterId, refused.Message);
        await Broker.RestartAsync();
        await (await ConnectAsync()).NewProducerAsync();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_refused_and_the_other_broker_goes_on()
    {
        await Broker.CreateTopicAsync("t");
        await using var store = new MemoryLogStore();
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => SemelBroker.StartAsync(new BrokerOptions { Port = Broker.Broker.EndPoint.Port }, store));
        await AssertServesAsync(await ConnectAsync(), "t");
    }

    [Fact]
    public async Task A_start_does_not_read_what_a_stop_in_order_has_saved()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        for (var i = 0; i < 20; i++) await client.ProduceAsync("t", 0, TestBatch.Plain(new string('x', 1000)));
        await Broker.RestartAsync();
        await Broker.Broker.LogsOpened;
        Assert.Contains(Lines.All, line => line.Id == 200 && line.Text.Contains("t-0~") && line.Text.Contains("offsets 0 to 20, 0 bytes replayed"));
    }
}
