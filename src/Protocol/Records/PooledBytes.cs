using System.Buffers;

namespace Semel.Protocol.Records;

/// <summary>
/// Bytes that are written one after the other into an array of the shared pool, which grows with them and not beyond a limit. <see cref="Take"/> hands the array over,
/// <see cref="Dispose"/> gives it back. Not thread safe.
/// </summary>
public sealed class PooledBytes : IBufferWriter<byte>, IDisposable
{
    const int Smallest = 1024;

    readonly int _room;
    readonly long _end;
    byte[] _buffer;
    int _length;

    /// <param name="expected">How much will probably be written.</param>
    /// <param name="limit">How much may be written at most; <see cref="DecompressedLimitException"/> tells that it was passed.</param>
    /// <param name="room">Bytes left free at the start of the array, not counted.</param>
    public PooledBytes(long expected, int limit = int.MaxValue, int room = 0)
    {
        (_room, _length, _end) = (room, room, Math.Min(Array.MaxLength, (long)room + limit));
        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(_end + 1, room + Math.Max(Smallest, expected)));
    }

    public int Length => _length - _room;
    public Span<byte> Written => _buffer.AsSpan(_room, Length);
    public Memory<byte> WrittenMemory => _buffer.AsMemory(_room, Length);

    /// <summary>How much may still be written.</summary>
    public long Left => _end - _length;

    /// <summary>The array, which the caller gives back to the shared pool, and where what was written ends in it.</summary>
    public byte[] Take(out int end)
    {
        end = _length;
        return Interlocked.Exchange(ref _buffer, []);
    }

    /// <exception cref="DecompressedLimitException">More was written than the limit.</exception>
    public void Advance(int count)
    {
        _length += count;
        if (_length > _end) throw new DecompressedLimitException();
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(1, sizeHint));
        return _buffer.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(1, sizeHint));
        return _buffer.AsMemory(_length);
    }

    void EnsureRoom(int wanted)
    {
        if (_buffer.Length - _length >= wanted) return;
        // One byte beyond the limit is enough to know that it was passed.
        var capacity = Math.Min(Math.Max(2L * _buffer.Length, (long)_length + wanted), Math.Max(_end + 1, (long)_length + wanted));
        if (capacity > Array.MaxLength) throw new DecompressedLimitException();
        var larger = ArrayPool<byte>.Shared.Rent((int)capacity);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }
}

/// <summary>More came out of a compressed block than is allowed.</summary>
public sealed class DecompressedLimitException() : Exception("the records are larger, decompressed, than the limit");
