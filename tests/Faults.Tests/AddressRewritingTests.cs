using System.Net;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Faults.Tests;

public sealed class AddressRewritingTests
{
    static byte[] Request(ApiKey key, short version, IMessage body)
    {
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(key, version, 5, "client"), body);
        return writer.ToArray();
    }

    /// <summary>Sends one request through a proxy to a broker that gives this answer, and reads what the client gets.</summary>
    static async Task<(T Answer, byte[] Bytes, FaultProxy Proxy)> AskAsync<T>(ApiKey key, short version, IMessage request, IMessage answer, Func<FaultProxyOptions, FaultProxyOptions>? change = null)
        where T : IMessage, new()
    {
        using var writer = new WireWriter();
        Frame.WriteResponse(writer, key, version, 5, answer);
        var scripted = writer.ToArray();
        await using var broker = new ScriptedBroker(_ => scripted[4..]);
        var options = new FaultProxyOptions { Upstream = new IPEndPoint(IPAddress.Loopback, broker.EndPoint.Port) };
        await using var proxy = await FaultProxy.StartAsync(change?.Invoke(options) ?? options);
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Request(key, version, request));
        var bytes = (await client.ReceiveAsync())!;
        var reader = new WireReader(bytes.AsMemory(4));
        Assert.Equal(5, ResponseHeader.Read(ref reader, key, version).CorrelationId);
        var body = new T();
        body.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        if (change is not null) Assert.Equal(scripted, bytes);
        return (body, bytes, proxy);
    }

    static MetadataResponse Metadata(params (string Host, int Port)[] brokers) => new()
    {
        ClusterId = "cluster",
        Brokers = brokers.Select((broker, i) => new MetadataResponse.MetadataResponseBroker { NodeId = new NodeId(i), Host = broker.Host, Port = broker.Port }).ToList(),
    };

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(13)]
    public async Task The_only_broker_of_a_Metadata_answer_is_the_proxy_whatever_it_calls_itself(short version)
    {
        var (answer, _, proxy) = await AskAsync<MetadataResponse>(ApiKey.Metadata, version, new MetadataRequest(), Metadata(("kafka.example", 19092)));
        var broker = Assert.Single(answer.Brokers);
        Assert.Equal(("127.0.0.1", proxy.EndPoint.Port), (broker.Host, broker.Port));
        Assert.Equal("cluster", answer.ClusterId);
    }

    [Fact]
    public async Task Other_brokers_get_ports_of_their_own_that_lead_to_them()
    {
        await using var second = new ScriptedBroker();
        await using var first = new ScriptedBroker();
        MetadataResponse told = Metadata(("127.0.0.1", first.EndPoint.Port), ("localhost", second.EndPoint.Port));
        using var writer = new WireWriter();
        Frame.WriteResponse(writer, ApiKey.Metadata, 9, 5, told);
        var scripted = writer.ToArray()[4..];
        await using var asked = new ScriptedBroker(_ => scripted);
        await using var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = asked.EndPoint });
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);

        async Task<List<int>> PortsAsync()
        {
            await client.SendAsync(Request(ApiKey.Metadata, 9, new MetadataRequest()));
            var reader = new WireReader((await client.ReceiveAsync()).AsMemory(4));
            ResponseHeader.Read(ref reader, ApiKey.Metadata, 9);
            var answer = new MetadataResponse();
            answer.Read(ref reader, 9);
            Assert.All(answer.Brokers, broker => Assert.Equal("127.0.0.1", broker.Host));
            return answer.Brokers.Select(broker => broker.Port).ToList();
        }

        var ports = await PortsAsync();
        Assert.Equal(3, ports.Append(proxy.EndPoint.Port).Distinct().Count());
        Assert.Equal(ports, await PortsAsync());
        using var through = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, ports[1]));
        await through.SendAsync(RawClient.Request(ApiKey.Fetch, 8));
        Assert.Equal(8, (await second.NextAsync()).CorrelationId);
        Assert.Equal(0, first.Connections);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_coordinator_is_told_by_the_proxys_address(short version)
    {
        await using var elsewhere = new ScriptedBroker();
        var (answer, _, proxy) = await AskAsync<FindCoordinatorResponse>(ApiKey.FindCoordinator, version, new FindCoordinatorRequest { Key = "group" },
            new FindCoordinatorResponse { NodeId = new NodeId(1), Host = "127.0.0.1", Port = elsewhere.EndPoint.Port });
        Assert.Equal("127.0.0.1", answer.Host);
        Assert.NotEqual(elsewhere.EndPoint.Port, answer.Port);
        Assert.NotEqual(proxy.EndPoint.Port, answer.Port);
    }

    [Fact]
    public async Task Each_of_several_coordinators_is_told_by_the_proxys_address_and_errors_stay_as_they_are()
    {
        var told = new FindCoordinatorResponse
        {
            Coordinators =
            [
                new() { Key = "a", NodeId = new NodeId(1), Host = "kafka.example", Port = 9092 },
                new() { Key = "b", NodeId = NodeId.None, Host = "", Port = -1, ErrorCode = ErrorCode.CoordinatorNotAvailable },
            ],
        };
        var (answer, _, _) = await AskAsync<FindCoordinatorResponse>(ApiKey.FindCoordinator, 4, new FindCoordinatorRequest(), told);
        Assert.Equal("127.0.0.1", answer.Coordinators[0].Host);
        Assert.Equal(("", -1, ErrorCode.CoordinatorNotAvailable), (answer.Coordinators[1].Host, answer.Coordinators[1].Port, answer.Coordinators[1].ErrorCode));
    }

    [Fact]
    public async Task A_described_cluster_is_told_by_the_proxys_address()
    {
        var told = new DescribeClusterResponse { ClusterId = "c", Brokers = [new() { BrokerId = new NodeId(0), Host = "kafka.example", Port = 9092 }] };
        var (answer, _, proxy) = await AskAsync<DescribeClusterResponse>(ApiKey.DescribeCluster, 1, new DescribeClusterRequest(), told);
        Assert.Equal(("127.0.0.1", proxy.EndPoint.Port), (answer.Brokers[0].Host, answer.Brokers[0].Port));
    }

    [Fact]
    public async Task New_leaders_in_answers_to_Produce_and_Fetch_are_told_by_the_proxys_address()
    {
        var produced = new ProduceResponse { NodeEndpoints = [new() { NodeId = new NodeId(1), Host = "kafka.example", Port = 9092 }] };
        var (afterProduce, _, _) = await AskAsync<ProduceResponse>(ApiKey.Produce, 10, new ProduceRequest { Acks = Acks.All }, produced);
        Assert.Equal("127.0.0.1", Assert.Single(afterProduce.NodeEndpoints).Host);
        var fetched = new FetchResponse { NodeEndpoints = [new() { NodeId = new NodeId(1), Host = "kafka.example", Port = 9092 }] };
        var (afterFetch, _, _) = await AskAsync<FetchResponse>(ApiKey.Fetch, 16, new FetchRequest(), fetched);
        Assert.Equal("127.0.0.1", Assert.Single(afterFetch.NodeEndpoints).Host);
    }

    [Fact]
    public async Task Addresses_stay_as_they_are_when_that_is_asked_for()
    {
        var (answer, _, _) = await AskAsync<MetadataResponse>(ApiKey.Metadata, 9, new MetadataRequest(), Metadata(("kafka.example", 19092)), options => options with { RewriteAddresses = false });
        Assert.Equal("kafka.example", answer.Brokers[0].Host);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_passes_as_it_is_and_is_noted()
    {
        await using var broker = new ScriptedBroker(request => ScriptedBroker.Reply(request, [1, 2, 3]));
        await using var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = broker.EndPoint });
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        var request = Request(ApiKey.Metadata, 9, new MetadataRequest());
        await client.SendAsync(request);
        byte[] expected = [.. RawClient.Size(7), .. ScriptedBroker.Reply(request, [1, 2, 3])], received = (await client.ReceiveAsync())!;
        Assert.Equal(expected, received);
        Assert.StartsWith("passes as it is", Assert.Single(proxy.Events).Reason);
    }
}
