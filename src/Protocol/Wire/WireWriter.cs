using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Semel.Protocol.Wire;

/// <summary>
/// Writes one message. Small fields are copied into a pooled buffer; large byte fields (records) are only referred to, and go to the socket
/// from where they lie: the caller keeps them unchanged until the message has been sent. Not thread safe. <see cref="Reset"/> makes it ready for another message.
/// </summary>
public sealed class WireWriter : IDisposable
{
    /// <summary>From this size on a byte field is referred to, not copied: about where a second send costs less than the copy.</summary>
    const int ReferFrom = 8 * 1024;

    byte[] _buffer;
    int _length;
    int _referredLength;
    readonly List<(int At, ReadOnlyMemory<byte> Bytes)> _referred = [];

    public WireWriter(int capacity = 512) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>The whole message's length in bytes, what is referred to included.</summary>
    public int Length => _length + _referredLength;

    public Span<byte> GetSpan(int count)
    {
        if (_buffer.Length - _length < count) Grow(count);
        var span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }

    void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, checked(_length + count)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    public void WriteBoolean(bool value) => GetSpan(1)[0] = value ? (byte)1 : (byte)0;
    public void WriteInt8(sbyte value) => GetSpan(1)[0] = (byte)value;
    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(GetSpan(2), value);
    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(GetSpan(2), value);
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(GetSpan(4), value);
    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(GetSpan(4), value);
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(GetSpan(8), value);
    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(GetSpan(8), value);
    public void WriteUuid(Guid value) => value.TryWriteBytes(GetSpan(16), bigEndian: true, out _);

    public void WriteUnsignedVarint(uint value)
    {
        for (; value >= 0x80; value >>= 7) GetSpan(1)[0] = (byte)(value | 0x80);
        GetSpan(1)[0] = (byte)value;
    }

    public void WriteString(string? value, bool flexible)
    {
        if (value is null)
        {
            if (flexible) WriteUnsignedVarint(0); else WriteInt16(-1);
            return;
        }
        var count = Encoding.UTF8.GetByteCount(value);
        if (flexible) WriteUnsignedVarint((uint)count + 1);
        else WriteInt16(count <= short.MaxValue ? (short)count : throw new InvalidOperationException($"a string of {count} bytes does not fit the 16-bit length of this version"));
        Encoding.UTF8.GetBytes(value, GetSpan(count));
    }

    public void WriteBytes(ReadOnlyMemory<byte>? value, bool flexible)
    {
        if (value is not { } bytes)
        {
            if (flexible) WriteUnsignedVarint(0); else WriteInt32(-1);
            return;
        }
        if (flexible) WriteUnsignedVarint((uint)bytes.Length + 1); else WriteInt32(bytes.Length);
        WriteRaw(bytes);
    }

    /// <summary>Bytes without a length, copied or referred to by their size.</summary>
    public void WriteRaw(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < ReferFrom)
        {
            bytes.Span.CopyTo(GetSpan(bytes.Length));
            return;
        }
        _referred.Add((_length, bytes));
        _referredLength += bytes.Length;
    }

    /// <param name="count">-1 for a null array.</param>
    public void WriteArrayLength(int count, bool flexible)
    {
        if (flexible) WriteUnsignedVarint((uint)(count + 1)); else WriteInt32(count);
    }

    /// <summary>Writes a tag; what is written from here to <see cref="EndTaggedField"/> is the field's contents.</summary>
    /// <returns>Where the contents start, for <see cref="EndTaggedField"/>.</returns>
    public TaggedFieldStart BeginTaggedField(uint tag)
    {
        WriteUnsignedVarint(tag);
        GetSpan(1);
        return new(_length, Length);
    }

    /// <summary>
    /// Puts the size in front of the contents. One byte was left for it, enough below 128: tagged fields are nearly always that small.
    /// Larger contents move back to make room, and with them the places of what is only referred to.
    /// </summary>
    public void EndTaggedField(TaggedFieldStart start)
    {
        var size = (uint)(Length - start.Length);
        var room = UnsignedVarintLength(size) - 1;
        if (room > 0)
        {
            var contents = _length - start.At;
            GetSpan(room);
            _buffer.AsSpan(start.At, contents).CopyTo(_buffer.AsSpan(start.At + room));
            for (var i = _referred.Count - 1; i >= 0 && _referred[i].At >= start.At; i--)
                _referred[i] = (_referred[i].At + room, _referred[i].Bytes);
        }
        var sizeAt = start.At - 1;
        for (; size >= 0x80; size >>= 7) _buffer[sizeAt++] = (byte)(size | 0x80);
        _buffer[sizeAt] = (byte)size;
    }

    static int UnsignedVarintLength(uint value) => (38 - BitOperations.LeadingZeroCount(value | 1)) / 7;

    /// <summary>Four bytes to be written later by <see cref="PatchInt32"/>, which takes the value returned.</summary>
    public int ReserveInt32()
    {
        GetSpan(4).Clear();
        return _length - 4;
    }

    /// <summary>Overwrites four bytes that were written before: the frame's size, once it is known.</summary>
    public void PatchInt32(int at, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(at, 4), value);

    /// <summary>The message's pieces in order. Valid until the next write, <see cref="Reset"/> or <see cref="Dispose"/>.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        var from = 0;
        foreach (var (at, bytes) in _referred)
        {
            if (at > from) yield return _buffer.AsMemory(from, at - from);
            yield return bytes;
            from = at;
        }
        if (_length > from) yield return _buffer.AsMemory(from, _length - from);
    }

    /// <summary>The whole message in one piece, when nothing large was written; otherwise false, and <see cref="Pieces"/> has it.</summary>
    public bool TryGetSinglePiece(out ReadOnlyMemory<byte> piece)
    {
        piece = _buffer.AsMemory(0, _length);
        return _referred.Count == 0;
    }

    /// <summary>A copy of the whole message, for tests and for small messages.</summary>
    public byte[] ToArray()
    {
        if (TryGetSinglePiece(out var only)) return only.ToArray();
        var whole = new byte[Length];
        var at = 0;
        foreach (var piece in Pieces())
        {
            piece.Span.CopyTo(whole.AsSpan(at));
            at += piece.Length;
        }
        return whole;
    }

    /// <summary>The fault of a message that says something the version has no field for.</summary>
    public static InvalidOperationException NotInVersion(string field, short version) =>
        new($"{field} is not in version {version} and may not be left out: leave it at its default or use another version");

    /// <summary>The fault of a message with a null that the version cannot say.</summary>
    public static InvalidOperationException NullNotAllowed(string field, short version) =>
        new($"{field} may not be null in version {version}: give it a value or use another version");

    public void Reset()
    {
        _length = 0;
        _referredLength = 0;
        _referred.Clear();
    }

    public void Dispose()
    {
        Reset();
        ArrayPool<byte>.Shared.Return(Interlocked.Exchange(ref _buffer, []));
    }
}

/// <summary>Where the contents of a tagged field start in a <see cref="WireWriter"/>: in its buffer, and in the whole message.</summary>
public readonly record struct TaggedFieldStart(int At, int Length);
