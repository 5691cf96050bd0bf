using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Semel.Protocol.Wire;

namespace Semel.Faults.Connections;

/// <summary>
/// Takes frames from a socket, one at a time: nothing more than one receive is read ahead, so a side that is not written to is not read from for long.
/// The buffer is pooled and grows with the bytes that have come, not with the size that was announced.
/// </summary>
sealed class FrameReader(Socket socket, int maxFrameBytes) : IDisposable
{
    const int FirstCapacity = 64 * 1024;

    byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstCapacity);
    int _start, _end;

    /// <summary>The next frame with its size in front, valid until the next call; empty when the other side has closed.</summary>
    /// <exception cref="FrameException">The size is negative or too large, or the other side closed in the middle of a frame.</exception>
    public async ValueTask<Memory<byte>> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var held = _end - _start;
            var wanted = Frame.SizeLength;
            if (held >= Frame.SizeLength)
            {
                var size = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
                if (size < 0 || size > maxFrameBytes - Frame.SizeLength) throw new FrameException($"a frame of {size} bytes was announced; the limit is {maxFrameBytes}");
                wanted = size + Frame.SizeLength;
                if (held >= wanted)
                {
                    var frame = _buffer.AsMemory(_start, wanted);
                    _start += wanted;
                    return frame;
                }
            }
            if (await ReceiveAsync(wanted, cancellation).ConfigureAwait(false)) continue;
            if (held == 0) return default;
            throw new FrameException($"the connection was closed {wanted - held} bytes before a frame's end");
        }
    }

    /// <summary>Takes whatever comes and forgets it, until the other side closes.</summary>
    public async Task DiscardAsync(CancellationToken cancellation)
    {
        do _start = _end = 0;
        while (await ReceiveAsync(1, cancellation).ConfigureAwait(false));
    }

    async ValueTask<bool> ReceiveAsync(int wanted, CancellationToken cancellation)
    {
        MakeRoom(wanted);
        var count = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }

    void MakeRoom(int wanted)
    {
        var held = _end - _start;
        if (_start > 0 && (held == 0 || _start + wanted > _buffer.Length))
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
            (_start, _end) = (0, held);
        }
        if (_end < _buffer.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * _buffer.Length, maxFrameBytes));
        _buffer.AsSpan(0, held).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }
}
