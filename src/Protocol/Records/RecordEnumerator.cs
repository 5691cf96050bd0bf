using System.Runtime.CompilerServices;

namespace Semel.Protocol.Records;

/// <summary>
/// Walks over the plain (decompressed) records of one batch without allocating. Each length is checked against the bytes of its record before it is used.
/// The spans are parts of the given bytes.
/// </summary>
public ref struct RecordEnumerator
{
    readonly ReadOnlySpan<byte> _area;
    readonly RecordBatchHeader _header;
    readonly bool _isLogAppendTime;
    int _next, _index = -1;
    int _bodyAt, _keyAt, _keyLength, _valueAt, _valueLength, _headersAt, _headerCount, _offsetDelta;
    long _timestampDelta;

    /// <param name="header">The header of the batch.</param>
    /// <param name="area">What follows the header, decompressed.</param>
    public RecordEnumerator(scoped in RecordBatchHeader header, ReadOnlySpan<byte> area)
    {
        _header = header;
        _area = area;
        _isLogAppendTime = header.Attributes.TimestampType == TimestampType.LogAppendTime;
    }

    /// <summary>The batch's header.</summary>
    public readonly RecordBatchHeader Header => _header;

    /// <summary>The place of the current record among those of the batch, from 0.</summary>
    public readonly int Index => _index;

    /// <summary>The batch's base offset and this: not always <see cref="Index"/>, since compaction leaves gaps.</summary>
    public readonly int OffsetDelta => _offsetDelta;

    public readonly long Offset => _header.BaseOffset + _offsetDelta;

    /// <summary>Milliseconds since 1970: the record's own, or the batch's when the broker gave it.</summary>
    public readonly long Timestamp => _isLogAppendTime ? _header.MaxTimestamp : _header.BaseTimestamp + _timestampDelta;

    /// <summary>The record's own timestamp, whoever gave that of the batch.</summary>
    internal readonly long OwnTimestamp => _header.BaseTimestamp + _timestampDelta;

    public readonly bool KeyIsNull => _keyLength < 0;
    public readonly bool ValueIsNull => _valueLength < 0;

    /// <summary>Empty when the key is null.</summary>
    public readonly ReadOnlySpan<byte> Key => _keyLength > 0 ? _area.Slice(_keyAt, _keyLength) : default;

    /// <summary>Empty when the value is null.</summary>
    public readonly ReadOnlySpan<byte> Value => _valueLength > 0 ? _area.Slice(_valueAt, _valueLength) : default;

    /// <summary>Where the key's bytes begin in the record area: for those who hold that area as memory and want to keep a slice.</summary>
    public readonly int KeyAt => _keyAt;

    /// <summary>Where the value's bytes begin in the record area.</summary>
    public readonly int ValueAt => _valueAt;

    public readonly int HeaderCount => _headerCount;

    /// <summary>Where the headers' bytes begin in the record area.</summary>
    public readonly int HeadersAt => _headersAt;

    public readonly int HeadersLength => _next - _headersAt;

    /// <summary>The record's headers, read as they are walked over.</summary>
    public readonly RecordHeaderEnumerator Headers => new(_area[_headersAt.._next], _headerCount, _index);

    /// <summary>Goes to the next record.</summary>
    /// <exception cref="RecordFormatException">It is malformed, or the batch has fewer or more records than its header says.</exception>
    public bool MoveNext()
    {
        if (_index + 1 < _header.RecordCount)
        {
            var fault = Advance();
            return fault == RecordFaultKind.None ? true : throw new RecordFormatException(new RecordFault(fault, _index));
        }
        if (_next != _area.Length) throw new RecordFormatException(new RecordFault(RecordFaultKind.RecordCount));
        return false;
    }

    /// <summary>What the record says of its own length, in bytes.</summary>
    internal readonly int Length => _next - _bodyAt;

    internal readonly bool IsAtEnd => _next == _area.Length;

    /// <summary>Reads the next record up to its headers, which are not looked at.</summary>
    internal RecordFaultKind Advance()
    {
        _index++;
        var area = _area;
        var start = _next;
        if (start == area.Length) return RecordFaultKind.RecordCount;
        var at = Varint.ReadInt32(area, start, out var length);
        if (at < 0 || (uint)length > (uint)(area.Length - at)) return RecordFaultKind.RecordLength;
        var record = area[..(at + length)];
        _bodyAt = at;
        // The attributes of a record are one byte that means nothing yet.
        at = Varint.ReadInt64(record, at + 1, out var timestampDelta);
        at = Varint.ReadInt32(record, at, out var offsetDelta);
        var keyAt = Varint.ReadInt32(record, at, out var keyLength);
        if (!IsLength(record, keyAt, keyLength)) return RecordFaultKind.RecordLength;
        var valueAt = Varint.ReadInt32(record, keyAt + Math.Max(0, keyLength), out var valueLength);
        if (!IsLength(record, valueAt, valueLength)) return RecordFaultKind.RecordLength;
        at = Varint.ReadInt32(record, valueAt + Math.Max(0, valueLength), out var headerCount);
        if (at < 0) return RecordFaultKind.RecordLength;
        if (headerCount < 0) return RecordFaultKind.HeaderCount;
        if (headerCount == 0 && at != record.Length) return RecordFaultKind.RecordLength;
        (_timestampDelta, _offsetDelta) = (timestampDelta, offsetDelta);
        (_keyAt, _keyLength, _valueAt, _valueLength) = (keyAt, keyLength, valueAt, valueLength);
        (_headersAt, _headerCount, _next) = (at, headerCount, record.Length);
        return RecordFaultKind.None;
    }

    /// <summary>Whether a length of a key or value, -1 for null, was read and stays inside the record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsLength(ReadOnlySpan<byte> record, int at, int length) => at >= 0 && length >= -1 && length <= record.Length - at;
}
