using System.Text;

namespace Semel.Cli.Demo;

/// <summary>Lines for a demonstration without a file: orders of a shop, the same for the same seed on every machine.</summary>
public sealed class GeneratedLines(int count, long seed) : Stream
{
    static readonly string[] Goods = ["lamp", "chair", "kettle", "blanket", "mirror", "ladder", "basket", "clock"];

    readonly byte[] _line = new byte[128];
    ulong _state = (ulong)seed;
    int _made, _at, _length;

    public override int Read(Span<byte> buffer)
    {
        var copied = 0;
        while (copied < buffer.Length && (_at < _length || MakeLine()))
        {
            var part = _line.AsSpan(_at, Math.Min(_length - _at, buffer.Length - copied));
            part.CopyTo(buffer[copied..]);
            _at += part.Length;
            copied += part.Length;
        }
        return copied;
    }

    bool MakeLine()
    {
        if (_made == count) return false;
        _made++;
        _length = Encoding.UTF8.GetBytes($"order {_made}: {Next(1, 9)} x {Goods[Next(0, Goods.Length - 1)]} for customer {Next(1000, 9999)}, {Next(100, 99999) / 100m:0.00} EUR\n", _line);
        _at = 0;
        return true;
    }

    // SplitMix64: System.Random may give other numbers for the same seed in another version of .NET.
    int Next(int from, int to)
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return from + (int)(mixed % (ulong)(to - from + 1));
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
