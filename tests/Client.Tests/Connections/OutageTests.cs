using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Semel.Client.Connections;
using Semel.Client.Tests.Producing.Sending;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Connections;

/// <summary>That a broker cannot be reached is told at once, with host, reason and remedy, and not in a loop.</summary>
public sealed class OutageTests : IAsyncDisposable
{
    const string Unknown = "no-such-host.invalid";
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    readonly ScriptedBroker _broker = new();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    static BrokerAddress Nowhere()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new BrokerAddress("127.0.0.1", ((IPEndPoint)socket.LocalEndPoint!).Port);
    }

    static ConnectionOptions Quick(BrokerAddress address) => new()
    {
        BootstrapServers = [address], ReconnectBackoff = TimeSpan.Zero, ReconnectBackoffMax = TimeSpan.Zero,
    };

    /// <summary>The broker answers, and names an address at which nobody can reach it.</summary>
    void Advertise(string host, int port)
    {
        _broker.Topics["t"] = (new TopicId(Guid.NewGuid()), 1);
        _broker.On<MetadataRequest, MetadataResponse>((request, _) =>
        {
            var response = _broker.Metadata(request);
            (response.Brokers[0].Host, response.Brokers[0].Port) = (host, port);
            return response;
        });
    }

    static TaskCompletionSource<BrokerUnreachable> First(Action<Action<BrokerUnreachable>> subscribe)
    {
        var first = new TaskCompletionSource<BrokerUnreachable>(TaskCreationOptions.RunContinuationsAsynchronously);
        subscribe(told => first.TrySetResult(told));
        return first;
    }

    [Fact]
    public async Task A_refused_connection_is_told_once_however_often_it_is_tried()
    {
        var nowhere = Nowhere();
        var logs = new RecordingLogs();
        await using var cluster = new ClusterConnections(Quick(nowhere) with { Logger = logs });
        var told = new ConcurrentQueue<BrokerUnreachable>();
        var first = First(tell => cluster.Outages.Told += tell);
        cluster.Outages.Told += told.Enqueue;
        for (var attempt = 0; attempt < 5; attempt++) await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        var outage = await first.Task.WaitAsync(Guard);
        Assert.Equal((nowhere.Host, nowhere.Port, UnreachableCause.Refused, NodeId.None), (outage.Host, outage.Port, outage.Cause, outage.Node));
        Assert.Contains($"{nowhere}: Connection refused", outage.Reason);
        Assert.Contains("bootstrap.servers", outage.Remedy);
        Assert.True(told.Count <= 1, $"told {told.Count} times");
        Assert.Single(logs.Lines, line => line.Level == Microsoft.Extensions.Logging.LogLevel.Warning && line.Text.Contains("Connection refused"));
    }

    [Fact]
    public async Task A_broker_that_was_reached_meanwhile_is_told_anew()
    {
        await using var cluster = new ClusterConnections(Quick(_broker.Address));
        var outages = cluster.Outages;
        var told = 0;
        outages.Told += _ => Interlocked.Increment(ref told);
        outages.Failed(NodeId.None, _broker.Address, UnreachableCause.Refused, "refused");
        Assert.NotNull(outages.Describe([_broker.Address]));
        await cluster.GetAnyAsync();
        Assert.Null(outages.Describe([_broker.Address]));
        outages.Failed(NodeId.None, _broker.Address, UnreachableCause.Refused, "refused again");
        outages.Failed(NodeId.None, _broker.Address, UnreachableCause.TimedOut, "no connection within 10000 ms");
        Assert.Equal("no connection within 10000 ms", outages.Describe([_broker.Address]));
        await Eventually.Is(() => Volatile.Read(ref told) == 3);
    }

    [Fact]
    public async Task A_handler_that_throws_keeps_nobody_else_from_being_told()
    {
        await using var cluster = new ClusterConnections(Quick(Nowhere()));
        cluster.Outages.Told += _ => throw new InvalidOperationException("a handler's own trouble");
        var second = First(tell => cluster.Outages.Told += tell);
        await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        await second.Task.WaitAsync(Guard);
    }

    [Fact]
    public async Task Somebody_who_is_no_broker_is_told_as_such()
    {
        _broker.Serve = async (socket, cancellation) => await socket.SendAsync("SSH-2.0-OpenSSH_9.6\r\n"u8.ToArray(), cancellation);
        await using var cluster = new ClusterConnections(Quick(_broker.Address));
        var first = First(tell => cluster.Outages.Told += tell);
        await Assert.ThrowsAsync<BrokerConnectionException>(async () => await cluster.GetAnyAsync());
        Assert.Equal(UnreachableCause.NotABroker, (await first.Task.WaitAsync(Guard)).Cause);
    }

    [Fact]
    public async Task A_producer_tells_an_advertised_name_that_cannot_be_looked_up_long_before_its_records_expire()
    {
        Advertise(Unknown, 9092);
        _broker.On<InitProducerIdRequest, InitProducerIdResponse>((_, _) => new InitProducerIdResponse { ProducerId = new ProducerId(7), ProducerEpoch = default });
        await using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = _broker.Address.ToString(), ["close.timeout.ms"] = "0" }).Build();
        var first = First(tell => producer.Unreachable += tell);
        producer.Produce("t", new Message<string, string> { Value = "v" });
        var told = await first.Task.WaitAsync(Guard);
        Assert.Equal((Unknown, 9092, UnreachableCause.NameUnknown, new NodeId(1)), (told.Host, told.Port, told.Cause, told.Node));
        Assert.Contains(Unknown, told.Reason);
        Assert.Contains("advertised.listeners", told.Remedy);
    }

    [Fact]
    public async Task A_consumer_tells_an_advertised_address_at_which_nobody_listens_without_being_pulled()
    {
        var nowhere = Nowhere();
        Advertise(nowhere.Host, nowhere.Port);
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = _broker.Address.ToString() }).Build();
        var first = First(tell => consumer.Unreachable += tell);
        consumer.Assign(new TopicPartitionOffset("t", 0, 0));
        var told = await first.Task.WaitAsync(Guard);
        Assert.Equal((nowhere.Host, nowhere.Port, UnreachableCause.Refused), (told.Host, told.Port, told.Cause));
    }

    [Fact]
    public async Task A_call_of_the_admin_client_ends_with_host_and_reason_and_not_with_a_bare_timeout()
    {
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = $"{Unknown}:9092", ["default.api.timeout.ms"] = "300" });
        var first = First(tell => admin.Unreachable += tell);
        var failure = await Assert.ThrowsAsync<KafkaException>(() => admin.ListTopicsAsync());
        Assert.Contains($"the name {Unknown} cannot be looked up", failure.Message);
        Assert.Equal(Unknown, (await first.Task.WaitAsync(Guard)).Host);
    }

    [Fact]
    public async Task A_call_that_ends_while_it_waits_for_the_next_attempt_still_names_the_reason_of_the_last()
    {
        var nowhere = Nowhere();
        await using var admin = new AdminClient(new ClientConfig
        {
            BootstrapServers = nowhere.ToString(), ["default.api.timeout.ms"] = "500", ["reconnect.backoff.ms"] = "60000", ["reconnect.backoff.max.ms"] = "60000",
        });
        var failure = await Assert.ThrowsAsync<KafkaException>(() => admin.CreateTopicsAsync([new NewTopic("new", 1, 1)]));
        Assert.Contains($"{nowhere}: Connection refused", failure.Message);
    }
}
