using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Testing;

namespace Semel.Broker.Tests.Handlers;

public class InitProducerIdTests : BrokerTest
{
    readonly ManualTime _time = new();
    protected override TimeProvider? Time => _time;

    [Theory]
    [InlineData(null, -1, -1, ErrorCode.None)]
    [InlineData(null, 5, 3, ErrorCode.None)]
    [InlineData(null, 5, -1, ErrorCode.InvalidRequest)]
    [InlineData(null, -1, 5, ErrorCode.InvalidRequest)]
    [InlineData("", -1, -1, ErrorCode.InvalidRequest)]
    [InlineData("id", -1, -1, ErrorCode.None)]
    public async Task Each_question_has_its_answer(string? transactionalId, long producerId, short epoch, ErrorCode expected)
    {
        var client = await ConnectAsync();
        var response = await client.AskAsync(new InitProducerIdRequest
        {
            TransactionalId = transactionalId is null ? null : new TransactionalId(transactionalId),
            ProducerId = new ProducerId(producerId),
            ProducerEpoch = new ProducerEpoch(epoch),
            TransactionTimeoutMs = 1000,
        }, 5);
        Assert.Equal(expected, response.ErrorCode);
        if (expected == ErrorCode.None) Assert.InRange(response.ProducerId.Value, 1L << 40, (1L << 53) - 1);
        else Assert.Equal(ProducerId.None, response.ProducerId);
        Assert.Equal(expected == ErrorCode.None ? 0 : -1, response.ProducerEpoch.Value);
    }

    [Fact]
    public async Task A_broker_that_came_back_empty_gives_nobody_an_id_that_a_surviving_producer_has()
    {
        await Broker.CreateTopicAsync("t");
        var survivor = await (await ConnectAsync()).NewProducerAsync();
        await using var empty = await InProcessBroker.StartAsync(Options);
        await empty.CreateTopicAsync("t");
        await using var client = await FrameClient.ConnectAsync(empty.Broker.EndPoint);
        var fresh = await client.NewProducerAsync();
        Assert.True(Math.Abs(fresh.Value - survivor.Value) > 1_000_000, $"{fresh} was given out where {survivor} had been");
        foreach (var (producer, sequence, value) in new[] { (fresh, 0, "N0"), (survivor, 0, "S0"), (survivor, 1, "S1"), (fresh, 1, "N1") })
            Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, sequence, value))).ErrorCode);
        Assert.Equal(["N0", "S0", "S1", "N1"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task Connections_that_ask_at_once_get_ids_that_no_other_has_and_neither_has_a_later_broker()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectAsync()));
        async Task<List<long>> Take(FrameClient client)
        {
            var ids = new List<long>();
            for (var i = 0; i < 300; i++) ids.Add((await client.NewProducerAsync()).Value);
            return ids;
        }
        var before = (await Task.WhenAll(clients.Select(Take))).SelectMany(ids => ids).ToList();
        await Broker.KillAndRestartAsync();
        var after = await Take(await ConnectAsync());
        await Broker.RestartAsync();
        after.AddRange(await Take(await ConnectAsync()));
        Assert.Equal(3000, before.Concat(after).Distinct().Count());
    }

    [Fact]
    public async Task A_connection_that_asks_without_end_is_slowed_down_with_an_error_to_come_again()
    {
        var client = await ConnectAsync();
        var errors = new List<ErrorCode>();
        for (var i = 0; i < 1100; i++) errors.Add((await client.AskAsync(new InitProducerIdRequest { TransactionalId = null }, 4)).ErrorCode);
        Assert.All(errors.Take(1000), error => Assert.Equal(ErrorCode.None, error));
        Assert.All(errors.Skip(1000), error => Assert.Equal(ErrorCode.CoordinatorLoadInProgress, error));
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await client.NewProducerAsync();
        await (await ConnectAsync()).NewProducerAsync();
    }
}
