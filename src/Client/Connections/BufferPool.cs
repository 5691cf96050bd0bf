using System.Runtime.CompilerServices;

namespace Semel.Client.Connections;

/// <summary>
/// Keeps large arrays for the next use, most recently used first: memory that was touched before is many times cheaper than fresh pages. Unlike the
/// shared array pool it gives what one thread returned to any other, and it has a size just above each power of two, because a response
/// that was asked to hold a mebibyte of records is always a little larger than a mebibyte. Thread safe.
/// </summary>
internal sealed class BufferPool<T>(long retainedBytesMax) where T : struct
{
    const int SlackFrom = 1 << 16, Slack = 8 * 1024;
    const int SmallestShift = 8, LargestShift = 30;

    readonly Stack<T[]>[] _free = [.. Enumerable.Range(0, LargestShift - SmallestShift + 1).Select(_ => new Stack<T[]>())];
    long _retainedBytes;

    /// <summary>An array of at least <paramref name="length"/> elements, with whatever it last held.</summary>
    public T[] Rent(int length)
    {
        var size = SizeFor(length);
        if (size == _free.Length) return GC.AllocateUninitializedArray<T>(length);
        lock (_free)
        {
            if (_free[size].TryPop(out var array))
            {
                _retainedBytes -= Bytes(array);
                return array;
            }
        }
        return GC.AllocateUninitializedArray<T>(Length(size));
    }

    public void Return(T[] array)
    {
#if DEBUG
        // A view that outlives its buffer shows this pattern instead of data that merely looks right (C-38).
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(array.AsSpan()).Fill(0xdd);
#endif
        var size = SizeFor(array.Length);
        if (size == _free.Length || Length(size) != array.Length) return;
        lock (_free)
        {
            if (_retainedBytes + Bytes(array) > retainedBytesMax) return;
            _retainedBytes += Bytes(array);
            _free[size].Push(array);
        }
    }

    static int SizeFor(int length)
    {
        var size = 0;
        while (size <= LargestShift - SmallestShift && Length(size) < length) size++;
        return size;
    }

    static int Length(int size) => (1 << (SmallestShift + size)) is var power && power >= SlackFrom ? power + Slack : power;

    static long Bytes(T[] array) => (long)array.Length * Unsafe.SizeOf<T>();
}

/// <summary>The memory of responses, shared by all clients of the process.</summary>
internal static class FramePool
{
    public static BufferPool<byte> Shared { get; } = new(retainedBytesMax: 128L << 20);
}
