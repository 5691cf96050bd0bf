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
        while (MoveNext()) headers.Add(new RecordHeader(KeyText, _valueIsNull ? (ReadOnlyMemory<byte>?)null : Value.ToArray()));
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
        var keyAt = Varint.ReadInt32(_bytes, _position, out var keyLength);
        if (keyAt < 0) return RecordFaultKind.RecordLength;
        if (keyLength < 0) return RecordFaultKind.NullHeaderKey;
        if (keyLength > _bytes.Length - keyAt) return RecordFaultKind.RecordLength;
        var valueAt = Varint.ReadInt32(_bytes, keyAt + keyLength, out var valueLength);
        if (valueAt < 0 || valueLength < -1 || valueLength > _bytes.Length - valueAt) return RecordFaultKind.RecordLength;
        Key = _bytes.Slice(keyAt, keyLength);
        _valueIsNull = valueLength < 0;
        Value = _valueIsNull ? default : _bytes.Slice(valueAt, valueLength);
        _position = valueAt + Value.Length;
        return RecordFaultKind.None;
    }
}
