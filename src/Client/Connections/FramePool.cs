namespace Semel.Client.Connections;

/// <summary>
/// Keeps the byte arrays of responses and of decompressed records for the next use, most recently used first: memory that was touched before is many
/// times cheaper than fresh pages. Unlike the shared array pool it has a size just above each power of two, because a response that
/// was asked to hold a mebibyte of records is always a little larger than a mebibyte. Thread safe.
/// </summary>
internal sealed class FramePool
{
    const int Slack = 8 * 1024;
    const int SmallestShift = 12, LargestShift = 30;

    public static readonly FramePool Shared = new(retainedBytesMax: 128L << 20);

    readonly Stack<byte[]>[] _free = Enumerable.Range(0, LargestShift - SmallestShift + 1).Select(_ => new Stack<byte[]>()).ToArray();
    readonly long _retainedBytesMax;
    long _retainedBytes;

    public FramePool(long retainedBytesMax) => _retainedBytesMax = retainedBytesMax;

    /// <summary>An array of at least <paramref name="length"/> bytes, with whatever it last held.</summary>
    public byte[] Rent(int length)
    {
        var size = 0;
        while (size < _free.Length && Size(size) < length) size++;
        if (size == _free.Length) return new byte[length];
        lock (_free)
        {
            if (_free[size].TryPop(out var array))
            {
                _retainedBytes -= array.Length;
                return array;
            }
        }
        return GC.AllocateUninitializedArray<byte>(Size(size));
    }

    public void Return(byte[] array)
    {
#if DEBUG
        // A view that outlives its buffer shows this pattern instead of data that merely looks right (C-38).
        array.AsSpan().Fill(0xdd);
#endif
        for (var size = 0; size < _free.Length; size++)
        {
            if (Size(size) != array.Length) continue;
            lock (_free)
            {
                if (_retainedBytes + array.Length > _retainedBytesMax) return;
                _retainedBytes += array.Length;
                _free[size].Push(array);
            }
            return;
        }
    }

    static int Size(int index) => (1 << (SmallestShift + index)) + (index + SmallestShift < 16 ? 0 : Slack);
}
