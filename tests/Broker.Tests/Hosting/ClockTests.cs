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
