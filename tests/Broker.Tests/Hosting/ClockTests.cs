using Semel.Broker.Tests.Support;
using Semel.Protocol;

namespace Semel.Broker.Tests.Hosting;

/// <summary>What somebody who sets the clock of the broker's computer does to its producers: nothing.</summary>
public class ClockTests : BrokerTest
{
    readonly ManualTime _time = new();
    protected override TimeProvider? Time => _time;

    static readonly TimeSpan Search = TimeSpan.FromMinutes(10);

    async Task<(FrameClient Client, ProducerId Producer)> ProduceOneAsync()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, producer));
        return (client, producer);
    }

    static async Task<(ErrorCode, long)> SendAsync(FrameClient client, ProducerId producer)
    {
        var row = await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "once"));
        return (row.ErrorCode, row.BaseOffset);
    }

    // The producer's own clock was right all the time.
    static byte[] Timed(ProducerId producer, int sequence, string value, DateTimeOffset at) => TestBatch.With(
        TestBatch.Of(producer, 0, sequence, value), header => header with { BaseTimestamp = at.ToUnixTimeMilliseconds(), MaxTimestamp = at.ToUnixTimeMilliseconds() });

    [Fact]
    public async Task A_retry_whose_timestamp_the_clock_that_was_set_back_would_refuse_is_still_recognised_and_its_sequence_is_not_given_to_other_records()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        var sent = _time.GetUtcNow();
        await client.ProduceAsync("t", 0, Timed(producer, 0, "first", sent));
        _time.SetWallClock(TimeSpan.FromHours(-25));
        var retry = await client.ProduceAsync("t", 0, Timed(producer, 0, "first", sent));
        Assert.Equal((ErrorCode.None, 0L), (retry.ErrorCode, retry.BaseOffset));
        Assert.Empty(retry.RecordErrors);
        var next = await client.ProduceAsync("t", 0, Timed(producer, 1, "next", sent));
        Assert.Equal((ErrorCode.InvalidTimestamp, -1L), (next.ErrorCode, next.BaseOffset));
        Assert.NotEmpty(next.RecordErrors);
        Assert.Contains("timestamp", next.ErrorMessage);
        Assert.Equal(["first"], await client.ReadAllAsync("t"));
        next = await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 1, "next"));
        Assert.Equal((ErrorCode.None, 1L), (next.ErrorCode, next.BaseOffset));
    }

    [Theory]
    [InlineData(25)]
    [InlineData(-25)]
    public async Task A_retry_after_the_clock_was_set_is_in_the_log_once(int hours)
    {
        var (_, producer) = await ProduceOneAsync();
        _time.SetWallClock(TimeSpan.FromHours(hours));
        _time.Advance(Search);
        var client = await ConnectAsync();
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, producer));
        Assert.Equal(["once"], await client.ReadAllAsync("t"));
    }

    [Theory]
    [InlineData(25)]
    [InlineData(-25)]
    public async Task A_retry_after_the_clock_was_set_while_the_broker_was_down_is_in_the_log_once(int hours)
    {
        var (_, producer) = await ProduceOneAsync();
        await Broker.RestartAsync(options =>
        {
            _time.SetWallClock(TimeSpan.FromHours(hours));
            return options;
        });
        await Broker.Broker.LogsOpened;
        _time.Advance(Search);
        var client = await ConnectAsync();
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, producer));
        Assert.Equal(["once"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task A_day_that_has_passed_forgets_a_silent_producer()
    {
        var (_, producer) = await ProduceOneAsync();
        _time.Advance(TimeSpan.FromDays(1));
        _time.Advance(Search);
        var client = await ConnectAsync();
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(client, producer));
    }
}
