using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Semel.Client.Connections;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Tests;

/// <summary>
/// A socket server that speaks the protocol and says whatever the test tells it to. It answers ApiVersions and Metadata by itself (one broker, number 1);
/// every other request needs a handler. The requests of one connection are answered one after the other, as a broker does.
/// </summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _closing = new();
    readonly ConcurrentDictionary<ApiKey, Func<IMessage, short, Task<IMessage?>>> _handlers = [];
    readonly ConcurrentBag<Socket> _sockets = [];
    readonly Task _accepting;

    public ScriptedBroker()
    {
        _listener.Start();
        Address = new BrokerAddress("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        On<ApiVersionsRequest, ApiVersionsResponse>((_, _) => Offer(ApiTable.All.Select(api => (api.Key, api.Versions))));
        On<MetadataRequest, MetadataResponse>((request, _) => Metadata(request));
        _accepting = AcceptAsync();
    }

    public BrokerAddress Address { get; }

    /// <summary>Topics that Metadata tells: name, id, number of partitions.</summary>
    public Dictionary<string, (TopicId Id, int Partitions)> Topics { get; } = [];

    public int LeaderEpoch { get; set; }
    public string? ClusterId { get; set; } = "scripted";

    /// <summary>Everything that was received, in order of arrival.</summary>
    public ConcurrentQueue<(ApiKey Key, short Version, IMessage Request)> Received { get; } = new();

    public int Connections { get; private set; }

    /// <summary>Takes connections over instead of speaking the protocol.</summary>
    public Func<Socket, CancellationToken, Task>? Serve { get; set; }

    /// <summary>Changes the bytes of a response before they are sent.</summary>
    public Func<ApiKey, byte[], byte[]>? Distort { get; set; }

    public void On<TRequest, TResponse>(Func<TRequest, short, TResponse?> answer) where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new() =>
        _handlers[TRequest.ApiKey] = (request, version) => Task.FromResult<IMessage?>(answer((TRequest)request, version));

    /// <summary>A null answer is none: the connection waits for ever.</summary>
    public void OnAsync<TRequest, TResponse>(Func<TRequest, short, Task<TResponse?>> answer) where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new() =>
        _handlers[TRequest.ApiKey] = async (request, version) => await answer((TRequest)request, version);

    public static ApiVersionsResponse Offer(IEnumerable<(ApiKey Key, VersionRange Versions)> apis) => new()
    {
        ApiKeys = [.. apis.Select(api => new ApiVersionsResponse.ApiVersion { ApiKey = api.Key, MinVersion = api.Versions.Lowest, MaxVersion = api.Versions.Highest })],
    };

    public MetadataResponse Metadata(MetadataRequest request)
    {
        var names = request.Topics?.Select(topic => topic.Name!) ?? Topics.Keys;
        return new MetadataResponse
        {
            ClusterId = ClusterId,
            ControllerId = new NodeId(1),
            Brokers = [new MetadataResponse.MetadataResponseBroker { NodeId = new NodeId(1), Host = Address.Host, Port = Address.Port }],
            Topics = [.. names.Select(Topic)],
        };
    }

    MetadataResponse.MetadataResponseTopic Topic(string name) => !Topics.TryGetValue(name, out var topic)
        ? new MetadataResponse.MetadataResponseTopic { Name = name, ErrorCode = ErrorCode.UnknownTopicOrPartition }
        : new MetadataResponse.MetadataResponseTopic
        {
            Name = name, TopicId = topic.Id,
            Partitions = [.. Enumerable.Range(0, topic.Partitions).Select(number => new MetadataResponse.MetadataResponsePartition
            {
                PartitionIndex = number, LeaderId = new NodeId(1), LeaderEpoch = LeaderEpoch, ReplicaNodes = [new NodeId(1)], IsrNodes = [new NodeId(1)],
            })],
        };

    public ConnectionOptions Options => new() { BootstrapServers = [Address] };

    /// <summary>Closes every connection there is, as a broker does that dies.</summary>
    public void CutConnections()
    {
        foreach (var socket in _sockets) socket.Dispose();
    }

    async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_closing.Token);
                _sockets.Add(socket);
                Connections++;
                serving.Add(ServeAsync(socket));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException) { }
        await Task.WhenAll(serving);
    }

    async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        try
        {
            if (Serve is { } serve) await serve(socket, _closing.Token);
            else
                while (true) await AnswerOneAsync(socket);
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or EndOfStreamException or ObjectDisposedException) { }
    }

    async Task AnswerOneAsync(Socket socket)
    {
        var frame = await ReadFrameAsync(socket, _closing.Token);
        var reader = new WireReader(frame);
        var header = RequestHeader.Read(ref reader);
        var request = ApiTable.Find(header.ApiKey)!.NewRequest();
        request.Read(ref reader, header.ApiVersion);
        Received.Enqueue((header.ApiKey, header.ApiVersion, request));
        var response = await _handlers[header.ApiKey](request, header.ApiVersion).WaitAsync(_closing.Token);
        if (response is null) await Task.Delay(Timeout.Infinite, _closing.Token);
        using var writer = new WireWriter();
        Frame.WriteResponse(writer, header.ApiKey, header.ApiVersion, header.CorrelationId, response!);
        var bytes = writer.ToArray();
        await socket.SendAsync(Distort?.Invoke(header.ApiKey, bytes) ?? bytes, _closing.Token);
    }

    public static async Task<byte[]> ReadFrameAsync(Socket socket, CancellationToken cancellation)
    {
        var size = await ReadAsync(socket, 4, cancellation);
        return await ReadAsync(socket, BinaryPrimitives.ReadInt32BigEndian(size), cancellation);
    }

    static async Task<byte[]> ReadAsync(Socket socket, int count, CancellationToken cancellation)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = await socket.ReceiveAsync(bytes.AsMemory(at), cancellation);
            at += received > 0 ? received : throw new EndOfStreamException();
        }
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        CutConnections();
        await _accepting;
        _closing.Dispose();
    }
}
