namespace Semel.Client.Connections;

/// <summary>
/// The bytes of one response. Byte fields of the message that was read from it are slices of these bytes, so they live exactly as long as the frame:
/// until the last holder has released it. Thread safe.
/// </summary>
internal sealed class ResponseFrame
{
    readonly BufferPool<byte>? _pool;
    byte[] _array;
    int _holders = 1;

    /// <param name="pool">Where the array returns to, or null when the garbage collector keeps it.</param>
    public ResponseFrame(byte[] array, int length, BufferPool<byte>? pool)
    {
        _array = array;
        Length = length;
        _pool = pool;
    }

    public int Length { get; }
    /// <summary>What the frame costs in memory, which may be more than <see cref="Length"/>.</summary>
    public int Capacity => _array.Length;
    public ReadOnlyMemory<byte> Bytes => _array.AsMemory(0, Length);
    public byte[] Array => _array;

    public void Hold()
    {
        if (Interlocked.Increment(ref _holders) <= 1) throw new ObjectDisposedException(nameof(ResponseFrame));
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0) return;
        var array = Interlocked.Exchange(ref _array, []);
        _pool?.Return(array);
    }
}

/// <summary>A response together with the frame its byte fields lie in. Whoever receives it releases the frame.</summary>
internal readonly record struct OwnedResponse<TResponse>(TResponse Response, ResponseFrame Frame);
