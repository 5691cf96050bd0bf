using System.Buffers.Binary;
using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Door;

public class ConnectionTests : BrokerTest
{
    readonly ManualTime _time = new();
    protected override TimeProvider? Time => _time;
    protected override BrokerOptions Options => new() { TopicDefaults = new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime" } };

    Task AwaitConnectionsAsync(int count) => AwaitAsync(() => Broker.Broker.Listener.ConnectionCount == count);

    [Fact]
    public async Task A_thousand_idle_connections_do_not_hinder_one_that_works_and_are_closed_when_their_time_is_over()
    {
        await Broker.CreateTopicAsync("t");
        var idle = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => ConnectAsync()));
        var good = await ConnectAsync();
        await AssertServesAsync(good, "t");
        await AwaitConnectionsAsync(1001);
        await AwaitMemoryAsync(0);
        _time.Advance(TimeSpan.FromMinutes(9));
        await AssertServesAsync(good, "t");
        await AwaitMemoryAsync(0);
        _time.AdvanceAndSweep(TimeSpan.FromMinutes(1));
        foreach (var client in idle) Assert.True(await client.IsClosedAsync());
        await AssertServesAsync(good, "t");
        await AwaitConnectionsAsync(1);
    }

    [Fact]
    public async Task Two_thousand_connections_that_come_and_go_in_any_state_leave_nothing_behind_and_hinder_nobody()
    {
        await Broker.CreateTopicAsync("t");
        var good = await ConnectAsync();
        await AssertServesAsync(good, "t"); // one record
        byte[] half = [0, 0, 1, 0, 0, 3];
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(async each =>
            {
                await using var client = await FrameClient.ConnectAsync(Broker.Broker.EndPoint);
                if (each % 4 == 1) await client.SendAsync(half);
                if (each % 4 == 2) await client.AskAsync(new MetadataRequest { Topics = [] }, 1);
                if (each % 4 == 3) await client.SendAsync(Requests.Fetch("t", 0, offset: round + 1, maxWaitMs: 60_000), ApiKey.Fetch, Requests.FetchVersion);
            }));
            await AssertServesAsync(good, "t");
        }
        // A fetch that waits notices that its peer is gone when the next record comes, also one that begins only now.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Broker.Broker.Listener.ConnectionCount > 1)
        {
            patience.Token.ThrowIfCancellationRequested();
            await AssertServesAsync(good, "t");
        }
        await AwaitMemoryAsync(0);
    }

    [Fact]
    public async Task A_reader_that_goes_while_its_fetch_waits_is_not_worth_a_warning()
    {
        await Broker.CreateTopicAsync("t");
        var good = await ConnectAsync();
        await good.ProduceAsync("t", 0, TestBatch.Plain("a"));
        var reader = await ConnectAsync();
        await reader.SendAsync(Requests.Fetch("t", 0, 1, maxWaitMs: 60_000), ApiKey.Fetch, Requests.FetchVersion);
        await reader.DisposeAsync();
        await good.ProduceAsync("t", 0, TestBatch.Plain("b"));
        await AwaitConnectionsAsync(1);
        await Lines.WaitForAsync(301);
        Assert.DoesNotContain(Lines.All, line => line.Id == 302);
    }

    [Fact]
    public async Task Connections_above_the_limit_are_closed_and_there_is_room_again_when_one_has_gone()
    {
        await Broker.RestartAsync(options => options with { MaxConnections = 2 });
        var first = await ConnectAsync();
        var second = await ConnectAsync();
        await first.AskAsync(new MetadataRequest { Topics = [] }, 1);
        await second.AskAsync(new MetadataRequest { Topics = [] }, 1);
        Assert.True(await (await ConnectAsync()).IsClosedAsync());
        Assert.Contains("max.connections, 2", await Lines.WaitForAsync(302));
        await second.DisposeAsync();
        await AwaitConnectionsAsync(1);
        await (await ConnectAsync()).AskAsync(new MetadataRequest { Topics = [] }, 1);
    }

    [Fact]
    public async Task Connections_of_one_address_above_its_limit_are_closed()
    {
        await Broker.RestartAsync(options => options with { MaxConnectionsPerAddress = 1 });
        var first = await ConnectAsync();
        await first.AskAsync(new MetadataRequest { Topics = [] }, 1);
        Assert.True(await (await ConnectAsync()).IsClosedAsync());
        Assert.Contains("max.connections.per.ip, 1", await Lines.WaitForAsync(302));
        await first.AskAsync(new MetadataRequest { Topics = [] }, 1);
    }

    [Fact]
    public async Task A_peer_that_announces_much_and_drips_holds_little_memory_and_is_closed()
    {
        var drip = await ConnectAsync();
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, 100 << 20);
        await drip.SendAsync(size);
        await AwaitAsync(() => Broker.Broker.Listener.Memory.UsedBytes != 0);
        Assert.InRange(Broker.Broker.Listener.Memory.UsedBytes, 1, 64 * 1024);
        for (var second = 0; second < 29; second++)
        {
            await drip.SendAsync(new byte[] { 0 });
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(1, Broker.Broker.Listener.ConnectionCount);
        _time.AdvanceAndSweep(TimeSpan.FromSeconds(1));
        Assert.True(await drip.IsClosedAsync());
        Assert.Contains("less than 1 KiB", await Lines.WaitForAsync(302));
        await AwaitConnectionsAsync(0);
        await AwaitMemoryAsync(0);
    }

    [Fact]
    public async Task A_large_request_that_comes_in_pieces_is_taken_whole()
    {
        await Broker.CreateTopicAsync("t", configs: new Dictionary<string, string> { ["max.message.bytes"] = "20000000" });
        var client = await ConnectAsync();
        var frame = client.FrameOf(Requests.Produce("t", 0, TestBatch.Plain(new string('x', 3_000_000))), ApiKey.Produce, Requests.ProduceVersion, 1);
        for (var at = 0; at < frame.Length; at += 70_001)
        {
            await client.SendAsync(frame.AsMemory(at, Math.Min(70_001, frame.Length - at)));
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
        Assert.Equal(ErrorCode.None, (await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, Requests.ProduceVersion)).Response.Responses[0].PartitionResponses[0].ErrorCode);
        Assert.Equal([new string('x', 3_000_000)], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task Requests_that_are_sent_without_waiting_are_answered_in_their_order()
    {
        await Broker.CreateTopicAsync("t", 3);
        var client = await ConnectAsync();
        var sent = new List<(int Id, ApiKey Key, int OfFirstPartition)>();
        var ofFirstPartition = 0;
        for (var i = 0; i < 60; i++)
        {
            var isProduce = i % 7 != 3;
            var id = isProduce
                ? await client.SendAsync(Requests.Produce("t", i % 3, TestBatch.Plain($"{i}")), ApiKey.Produce, Requests.ProduceVersion)
                : await client.SendAsync(Requests.Fetch("t", 0, 0), ApiKey.Fetch, Requests.FetchVersion);
            if (isProduce && i % 3 == 0) ofFirstPartition++;
            sent.Add((id, isProduce ? ApiKey.Produce : ApiKey.Fetch, ofFirstPartition));
        }
        foreach (var (id, key, before) in sent)
        {
            if (key == ApiKey.Produce)
            {
                var answer = await client.ReceiveAsync<ProduceResponse>(key, Requests.ProduceVersion);
                Assert.Equal((id, ErrorCode.None), (answer.CorrelationId, answer.Response.Responses[0].PartitionResponses[0].ErrorCode));
                continue;
            }
            // A fetch sees what was produced before it on its connection, and nothing that came behind it.
            var fetched = await client.ReceiveAsync<FetchResponse>(key, Requests.FetchVersion);
            Assert.Equal((id, (long)before), (fetched.CorrelationId, fetched.Response.Responses[0].Partitions[0].HighWatermark));
        }
    }

    [Fact]
    public async Task Batches_of_one_producer_that_are_sent_without_waiting_are_appended_in_their_order()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        for (var sequence = 0; sequence < 500; sequence++)
            await client.SendAsync(Requests.Produce("t", 0, TestBatch.Of(producer, 0, sequence, $"{sequence}")), ApiKey.Produce, Requests.ProduceVersion);
        for (var sequence = 0; sequence < 500; sequence++)
        {
            var row = (await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, Requests.ProduceVersion)).Response.Responses[0].PartitionResponses[0];
            Assert.Equal((ErrorCode.None, (long)sequence), (row.ErrorCode, row.BaseOffset));
        }
        Assert.Equal(Enumerable.Range(0, 500).Select(sequence => $"{sequence}"), await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task The_same_correlation_id_again_and_again_is_answered_each_time()
    {
        var client = await ConnectAsync();
        for (var i = 0; i < 3; i++) await client.SendAsync(client.FrameOf(new MetadataRequest { Topics = [] }, ApiKey.Metadata, 1, 77));
        for (var i = 0; i < 3; i++) Assert.Equal(77, (await client.ReceiveAsync<MetadataResponse>(ApiKey.Metadata, 1)).CorrelationId);
    }

    [Fact]
    public async Task A_peer_that_reads_no_answers_is_no_longer_read_holds_bounded_memory_and_is_dropped()
    {
        await Broker.CreateTopicAsync("t", configs: new Dictionary<string, string> { ["max.message.bytes"] = "20000000" });
        var good = await ConnectAsync();
        for (var i = 0; i < 8; i++) await good.ProduceAsync("t", 0, TestBatch.Plain(new string('x', 1_000_000)));
        var deaf = await ConnectAsync(receiveBufferBytes: 4096);
        var fetch = deaf.FrameOf(Requests.Fetch("t", 0, 0, partitionMaxBytes: 50 << 20), ApiKey.Fetch, Requests.FetchVersion, 1);
        var sent = await deaf.SendUntilBlockedAsync(fetch, atMost: 64 << 20);
        Assert.InRange(sent, fetch.Length, 32 << 20);
        var held = Broker.Broker.Listener.Memory.UsedBytes;
        Assert.InRange(held, 0, 1 << 20);
        await AssertServesAsync(good, "t");
        await AwaitMemoryAsync(held);
        _time.AdvanceAndSweep(TimeSpan.FromSeconds(30));
        Assert.Contains("has read nothing of its answer for 30 s", await Lines.WaitForAsync(302));
        await AwaitConnectionsAsync(1);
        await AwaitMemoryAsync(0);
        await AssertServesAsync(good, "t");
    }

    [Fact]
    public async Task A_peer_that_stops_sending_still_gets_its_answers()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        for (var i = 0; i < 3; i++) await client.SendAsync(Requests.Produce("t", 0, TestBatch.Plain("a")), ApiKey.Produce, Requests.ProduceVersion);
        client.EndSending();
        for (var i = 0; i < 3; i++) Assert.Equal(i, (await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, Requests.ProduceVersion)).CorrelationId);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task Requests_wait_while_the_memory_of_all_is_spent_and_go_on_when_it_is_not()
    {
        await Broker.RestartAsync(options => options with { MaxRequestBytes = 100_000, QueuedMaxRequestBytes = 100_000 });
        await Broker.CreateTopicAsync("t");
        var holder = await ConnectAsync();
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, 60_000);
        await holder.SendAsync(size);
        await AwaitMemoryAsync(60_000);
        var waiting = await ConnectAsync();
        var answer = waiting.ProduceAsync("t", 0, TestBatch.Plain(new string('x', 50_000)));
        Assert.False(answer.IsCompleted);
        await holder.DisposeAsync();
        Assert.Equal(ErrorCode.None, (await answer).ErrorCode);
    }
}
