using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Faults.Tests;

/// <summary>A client of a test: writes frames and reads frames, nothing more.</summary>
sealed class RawClient : IDisposable
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    RawClient(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    public static async Task<RawClient> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint);
        return new RawClient(socket);
    }

    /// <summary>Whether a connection is refused, or closed before anything was said.</summary>
    public static async Task<bool> IsRefusedAsync(IPEndPoint endPoint)
    {
        try
        {
            using var client = await ConnectAsync(endPoint);
            return await client.AnswerAsync() is null;
        }
        catch (SocketException) { return true; }
    }

    public static byte[] Size(int size)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, size);
        return bytes;
    }

    /// <summary>A request of a version whose header has no tagged fields; the body is not looked at by the proxy (other than that of a Produce).</summary>
    public static byte[] Request(ApiKey key, int correlationId, int bodyLength = 10, short version = 3)
    {
        var frame = new byte[14 + 1 + bodyLength];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), (short)key);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), correlationId);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(12), 1);
        frame[14] = (byte)'c';
        frame.AsSpan(15).Fill(0x21);
        // A flexible header ends with its tagged fields: none.
        if (RequestHeader.VersionOf(key, version) == 2) frame[15] = 0;
        return frame;
    }

    public Task SendAsync(params byte[][] frames) => Socket.SendAsync(frames.SelectMany(frame => frame).ToArray()).WaitAsync(Bound);

    /// <summary>The next frame with its size; null when the connection was closed or reset before its end.</summary>
    public Task<byte[]?> ReceiveAsync() => ReadFrameAsync(Socket).WaitAsync(Bound);

    /// <summary>The correlation id of the next answer; null when the connection was closed.</summary>
    public async Task<int?> AnswerAsync() => await ReceiveAsync() is { } frame ? BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)) : null;

    /// <summary>The next answers have these correlation ids; null for a closed connection.</summary>
    public async Task ExpectAsync(params int?[] correlationIds)
    {
        foreach (var expected in correlationIds) Assert.Equal(expected, await AnswerAsync());
    }

    /// <summary>All bytes until the connection ends.</summary>
    public async Task<byte[]> ReceiveToEndAsync()
    {
        var all = new List<byte>();
        var buffer = new byte[4096];
        while (await ReceiveSomeAsync(Socket, buffer).WaitAsync(Bound) is var count and > 0) all.AddRange(buffer.AsSpan(0, count));
        return all.ToArray();
    }

    public static async Task<byte[]?> ReadFrameAsync(Socket socket)
    {
        if (await ReadExactlyAsync(socket, 4) is not { } size) return null;
        return await ReadExactlyAsync(socket, BinaryPrimitives.ReadInt32BigEndian(size)) is { } body ? [.. size, .. body] : null;
    }

    static async Task<byte[]?> ReadExactlyAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = await ReceiveSomeAsync(socket, bytes.AsMemory(at));
            if (received == 0) return null;
            at += received;
        }
        return bytes;
    }

    static async Task<int> ReceiveSomeAsync(Socket socket, Memory<byte> buffer)
    {
        try { return await socket.ReceiveAsync(buffer); }
        catch (SocketException) { return 0; }
    }

    public void Dispose() => Socket.Dispose();
}
