using Semel.Broker.Door;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Broker.Tests.Door;

/// <summary>What becomes of requests whose connection is over before it is their turn, and how a handler ends a connection.</summary>
public class GoneConnectionTests : IAsyncLifetime
{
    readonly CaughtLines _lines = new();
    readonly StepHandler _first = new(ApiKey.Produce, isPipelined: true), _late = new(ApiKey.InitProducerId, endsWithConnection: true), _other = new(ApiKey.DescribeCluster);
    readonly Listener _listener;

    public GoneConnectionTests() => _listener = TestDoor.Listen(TimeProvider.System, _lines, _first, _late, _other);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _listener.DisposeAsync();

    Task<FrameClient> ConnectAsync() => FrameClient.ConnectAsync(_listener.EndPoint);

    static Task SendAsync(FrameClient client, StepHandler handler) => client.SendAsync(new DescribeClusterRequest(), handler.ApiKey, 0);

    [Fact]
    public async Task What_waited_behind_another_request_when_its_peer_closed_is_dropped_where_it_asks_a_coordinator()
    {
        var client = await ConnectAsync();
        await SendAsync(client, _first);
        await SendAsync(client, _late);
        var blocking = await _first.NextAsync();
        await client.DisposeAsync();
        await AwaitEndAsync(blocking.Session);
        blocking.AnswerNothing();
        Assert.Contains("InitProducerId", await _lines.WaitForAsync(302));
        Assert.Equal(0, _late.Count);
    }

    [Fact]
    public async Task It_is_dropped_also_where_more_of_the_peer_lies_between_it_and_the_end()
    {
        var client = await ConnectAsync();
        await SendAsync(client, _first);
        await SendAsync(client, _late);
        var blocking = await _first.NextAsync();
        // More than is read ahead.
        await client.SendFrameAsync(new byte[20_000]);
        client.EndSending();
        await AwaitEndAsync(blocking.Session);
        blocking.AnswerNothing();
        Assert.Contains("InitProducerId", await _lines.WaitForAsync(302));
        Assert.Equal(0, _late.Count);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Other_requests_are_carried_out_whoever_waits_for_the_answer()
    {
        var client = await ConnectAsync();
        await SendAsync(client, _first);
        await SendAsync(client, _other);
        var blocking = await _first.NextAsync();
        await client.DisposeAsync();
        await AwaitEndAsync(blocking.Session);
        blocking.AnswerNothing();
        (await _other.NextAsync()).AnswerNothing();
    }

    [Fact]
    public async Task While_the_peer_is_there_nothing_is_dropped()
    {
        var client = await ConnectAsync();
        for (var request = 0; request < 3; request++)
        {
            await SendAsync(client, _late);
            (await _late.NextAsync()).AnswerNothing();
        }
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Connections_have_rising_ordinals_by_which_is_known_whether_they_are_open()
    {
        var ordinals = new List<long>();
        var clients = new List<FrameClient>();
        for (var connection = 0; connection < 3; connection++)
        {
            clients.Add(await ConnectAsync());
            await SendAsync(clients[^1], _other);
            var exchange = await _other.NextAsync();
            ordinals.Add(exchange.Session.Ordinal);
            exchange.AnswerNothing();
        }
        Assert.Equal([1, 2, 3], ordinals);
        Assert.All(ordinals, ordinal => Assert.True(_listener.IsOpen(ordinal)));
        Assert.False(_listener.IsOpen(0) || _listener.IsOpen(4));
        await clients[1].DisposeAsync();
        await BrokerTest.AwaitAsync(() => !_listener.IsOpen(2));
        Assert.True(_listener.IsOpen(1) && _listener.IsOpen(3));
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task A_handler_that_has_no_right_answer_closes_the_connection_after_what_came_before()
    {
        await using var client = await ConnectAsync();
        _other.Refusal = "an earlier connection of this client";
        await SendAsync(client, _first);
        await SendAsync(client, _other);
        (await _first.NextAsync()).Answer(new DescribeClusterResponse { ClusterId = "c" });
        Assert.NotNull(await client.ReceiveFrameAsync());
        Assert.True(await client.IsClosedAsync());
        Assert.Contains("an earlier connection of this client", await _lines.WaitForAsync(302));
    }

    static Task AwaitEndAsync(Session session) => BrokerTest.AwaitAsync(() => session.HasPeerEnded);

    /// <summary>Takes requests without a look at them and gives each to the test.</summary>
    sealed class StepHandler(ApiKey key, bool isPipelined = false, bool endsWithConnection = false) : IHandler
    {
        readonly System.Threading.Channels.Channel<Exchange> _taken = System.Threading.Channels.Channel.CreateUnbounded<Exchange>();

        public int Count;
        public string? Refusal;
        public ApiKey ApiKey => key;
        public VersionRange Versions => new(0, 0);
        public bool IsPipelined => isPipelined;
        public bool EndsWithConnection => endsWithConnection;

        public async Task<Exchange> NextAsync() => await _taken.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        public ValueTask HandleAsync(Exchange exchange)
        {
            if (Refusal is { } refusal) throw new UnanswerableException(refusal);
            Interlocked.Increment(ref Count);
            _taken.Writer.TryWrite(exchange);
            return default;
        }
    }
}
