using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Semel.Protocol.Wire;

namespace Semel.Client.Connections;

/// <summary>
/// Cuts what a socket receives into frames. Memory grows with the bytes that arrived, never with the length that a frame claims to have.
/// One reader at a time: <see cref="ReadStartAsync"/>, then <see cref="ReadBodyAsync"/>, and so on.
/// </summary>
internal sealed class FrameReceiver(Socket socket, int bytesMax)
{
    const int CorrelationBytes = 4;

    /// <summary>The largest piece that is taken on a frame's word alone.</summary>
    const int TrustedBytes = 2 << 20;

    /// <summary>Small responses are received many at a time; of a large one only the first bytes go through here.</summary>
    readonly byte[] _window = new byte[16 * 1024];
    int _start, _end;

    /// <summary>Waits for a frame's size and correlation id, and leaves the correlation id in place as part of the body.</summary>
    /// <exception cref="WireFormatException">The size cannot be one of a response.</exception>
    /// <exception cref="EndOfStreamException">The broker closed the connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(int Size, int CorrelationId)> ReadStartAsync()
    {
        while (_end - _start < Frame.SizeLength + CorrelationBytes)
        {
            if (_start > 0)
            {
                _window.AsSpan(_start, _end - _start).CopyTo(_window);
                (_start, _end) = (0, _end - _start);
            }
            _end += await ReceiveAsync(_window.AsMemory(_end)).ConfigureAwait(false);
            // A size that cannot be is refused before the correlation id has come: a peer that speaks another protocol may never send more.
            if (_end - _start >= Frame.SizeLength) CheckedSize();
        }
        var size = CheckedSize();
        _start += Frame.SizeLength;
        return (size, BinaryPrimitives.ReadInt32BigEndian(_window.AsSpan(_start)));
    }

    int CheckedSize()
    {
        var size = BinaryPrimitives.ReadInt32BigEndian(_window.AsSpan(_start));
        return size >= CorrelationBytes && size <= bytesMax ? size
            : throw new WireFormatException($"a response claims to have {size} bytes; {CorrelationBytes} to {bytesMax} are accepted (receive.message.max.bytes). It begins with {FirstBytes()}");
    }

    /// <summary>The next bytes, for a sentence about a peer that does not speak the protocol: their first line when it is text, as HTTP's is, otherwise hexadecimal digits.</summary>
    public string FirstBytes()
    {
        var bytes = _window.AsSpan(_start, Math.Min(64, _end - _start));
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        var line = end < 0 ? bytes : bytes[..end];
        return line.Length > 0 && !line.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? $"'{Encoding.ASCII.GetString(line)}'" : Convert.ToHexString(bytes);
    }

    /// <summary>Receives the body of the frame whose start was read, correlation id included.</summary>
    /// <param name="pool">Where the memory comes from and returns to; null for memory that the garbage collector keeps.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ResponseFrame> ReadBodyAsync(int size, BufferPool<byte>? pool)
    {
        var body = Rent(Math.Min(size, TrustedBytes), pool);
        var received = Math.Min(size, _end - _start);
        _window.AsSpan(_start, received).CopyTo(body);
        _start += received;
        try
        {
            while (received < size)
            {
                if (received == body.Length) body = Grow(body, size, pool);
                received += await ReceiveAsync(body.AsMemory(received, Math.Min(body.Length, size) - received)).ConfigureAwait(false);
            }
        }
        catch
        {
            pool?.Return(body);
            throw;
        }
        return new ResponseFrame(body, size, pool);
    }

    static byte[] Rent(int length, BufferPool<byte>? pool) => pool is null ? GC.AllocateUninitializedArray<byte>(length) : pool.Rent(length);

    static byte[] Grow(byte[] body, int size, BufferPool<byte>? pool)
    {
        var larger = Rent((int)Math.Min(size, body.Length * 2L), pool);
        body.CopyTo(larger, 0);
        pool?.Return(body);
        return larger;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<int> ReceiveAsync(Memory<byte> into)
    {
        var count = await socket.ReceiveAsync(into, SocketFlags.None).ConfigureAwait(false);
        return count > 0 ? count : throw new EndOfStreamException("the broker closed the connection");
    }
}
