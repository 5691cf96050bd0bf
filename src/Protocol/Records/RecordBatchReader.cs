using System.Buffers;

namespace Semel.Protocol.Records;

/// <summary>
/// The records of one whole batch, decompressed when needed. Nothing is allocated for records that are not compressed; others take one array of the
/// shared pool, bounded by the limit, which <see cref="Dispose"/> gives back. The spans live until then. Neither the CRC nor what only a broker has to refuse is checked.
/// </summary>
public ref struct RecordBatchReader
{
    RecordEnumerator _records;
    byte[]? _rented;

    /// <param name="batch">Begins with the batch; bytes after it are not looked at.</param>
    /// <param name="reading">How compressed records are opened; by default they are not.</param>
    /// <exception cref="RecordFormatException">Not a whole batch of magic 2, a codec that cannot be read, a damaged block, or more than the limit.</exception>
    public RecordBatchReader(ReadOnlySpan<byte> batch, scoped in RecordReading reading)
    {
        var fault = RecordBatch.TryOpen(batch, reading, out var header, out var area, out _rented);
        if (fault != RecordFaultKind.None) throw new RecordFormatException(new RecordFault(fault));
        _records = new RecordEnumerator(header, area);
    }

    /// <summary>Of records that are not compressed.</summary>
    /// <exception cref="RecordFormatException">Not a whole batch of magic 2, or a compressed one.</exception>
    public RecordBatchReader(ReadOnlySpan<byte> batch) : this(batch, new RecordReading())
    {
    }

    public readonly RecordBatchHeader Header => _records.Header;
    public readonly int Index => _records.Index;
    public readonly int OffsetDelta => _records.OffsetDelta;
    public readonly long Offset => _records.Offset;

    /// <summary>Milliseconds since 1970: the record's own, or the batch's when the broker gave it.</summary>
    public readonly long Timestamp => _records.Timestamp;
    public readonly bool KeyIsNull => _records.KeyIsNull;
    public readonly bool ValueIsNull => _records.ValueIsNull;

    /// <summary>Empty when the key is null.</summary>
    public readonly ReadOnlySpan<byte> Key => _records.Key;

    /// <summary>Empty when the value is null.</summary>
    public readonly ReadOnlySpan<byte> Value => _records.Value;
    public readonly int HeaderCount => _records.HeaderCount;
    public readonly RecordHeaderEnumerator Headers => _records.Headers;

    /// <summary>Goes to the next record.</summary>
    /// <exception cref="RecordFormatException">It is malformed, or the batch has fewer or more records than its header says.</exception>
    public bool MoveNext() => _records.MoveNext();

    public void Dispose()
    {
        if (_rented is not { } rented) return;
        _rented = null;
        ArrayPool<byte>.Shared.Return(rented);
    }
}
