using System.Net;
using System.Net.Sockets;
using Semel.Client.Connections;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Connections;

public sealed class ClusterConnectionsTests : IAsyncDisposable
{
    readonly ScriptedBroker _broker = new();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    /// <summary>An address at which nothing listens.</summary>
    static BrokerAddress Nowhere()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new BrokerAddress("127.0.0.1", ((IPEndPoint)socket.LocalEndPoint!).Port);
    }

    [Fact]
    public async Task All_who_ask_for_a_broker_at_the_same_time_get_the_same_connection()
    {
        await using var cluster = new ClusterConnections(_broker.Options);
        await cluster.Metadata.RefreshAsync();
        var asked = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => cluster.GetAsync(new NodeId(1)).AsTask()));
        Assert.All(asked, connection => Assert.Same(asked[0], connection));
        Assert.NotSame(asked[0], await cluster.GetAsync(new NodeId(1), ConnectionLane.Fetches));
    }

    [Theory]
    [InlineData("scripted", true, "scripted")]
    [InlineData(null, true, null)]
    [InlineData("scripted", false, null)]
    public async Task A_connection_knows_its_cluster_where_that_is_asked_for_and_told(string? told, bool asks, string? known)
    {
        _broker.ClusterId = told;
        await using var cluster = new ClusterConnections(_broker.Options with { AsksCluster = asks });
        await cluster.Metadata.RefreshAsync();
        Assert.Equal(known, (await cluster.GetAsync(new NodeId(1))).ClusterId);
        Assert.Equal(asks ? 2 : 1, _broker.Received.Count(received => received.Key == ApiKey.Metadata));
    }

    [Fact]
    public async Task A_broken_connection_is_made_anew()
    {
        await using var cluster = new ClusterConnections(_broker.Options);
        await cluster.Metadata.RefreshAsync();
        var first = await cluster.GetAsync(new NodeId(1));
        await first.DisposeAsync();
        var second = await cluster.GetAsync(new NodeId(1));
        Assert.NotSame(first, second);
        Assert.False(second.IsBroken);
    }

    [Fact]
    public async Task A_broker_that_the_cluster_does_not_name_is_refused_without_dialling()
    {
        await using var cluster = new ClusterConnections(_broker.Options);
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAsync(new NodeId(7)));
        Assert.False(failure.WasWritten);
        Assert.Contains("7", failure.Message);
    }

    [Fact]
    public async Task A_bootstrap_server_that_is_down_does_not_matter_while_another_is_up()
    {
        await using var cluster = new ClusterConnections(_broker.Options with { BootstrapServers = [Nowhere(), _broker.Address, Nowhere()] });
        Assert.False((await cluster.GetAnyAsync()).IsBroken);
    }

    [Fact]
    public async Task When_no_broker_can_be_reached_the_error_names_each_and_its_reason()
    {
        BrokerAddress[] nowhere = [Nowhere(), Nowhere()];
        await using var cluster = new ClusterConnections(_broker.Options with { BootstrapServers = nowhere });
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        Assert.All(nowhere, address => Assert.Contains($"{address}: Connection refused", failure.Message));
        Assert.False(failure.WasWritten);
    }

    [Fact]
    public async Task A_name_that_cannot_be_looked_up_is_an_error_that_names_it()
    {
        await using var cluster = new ClusterConnections(_broker.Options with { BootstrapServers = [new BrokerAddress("no-such-host.invalid", 9092)] });
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        Assert.Contains("no-such-host.invalid", failure.Message);
    }

    [Fact]
    public async Task A_server_that_takes_the_connection_and_says_nothing_is_given_up_after_the_setup_timeout()
    {
        var accepted = new TaskCompletionSource();
        _broker.Serve = async (socket, cancellation) =>
        {
            // With the first byte of the handshake the other side knows that it is connected.
            await socket.ReceiveAsync(new byte[1], cancellation);
            accepted.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
        };
        var time = new ManualTime();
        await using var cluster = new ClusterConnections(_broker.Options with { TimeProvider = time, SetupTimeout = TimeSpan.FromSeconds(10) });
        var connecting = cluster.GetAnyAsync().AsTask();
        await accepted.Task;
        while (!connecting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(() => connecting);
        Assert.Contains("a connection was made, and nobody answered on it within 10000 ms", failure.Message);
    }

    [Fact]
    public async Task A_server_that_closes_at_once_or_speaks_another_protocol_is_an_error_that_says_so()
    {
        _broker.Serve = async (socket, cancellation) => await socket.SendAsync("SSH-2.0-OpenSSH_9.6\r\n"u8.ToArray(), cancellation);
        await using var cluster = new ClusterConnections(_broker.Options);
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        Assert.Contains("claims to have", failure.Message);
        Assert.Contains("It begins with 'SSH-2.0-OpenSSH_9.6'", failure.Message);
        _broker.Serve = (_, _) => Task.CompletedTask;
        failure = await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        Assert.Contains(_broker.Address.ToString(), failure.Message);
    }

    [Fact]
    public async Task Attempts_after_failures_are_kept_apart_by_the_backoff()
    {
        var time = new ManualTime();
        await using var cluster = new ClusterConnections(_broker.Options with
        {
            BootstrapServers = [Nowhere()], TimeProvider = time, ReconnectBackoff = TimeSpan.FromSeconds(10), ReconnectBackoffMax = TimeSpan.FromSeconds(40),
        });
        await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        var second = cluster.GetAnyAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(7));
        await Task.Yield();
        Assert.False(second.IsCompleted);
        while (!second.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await Assert.ThrowsAsync<BrokerConnectionException>(() => second);
        Assert.True(time.GetElapsedTime(0) >= TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_broker_that_moves_is_dialled_at_its_new_address()
    {
        await using var other = new ScriptedBroker();
        await using var cluster = new ClusterConnections(_broker.Options);
        await cluster.Metadata.RefreshAsync();
        var before = await cluster.GetAsync(new NodeId(1));
        _broker.On<MetadataRequest, MetadataResponse>((request, _) => other.Metadata(request));
        await cluster.Metadata.RefreshAsync();
        var after = await cluster.GetAsync(new NodeId(1));
        Assert.Equal(other.Address, after.Address);
        Assert.NotSame(before, after);
    }

    [Fact]
    public async Task When_no_known_broker_has_answered_for_long_the_bootstrap_servers_are_asked_again()
    {
        var time = new ManualTime();
        await using var cluster = new ClusterConnections(_broker.Options with
        {
            TimeProvider = time, RebootstrapAfter = TimeSpan.FromMinutes(5), ReconnectBackoff = TimeSpan.Zero, ReconnectBackoffMax = TimeSpan.Zero, RetryBackoff = TimeSpan.Zero, RetryBackoffMax = TimeSpan.Zero,
            MetadataMaxAge = TimeSpan.FromHours(1),
        });
        var gone = Nowhere();
        _broker.On<MetadataRequest, MetadataResponse>((_, _) => new MetadataResponse { Brokers = [new() { NodeId = new NodeId(9), Host = gone.Host, Port = gone.Port }] });
        await cluster.Metadata.RefreshAsync();
        await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(_broker.Address, (await cluster.GetAnyAsync()).Address);
    }

    /// <summary>metadata.recovery.strategy=none.</summary>
    [Fact]
    public async Task Without_recovery_the_bootstrap_servers_are_not_asked_again()
    {
        var time = new ManualTime();
        await using var cluster = new ClusterConnections(_broker.Options with
        {
            TimeProvider = time, RebootstrapAfter = null, ReconnectBackoff = TimeSpan.Zero, ReconnectBackoffMax = TimeSpan.Zero, RetryBackoff = TimeSpan.Zero, RetryBackoffMax = TimeSpan.Zero,
            MetadataMaxAge = TimeSpan.FromHours(1),
        });
        var gone = Nowhere();
        _broker.On<MetadataRequest, MetadataResponse>((_, _) => new MetadataResponse { Brokers = [new() { NodeId = new NodeId(9), Host = gone.Host, Port = gone.Port }] });
        await cluster.Metadata.RefreshAsync();
        await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        time.Advance(TimeSpan.FromHours(1));
        Assert.Contains($"{gone}", (await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync())).Message);
    }

    [Fact]
    public async Task After_disposal_nothing_is_dialled_and_who_waits_is_told()
    {
        var cluster = new ClusterConnections(_broker.Options);
        await cluster.Metadata.RefreshAsync();
        await cluster.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await cluster.GetAnyAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => cluster.Metadata.RefreshAsync());
    }
}
