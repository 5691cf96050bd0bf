using System.Buffers;

namespace Semel.Protocol.Records;

/// <summary>A stream that is only written to, into an array of the shared pool that grows. What it wrote is taken out once.</summary>
sealed class PooledStream : Stream
{
    byte[] _buffer;
    int _length;

    /// <param name="room">Bytes left free at the start of the array.</param>
    /// <param name="expected">How much will probably be written.</param>
    public PooledStream(int room, int expected)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(room + Math.Max(1024, expected));
        _length = room;
    }

    /// <summary>The rented array and where the last byte written ends in it. The caller gives it back to the pool.</summary>
    public (byte[] Rented, int Length) Take() => (Interlocked.Exchange(ref _buffer, []), _length);

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _length < bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, checked(_length + bytes.Length)));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    public override void Write(byte[] bytes, int offset, int count) => Write(bytes.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        base.Dispose(disposing);
    }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => _length;
    public override long Position { get => _length; set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
