using System.Buffers;

namespace Semel.Log;

/// <summary>Bytes read from a log in a pooled buffer. Dispose when they were sent; disposing twice does nothing.</summary>
public sealed class LogRead : IDisposable
{
    public static readonly LogRead Empty = new(null, default);

    byte[]? _rented;

    LogRead(byte[]? rented, ReadOnlyMemory<byte> bytes)
    {
        _rented = rented;
        Bytes = bytes;
    }

    /// <summary>Whole batches, one after the other.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>What the buffer takes in memory, which may be more than the bytes; 0 when there is none.</summary>
    public int HeldBytes => _rented?.Length ?? 0;

    /// <param name="rented">Of the shared array pool, given back at dispose.</param>
    public static LogRead Rented(byte[] rented, int start, int length) => new(rented, rented.AsMemory(start, length));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is not { } rented) return;
        Bytes = default;
        ArrayPool<byte>.Shared.Return(rented);
    }
}
