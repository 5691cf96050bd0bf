using System.Buffers.Binary;
using System.Net.Sockets;
using Semel.Broker.Door;
using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Door;

/// <summary>What becomes of requests when the memory for them is spent: they wait, nobody waits for each other, and those who hold much and get on slowly are closed.</summary>
public class ScarceMemoryTests : BrokerTest
{
    const int LimitBytes = 4_000_000, SmallPartBytes = LimitBytes / 4, LargePartBytes = LimitBytes - SmallPartBytes, SmallestLargeBytes = SmallPartBytes / 16 + 1;

    readonly ManualTime _time = new();
    protected override TimeProvider? Time => _time;
    protected override BrokerOptions Options => new()
    {
        MaxRequestBytes = LimitBytes,
        QueuedMaxRequestBytes = LimitBytes,
        QueuedMaxFetchBytes = 1 << 20,
        MaxPartitions = 1000,
        TopicDefaults = new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime", ["max.message.bytes"] = "20000000" },
    };

    static byte[] SizeOf(int bytes)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, bytes);
        return size;
    }

    long _heldBytes;

    /// <summary>A connection that announces a frame and sends just enough of it to be given all the memory for it.</summary>
    async Task<FrameClient> HoldAsync(int bytes, int sent = 70_000)
    {
        await AwaitMemoryAsync(_heldBytes);
        var client = await ConnectAsync();
        await client.SendAsync(SizeOf(bytes));
        await client.SendAsync(new byte[sent]);
        await AwaitMemoryAsync(_heldBytes += bytes);
        return client;
    }

    [Fact]
    public async Task Many_large_requests_at_once_are_all_taken_one_after_the_other()
    {
        await Broker.CreateTopicAsync("t");
        var clients = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ConnectAsync()));
        var rows = await Task.WhenAll(clients.Select(client => client.ProduceAsync("t", 0, TestBatch.Plain(new string('x', 2_000_000)))));
        Assert.All(rows, row => Assert.Equal(ErrorCode.None, row.ErrorCode));
        Assert.Equal(Enumerable.Range(0, 12).Select(offset => (long)offset), rows.Select(row => row.BaseOffset).Order());
    }

    [Fact]
    public async Task Small_requests_are_served_while_large_ones_hold_all_that_there_is_for_them()
    {
        await Broker.CreateTopicAsync("t");
        await HoldAsync(LargePartBytes);
        await AssertServesAsync(await ConnectAsync(), "t");
    }

    [Fact]
    public async Task A_request_is_answered_while_the_next_of_its_connection_waits_for_memory()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        // Both are in what one receive takes once the connection has been busy, but there is memory for one of them only.
        var frame = client.FrameOf(Requests.Produce("t", 0, TestBatch.Plain(new string('x', 25_000))), ApiKey.Produce, Requests.ProduceVersion, 1);
        for (var request = 0; request < 20; request++) await client.SendAsync(frame);
        for (var answer = 0; answer < 20; answer++) await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, Requests.ProduceVersion);
        for (var held = 0; held < 15; held++) await HoldAsync(SmallestLargeBytes - 1, sent: 1);
        await HoldAsync(SmallPartBytes - 15 * (SmallestLargeBytes - 1) - 30_000, sent: 1);
        await client.SendAsync((byte[])[.. frame, .. frame]);
        Assert.Equal(1, (await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, Requests.ProduceVersion)).CorrelationId);
    }

    [Theory]
    [InlineData(100, 1024)]
    [InlineData(16 * 1024, 1024)]
    [InlineData(1_600_000, 100_000)]
    public void A_frame_has_to_get_on_by_a_sixteenth_and_by_no_less_than_a_kilobyte(int size, int step) => Assert.Equal(step, FrameReader.ProgressStep(size));

    [Fact]
    public async Task A_large_frame_that_gets_on_by_less_than_a_sixteenth_in_the_time_for_it_is_closed()
    {
        var slow = await HoldAsync(1_600_000);
        var closed = slow.IsClosedAsync();
        // A kilobyte and more comes each half second: all that a small frame would need. A sixteenth takes three quarters of a minute.
        for (var half = 0; half < 200 && !closed.IsCompleted; half++)
        {
            try { await slow.SendAsync(new byte[1_100]); }
            catch (SocketException) { break; }
            _time.Advance(TimeSpan.FromMilliseconds(500));
        }
        Assert.True(await closed);
        Assert.Contains("a sixteenth", await Lines.WaitForAsync(302));
    }

    [Fact]
    public async Task A_request_of_more_elements_than_anybody_needs_is_refused_and_one_of_many_is_answered()
    {
        var client = await ConnectAsync();
        Assert.Equal(9_000, (await client.AskAsync(NamesOf(9_000), 4)).Topics.Count);
        await client.SendAsync(NamesOf(10_001), ApiKey.Metadata, 4);
        Assert.True(await client.IsClosedAsync());
        Assert.Contains("more elements", await Lines.WaitForAsync(302));
    }

    [Fact]
    public async Task A_request_of_many_elements_is_refused_while_there_is_no_memory_for_them()
    {
        await HoldAsync(LargePartBytes);
        var client = await ConnectAsync();
        Assert.Equal(4_000, (await client.AskAsync(NamesOf(4_000), 4)).Topics.Count);
        await client.SendAsync(NamesOf(5_000), ApiKey.Metadata, 4);
        Assert.True(await client.IsClosedAsync());
        Assert.Contains("no memory", await Lines.WaitForAsync(302));
    }

    static MetadataRequest NamesOf(int count) => new() { Topics = [.. Enumerable.Range(0, count).Select(number => new MetadataRequest.MetadataRequestTopic { Name = $"{number}" })], AllowAutoTopicCreation = false };

    [Fact]
    public async Task A_fetch_of_very_many_rows_holds_no_more_memory_than_answers_may()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        var request = Requests.Fetch("t", 0, 0, partitionMaxBytes: 1);
        var row = request.Topics[0].Partitions[0];
        for (var i = 1; i < 3000; i++) request.Topics[0].Partitions.Add(row);
        var rows = (await client.AskAsync(request, Requests.FetchVersion)).Responses[0].Partitions;
        Assert.Equal(3000, rows.Count);
        // Each has the first batch, as each would be the first alone; and each takes a buffer of some kilobytes.
        Assert.InRange(rows.Count(answered => answered.Records!.Value.Length > 0), 1, (1 << 20) / 4096);
    }
}
