using System.Buffers;

namespace Semel.Client.Producing.Sending;

/// <summary>Where a key and a value are written before the record is accepted. One per thread is kept; its memory grows with the largest record and is used again.</summary>
internal sealed class SerializationBuffer : IBufferWriter<byte>
{
    const int LargestKept = 1024 * 1024;

    [ThreadStatic] static SerializationBuffer? _kept;

    byte[] _bytes = new byte[1024];
    int _length;

    public int Length => _length;
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>A serializer may itself produce: the thread's buffer is taken out while it is used.</summary>
    public static SerializationBuffer Rent()
    {
        var buffer = _kept ?? new SerializationBuffer();
        _kept = null;
        buffer._length = 0;
        return buffer;
    }

    public void Return()
    {
        if (_bytes.Length <= LargestKept) _kept = this;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > _bytes.Length - _length) throw new InvalidOperationException($"a serializer wrote {count} bytes where it had asked for {_bytes.Length - _length}");
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    void Reserve(int sizeHint)
    {
        var needed = Math.Max(sizeHint, 1);
        if (_bytes.Length - _length < needed) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, checked(_length + needed)));
    }
}
