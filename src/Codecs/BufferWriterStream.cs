using System.Buffers;

namespace Semel.Codecs;

/// <summary>A stream that is only written to, for libraries that know nothing else.</summary>
sealed class BufferWriterStream(IBufferWriter<byte> target) : Stream
{
    public override void Write(ReadOnlySpan<byte> bytes) => target.Write(bytes);
    public override void Write(byte[] bytes, int offset, int count) => target.Write(bytes.AsSpan(offset, count));

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
