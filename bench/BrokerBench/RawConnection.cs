using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.BrokerBench;

/// <summary>One connection and our messages on it, one question at a time or several written ahead of their answers. Used by one thread at a time.</summary>
class RawConnection : IDisposable
{
    const short FindCoordinatorVersion = 4;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly WireWriter _writer = new();
    readonly byte[] _size = new byte[4];
    byte[] _frame = new byte[4096];

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public RawConnection(int port)
    {
        _socket.ReceiveTimeout = 60_000;
        try
        {
            _socket.Connect(IPAddress.Loopback, port);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _writer.Dispose();
    }

    /// <summary>Has the coordinator named, which makes the topic in which it remembers, until it is there. There is one broker, so it is the one at the other end.</summary>
    /// <param name="keyType">0 for a group, 1 for a transactional id.</param>
    public void FindCoordinator(sbyte keyType, string key) =>
        UntilDone(() => Ask(new FindCoordinatorRequest { KeyType = keyType, CoordinatorKeys = [key] }, FindCoordinatorVersion).Coordinators[0].ErrorCode);

    /// <summary>Asks again, whatever the error, until there is none.</summary>
    public static void UntilDone(Func<ErrorCode> ask)
    {
        var error = ErrorCode.None;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; Thread.Sleep(1))
            if ((error = ask()) == ErrorCode.None) return;
        throw new TimeoutException($"the broker still answers {error} after {Patience.TotalSeconds} s");
    }

    /// <summary>The answer's byte fields are slices of this connection's buffer, and are gone with the next answer.</summary>
    public TResponse Ask<TResponse>(IRequest<TResponse> request, short version) where TResponse : class, IMessage, new()
    {
        var key = Enum.Parse<ApiKey>(request.GetType().Name[..^"Request".Length]);
        Send(request, key, version);
        return Read<TResponse>(key, version);
    }

    public void Send(IMessage request, ApiKey key, short version)
    {
        _writer.Reset();
        Frame.WriteRequest(_writer, new RequestHeader(key, version, 0, "broker-bench"), request);
        foreach (var piece in _writer.Pieces())
            for (var sent = 0; sent < piece.Length;) sent += _socket.Send(piece.Span[sent..]);
    }

    public TResponse Read<TResponse>(ApiKey key, short version) where TResponse : class, IMessage, new()
    {
        ReadExactly(_size);
        var size = BinaryPrimitives.ReadInt32BigEndian(_size);
        if (_frame.Length < size) _frame = new byte[size];
        ReadExactly(_frame.AsSpan(0, size));
        var reader = new WireReader(_frame.AsMemory(0, size));
        ResponseHeader.Read(ref reader, key, version);
        var answer = new TResponse();
        answer.Read(ref reader, version);
        return answer;
    }

    void ReadExactly(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = _socket.Receive(bytes);
            if (count == 0) throw new EndOfStreamException("the broker closed the connection");
            bytes = bytes[count..];
        }
    }
}
