using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Semel.Protocol.Wire;

namespace Semel.Broker.Door;

/// <summary>
/// Reads the frames of one connection. What arrives goes into a buffer that is reused, and each frame from there into a pooled buffer of its own;
/// the rest of a frame that is not all there is received straight into its buffer. The reused buffer is small, as most connections are idle, and
/// grows when receives fill it: so a busy connection gets many requests by one call.
///
/// A size is only a claim. A frame larger than any that this connection has completed gets <see cref="FirstStepBytes"/>; when they are full, the whole
/// size is taken from the memory of all, and the buffer doubles with what is really received. So a peer that announces 100 MiB and sends nothing holds
/// little, and one that sends large batches all day receives each in one go. Nothing is held of that memory while a frame waits for it. One reader at a time.
/// </summary>
internal sealed class FrameReader(Socket socket, int maxFrameBytes, RequestMemory memory, TimeProvider time) : IDisposable
{
    const int SmallestBufferBytes = 4096, LargestBufferBytes = 64 * 1024, FirstStepBytes = 64 * 1024;

    /// <summary>Less than this, or than this part of the frame, in one <see cref="DoorSettings.ProgressTimeout"/> does not count as progress: a large frame holds memory that others wait for.</summary>
    const int ProgressBytes = 1024, ProgressShare = 16;

    /// <summary>The same in words.</summary>
    internal const string TooLittle = "less than 1 KiB, or less than a sixteenth of it,";

    byte[] _buffer = ArrayPool<byte>.Shared.Rent(SmallestBufferBytes);
    bool _wasFilled;
    int _start, _end, _trusted = FirstStepBytes;
    long _progressAt;

    /// <summary>When a frame that has begun but not ended last got on, as a timestamp of the clock; 0 between frames, and while it waits for memory. Readable by any thread.</summary>
    public long ProgressAt => Volatile.Read(ref _progressAt);

    /// <summary>Whether the next read will not have to wait.</summary>
    public bool HasWholeFrame => _end - _start >= Frame.SizeLength && BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start)) <= _end - _start - Frame.SizeLength;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FrameRead> ReadAsync(CancellationToken closing)
    {
        while (_end - _start < Frame.SizeLength)
        {
            MakeRoom();
            var count = await socket.ReceiveAsync(_buffer.AsMemory(_end));
            if (count == 0) return _end == 0 ? FrameRead.Ended : FrameRead.Refused("it ended inside a frame's size");
            _end += count;
            _wasFilled = _end == _buffer.Length;
            Progressed();
        }
        Progressed();
        var size = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        if (size <= 0 || size > maxFrameBytes) return FrameRead.Refused(WhyNot(size));
        _start += Frame.SizeLength;
        var read = await ReceiveFrameAsync(size, closing);
        Volatile.Write(ref _progressAt, 0);
        return read;
    }

    /// <summary>How many bytes of a frame of this size have to come in one <see cref="DoorSettings.ProgressTimeout"/>.</summary>
    internal static int ProgressStep(int size) => Math.Max(ProgressBytes, size / ProgressShare);

    void MakeRoom()
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        if (_wasFilled && _buffer.Length < LargestBufferBytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 4);
            rest.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else if (_start > 0)
        {
            rest.CopyTo(_buffer);
        }
        (_start, _end) = (0, rest.Length);
    }

    void Progressed() => Volatile.Write(ref _progressAt, time.GetTimestamp());

    string WhyNot(int size)
    {
        if (ForeignProtocol.Name(_buffer.AsSpan(_start, Frame.SizeLength)) is { } foreign) return $"it began with {foreign}";
        return size <= 0 ? $"a frame of {size} bytes" : $"a frame of {size} bytes is larger than socket.request.max.bytes, {maxFrameBytes}";
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<FrameRead> ReceiveFrameAsync(int size, CancellationToken closing)
    {
        var taken = size <= _trusted ? size : FirstStepBytes;
        await TakeAsync(taken, closing);
        var capacity = taken;
        var bytes = ArrayPool<byte>.Shared.Rent(capacity);
        try
        {
            var received = Math.Min(capacity, _end - _start);
            _buffer.AsSpan(_start, received).CopyTo(bytes);
            _start += received;
            var step = ProgressStep(size);
            for (var atProgress = received; received < size;)
            {
                if (received == capacity)
                {
                    if (taken < size)
                    {
                        // Given back first: who waits for memory and holds some makes others wait for it.
                        memory.Return(taken);
                        taken = 0;
                        await TakeAsync(size, closing);
                        taken = size;
                    }
                    capacity = (int)Math.Min(size, capacity * 2L);
                    bytes = Grow(bytes, received, capacity);
                }
                var count = await socket.ReceiveAsync(bytes.AsMemory(received, capacity - received));
                if (count == 0)
                {
                    Return(bytes, taken);
                    return FrameRead.Refused($"it ended inside a frame, after {received} of {size} bytes");
                }
                received += count;
                if (received - atProgress < step) continue;
                atProgress = received;
                Progressed();
            }
            _trusted = Math.Max(_trusted, size);
            return new FrameRead(FrameReadOutcome.Received, new ReceivedFrame(bytes, size, taken, memory));
        }
        catch
        {
            Return(bytes, taken);
            throw;
        }
    }

    /// <summary>A peer is not late while it is this broker that waits.</summary>
    ValueTask TakeAsync(int bytes, CancellationToken closing)
    {
        var taking = memory.TakeAsync(bytes, closing);
        return taking.IsCompletedSuccessfully ? taking : WaitAsync(taking);
    }

    async ValueTask WaitAsync(ValueTask taking)
    {
        Volatile.Write(ref _progressAt, 0);
        await taking;
        Progressed();
    }

    static byte[] Grow(byte[] bytes, int received, int capacity)
    {
        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        bytes.AsSpan(0, received).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(bytes);
        return larger;
    }

    void Return(byte[] bytes, int taken)
    {
        ArrayPool<byte>.Shared.Return(bytes);
        if (taken > 0) memory.Return(taken);
    }

    /// <summary>Only after the last read has ended.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
