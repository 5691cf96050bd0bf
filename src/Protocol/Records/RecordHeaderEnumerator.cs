using System.Text;

namespace Semel.Protocol.Records;

/// <summary>Walks over the headers of one record without allocating.</summary>
public ref struct RecordHeaderEnumerator
{
    readonly ReadOnlySpan<byte> _bytes;
    readonly int _count, _recordIndex;
    int _position, _index = -1;
    bool _valueIsNull;

    /// <param name="bytes">Exactly the headers of one record: <see cref="RecordEnumerator.HeadersLength"/> bytes from <see cref="RecordEnumerator.HeadersAt"/> on.</param>
    /// <param name="recordIndex">For the message of an exception; -1 when it is not known.</param>
    public RecordHeaderEnumerator(ReadOnlySpan<byte> bytes, int count, int recordIndex = -1)
    {
        _bytes = bytes;
        _count = count;
        _recordIndex = recordIndex;
    }

    public readonly RecordHeaderEnumerator GetEnumerator() => this;

    /// <summary>So that the headers can be walked over with foreach: the enumerator itself.</summary>
    public readonly RecordHeaderEnumerator Current => this;

    /// <summary>The key's UTF-8 bytes.</summary>
    public ReadOnlySpan<byte> Key { readonly get; private set; }

    public readonly string KeyText => Encoding.UTF8.GetString(Key);

    /// <summary>Empty when the value is null.</summary>
    public ReadOnlySpan<byte> Value { readonly get; private set; }

    public readonly bool ValueIsNull => _valueIsNull;

    /// <exception cref="RecordFormatException">The next header is malformed, or bytes are left after the last.</exception>
    public bool MoveNext()
    {
        if (_index + 1 < _count)
        {
            var fault = Advance();
            return fault == RecordFaultKind.None ? true : throw new RecordFormatException(new RecordFault(fault, _recordIndex));
        }
        if (_position != _bytes.Length) throw new RecordFormatException(new RecordFault(RecordFaultKind.RecordLength, _recordIndex));
        return false;
    }

    /// <summary>All headers that are left, copied.</summary>
    public RecordHeader[] ToArray()
    {
        // Each header has at least two bytes, so no count makes this larger than the record.
        var headers = new List<RecordHeader>(Math.Min(_count, _bytes.Length / 2));
        while (MoveNext()) headers.Add(new RecordHeader(KeyText, _valueIsNull ? null : Value.ToArray()));
        return headers.ToArray();
    }

    /// <summary>Whether all headers are as they must be.</summary>
    internal RecordFaultKind Check()
    {
        while (_index + 1 < _count)
        {
            var fault = Advance();
            if (fault != RecordFaultKind.None) return fault;
        }
        return _position == _bytes.Length ? RecordFaultKind.None : RecordFaultKind.RecordLength;
    }

    RecordFaultKind Advance()
    {
        _index++;
        if (!Varint.TryReadInt32(_bytes, ref _position, out var keyLength)) return RecordFaultKind.RecordLength;
        if (keyLength < 0) return RecordFaultKind.NullHeaderKey;
        if (!TryTake(keyLength, out var key) || !Varint.TryReadInt32(_bytes, ref _position, out var valueLength)) return RecordFaultKind.RecordLength;
        if (valueLength < -1 || !TryTake(Math.Max(0, valueLength), out var value)) return RecordFaultKind.RecordLength;
        Key = key;
        Value = value;
        _valueIsNull = valueLength < 0;
        return RecordFaultKind.None;
    }

    bool TryTake(int length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > _bytes.Length - _position) return false;
        taken = _bytes.Slice(_position, length);
        _position += length;
        return true;
    }
}
