using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;
using Semel.Testing;

namespace Semel.Cli.Tests;

/// <summary>The real broker, with some of its answers changed on their way to the client: what a broker says whose files are damaged. Requests of a connection are answered one by one.</summary>
internal sealed class AlteredBroker : IAsyncDisposable
{
    readonly InProcessBroker _broker;
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _closing = new();
    readonly Task _accepting;

    AlteredBroker(InProcessBroker broker)
    {
        _broker = broker;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public static async Task<AlteredBroker> StartAsync() => new(await InProcessBroker.StartAsync());

    public InProcessBroker Broker => _broker;

    IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Changes an answer in place; told the request that it answers.</summary>
    public Action<IMessage, IMessage> Alter { get; set; } = static (_, _) => { };

    public Task<RunResult> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    public Task<RunResult> RunWithInputAsync(string input, params string[] arguments) => RunAsync(input, CancellationToken.None, arguments);

    /// <param name="stop">Interrupts the command.</param>
    public Task<RunResult> RunAsync(CancellationToken stop, params string[] arguments) => RunAsync("", stop, arguments);

    Task<RunResult> RunAsync(string input, CancellationToken stop, string[] arguments) => RunResult.OfAsync(arguments, input, new() { ["SEMEL_BOOTSTRAP_SERVERS"] = EndPoint.ToString() }, workingDirectory: null, stop);

    /// <summary>Lets partitions be offline as a broker tells it, with the reason that it gives when it is asked or written to.</summary>
    public void TakeOffline(string reason, params int[] partitions)
    {
        Alter = (_, answer) =>
        {
            switch (answer)
            {
                case MetadataResponse metadata:
                    foreach (var partition in metadata.Topics.SelectMany(topic => topic.Partitions).Where(partition => partitions.Contains(partition.PartitionIndex)))
                        (partition.ErrorCode, partition.LeaderId, partition.IsrNodes, partition.OfflineReplicas) = (ErrorCode.LeaderNotAvailable, NodeId.None, [], [.. partition.ReplicaNodes]);
                    break;
                case DescribeProducersResponse producers:
                    foreach (var partition in producers.Topics.SelectMany(topic => topic.Partitions).Where(partition => partitions.Contains(partition.PartitionIndex)))
                        (partition.ErrorCode, partition.ErrorMessage) = (ErrorCode.KafkaStorageError, reason);
                    break;
            }
        };
    }

    async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_closing.Token)));
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException) { }
        await Task.WhenAll(serving);
    }

    async Task ServeAsync(Socket client)
    {
        using var _ = client;
        using var broker = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await broker.ConnectAsync(_broker.Broker.EndPoint, _closing.Token);
            while (true) await ExchangeAsync(client, broker);
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or EndOfStreamException or ObjectDisposedException) { }
    }

    async Task ExchangeAsync(Socket client, Socket broker)
    {
        var asked = await ReadFrameAsync(client);
        await broker.SendAsync(asked, _closing.Token);
        await client.SendAsync(Altered(asked, await ReadFrameAsync(broker)), _closing.Token);
    }

    byte[] Altered(byte[] asked, byte[] answered)
    {
        var reader = new WireReader(asked.AsMemory(Frame.SizeLength));
        var header = RequestHeader.Read(ref reader);
        // A client asks in versions of ApiVersions that the broker may not have: that answer passes as it is.
        if (header.ApiKey == ApiKey.ApiVersions) return answered;
        var api = ApiTable.Find(header.ApiKey)!;
        var request = api.NewRequest();
        request.Read(ref reader, header.ApiVersion);
        var answerReader = new WireReader(answered.AsMemory(Frame.SizeLength));
        ResponseHeader.Read(ref answerReader, header.ApiKey, header.ApiVersion);
        var answer = api.NewResponse();
        answer.Read(ref answerReader, header.ApiVersion);
        if (answer is MetadataResponse metadata)
            foreach (var node in metadata.Brokers) (node.Host, node.Port) = (EndPoint.Address.ToString(), EndPoint.Port);
        Alter(request, answer);
        using var writer = new WireWriter();
        Frame.WriteResponse(writer, header.ApiKey, header.ApiVersion, header.CorrelationId, answer);
        return writer.ToArray();
    }

    async Task<byte[]> ReadFrameAsync(Socket socket)
    {
        var size = await ReadAsync(socket, new byte[Frame.SizeLength], 0);
        var frame = new byte[Frame.SizeLength + BinaryPrimitives.ReadInt32BigEndian(size)];
        size.CopyTo(frame, 0);
        return await ReadAsync(socket, frame, Frame.SizeLength);
    }

    async Task<byte[]> ReadAsync(Socket socket, byte[] bytes, int from)
    {
        while (from < bytes.Length)
        {
            var received = await socket.ReceiveAsync(bytes.AsMemory(from), _closing.Token);
            from += received > 0 ? received : throw new EndOfStreamException();
        }
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _closing.Dispose();
        await _broker.DisposeAsync();
    }
}
