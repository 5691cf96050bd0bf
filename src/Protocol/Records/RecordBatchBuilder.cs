using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Semel.Protocol.Records;

/// <summary>
/// Builds one batch. Records are encoded as they come, straight into one array of the shared pool that grows; nothing is allocated per record.
/// </summary>
/// <remarks>
/// A builder is open, then closed: <see cref="TryAppend"/> as often as it takes, <see cref="Close"/> once, which compresses and sums the records once,
/// then <see cref="Stamp"/> whenever producer id, epoch or sequence become known or change, which costs what the header costs (the CRC of the records is
/// kept and combined with that of the header). <see cref="Reset"/> opens it again with its array, <see cref="Dispose"/> gives the array back. Not thread safe.
/// </remarks>
public sealed class RecordBatchBuilder : IDisposable
{
    const int FirstCapacity = 1024;

    readonly int _sizeLimit;
    byte[] _buffer;
    int _length;
    int _recordCount;
    long _baseTimestamp, _maxTimestamp;
    bool _isClosed;
    uint _recordsCrc;
    RecordBatchHeader _header;

    /// <param name="sizeLimit">Bytes that the batch, not yet compressed, does not pass unless one record alone does.</param>
    /// <param name="capacity">Bytes to begin with; it grows when needed.</param>
    public RecordBatchBuilder(int sizeLimit, int capacity = FirstCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sizeLimit);
        _sizeLimit = sizeLimit;
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, RecordBatchHeader.Size));
        Reset();
    }

    public int RecordCount => _recordCount;

    /// <summary>The whole batch with its header, in bytes: not compressed until it is closed, as it is sent from then on.</summary>
    public int SizeInBytes => _length;

    public bool IsClosed => _isClosed;

    /// <summary>Milliseconds since 1970; the first record's. 0 while there is none.</summary>
    public long BaseTimestamp => _baseTimestamp;

    public long MaxTimestamp => _maxTimestamp;

    /// <summary>The batch, valid until <see cref="Reset"/> or <see cref="Dispose"/>. Stamping changes it in place.</summary>
    /// <exception cref="InvalidOperationException">It is not closed yet.</exception>
    public ReadOnlyMemory<byte> Bytes => _isClosed ? _buffer.AsMemory(0, _length) : throw new InvalidOperationException("the batch is still open: close it first");

    /// <summary>No record takes more bytes in a batch than this, whatever its place and timestamp.</summary>
    public static long LargestSize(int keyLength, int valueLength, IReadOnlyList<RecordHeader>? headers) =>
        Varint.MaxSizeOfInt32 + 1L + Varint.MaxSizeOfInt64 + Varint.MaxSizeOfInt32 + Varint.Size(keyLength) + keyLength + Varint.Size(valueLength) + valueLength + HeadersSize(headers);

    /// <summary>Appends one record.</summary>
    /// <param name="timestamp">Milliseconds since 1970.</param>
    /// <returns>False, and nothing appended, when the batch has records and would pass its size limit.</returns>
    /// <exception cref="InvalidOperationException">The batch is closed.</exception>
    public bool TryAppend(long timestamp, ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull, IReadOnlyList<RecordHeader>? headers = null)
    {
        if (_isClosed) throw new InvalidOperationException("the batch is closed: nothing can be appended to it");
        if (keyIsNull) key = default;
        if (valueIsNull) value = default;
        if (_recordCount == 0) _baseTimestamp = _maxTimestamp = timestamp;
        var timestampDelta = timestamp - _baseTimestamp;
        var keyLength = keyIsNull ? -1 : key.Length;
        var valueLength = valueIsNull ? -1 : value.Length;
        var size = 1 + Varint.Size(timestampDelta) + Varint.Size(_recordCount) + Varint.Size(keyLength) + (long)key.Length + Varint.Size(valueLength) + value.Length
            + (headers is null ? 1 : HeadersSize(headers));
        var newLength = _length + Varint.Size(size) + size;
        if (newLength > _sizeLimit && _recordCount > 0) return false;
        EnsureCapacity(newLength);

        ref var at = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), _length);
        at = ref Varint.Write(ref at, size);
        at = 0;
        at = ref Unsafe.Add(ref at, 1);
        at = ref Varint.Write(ref at, timestampDelta);
        at = ref Varint.Write(ref at, _recordCount);
        at = ref WriteBytes(ref at, key, keyLength);
        at = ref WriteBytes(ref at, value, valueLength);
        if (headers is null) at = 0;
        else WriteHeaders(_buffer.AsSpan(0, (int)newLength), headers, (int)Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(_buffer), ref at));

        _length = (int)newLength;
        _recordCount++;
        if (timestamp > _maxTimestamp) _maxTimestamp = timestamp;
        return true;
    }

    /// <summary>
    /// Ends the batch: compresses its records when asked, sums them, and writes a header without producer id. A block that is larger than the
    /// records stays a block: what a batch is does not hang on its content.
    /// </summary>
    /// <param name="level">Null for the codec's own default.</param>
    /// <param name="codecs">Where the codec is found; not asked for none.</param>
    /// <exception cref="InvalidOperationException">There is no record, or it is closed already.</exception>
    /// <exception cref="NotSupportedException">A codec that is not among those given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The codec has no such level.</exception>
    public void Close(CompressionCodec codec, int? level = null, IRecordCodecs? codecs = null)
    {
        if (_isClosed) throw new InvalidOperationException("the batch is closed already");
        if (_recordCount == 0) throw new InvalidOperationException("a batch without records cannot be closed: append one first");
        if (codec != CompressionCodec.None) Compress(codecs?.Find(codec) ?? throw new NotSupportedException($"compression codec {codec} is not among those given"), level);
        _recordsCrc = Crc32C.Compute(_buffer.AsSpan(RecordBatchHeader.Size, _length - RecordBatchHeader.Size));
        _header = new RecordBatchHeader
        {
            BatchLength = _length - RecordBatchHeader.LengthPrefix,
            LeaderEpoch = -1,
            Magic = 2,
            Attributes = BatchAttributes.Of(codec),
            LastOffsetDelta = _recordCount - 1,
            BaseTimestamp = _baseTimestamp,
            MaxTimestamp = _maxTimestamp,
            RecordCount = _recordCount,
        };
        _isClosed = true;
        Stamp(ProducerId.None, ProducerEpoch.None, SequenceNumber.None, transactional: false);
    }

    /// <summary>Writes who sends the batch and as which sequence, and the CRC that goes with it. May be called again; nobody may be reading the bytes.</summary>
    /// <exception cref="InvalidOperationException">The batch is still open.</exception>
    public void Stamp(ProducerId producerId, ProducerEpoch producerEpoch, int baseSequence, bool transactional)
    {
        if (!_isClosed) throw new InvalidOperationException("the batch is still open: close it first");
        _header = _header with
        {
            ProducerId = producerId,
            ProducerEpoch = producerEpoch,
            BaseSequence = baseSequence,
            Attributes = BatchAttributes.Of(_header.Attributes.Codec, transactional: transactional),
        };
        _header.Write(_buffer);
        var headerCrc = Crc32C.Compute(_buffer.AsSpan(RecordBatchHeader.CrcStart, RecordBatchHeader.Size - RecordBatchHeader.CrcStart));
        _header = _header with { Crc = Crc32C.Combine(headerCrc, _recordsCrc, _length - RecordBatchHeader.Size) };
        _header.Write(_buffer);
    }

    /// <summary>Opens the builder again for another batch, with the array that it has.</summary>
    public void Reset()
    {
        _length = RecordBatchHeader.Size;
        _recordCount = 0;
        _baseTimestamp = _maxTimestamp = 0;
        _isClosed = false;
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length == 0) return;
        Reset();
        // A closed builder refuses every further use.
        _isClosed = true;
        _length = 0;
        ArrayPool<byte>.Shared.Return(buffer);
    }

    void Compress(RecordCodec codec, int? level)
    {
        var plain = _buffer.AsSpan(RecordBatchHeader.Size, _length - RecordBatchHeader.Size);
        using var compressed = new PooledBytes(plain.Length / 2, room: RecordBatchHeader.Size);
        codec.Compress(plain, level, compressed);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = compressed.Take(out _length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void EnsureCapacity(long length)
    {
        if (length > _buffer.Length) Grow(length);
    }

    void Grow(long length)
    {
        if (length > Array.MaxLength) throw new ArgumentException($"a record that makes the batch {length} bytes large: a batch has at most {Array.MaxLength}");
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(length, 2L * _buffer.Length)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ref byte WriteBytes(ref byte at, ReadOnlySpan<byte> bytes, int length)
    {
        at = ref Varint.Write(ref at, length);
        Unsafe.CopyBlockUnaligned(ref at, ref MemoryMarshal.GetReference(bytes), (uint)bytes.Length);
        return ref Unsafe.Add(ref at, bytes.Length);
    }

    static long HeadersSize(IReadOnlyList<RecordHeader>? headers)
    {
        if (headers is null) return 1;
        long size = Varint.Size(headers.Count);
        for (var i = 0; i < headers.Count; i++)
        {
            var header = headers[i];
            var keyLength = Encoding.UTF8.GetByteCount(header.Key);
            size += Varint.Size(keyLength) + keyLength + Varint.Size(header.Value?.Length ?? -1) + (header.Value?.Length ?? 0);
        }
        return size;
    }

    /// <summary>The list is the caller's and may be another at each look, so this writes with checked spans.</summary>
    static void WriteHeaders(Span<byte> buffer, IReadOnlyList<RecordHeader> headers, int at)
    {
        at += Varint.Write(buffer[at..], headers.Count);
        for (var i = 0; i < headers.Count; i++)
        {
            var header = headers[i];
            at += Varint.Write(buffer[at..], Encoding.UTF8.GetByteCount(header.Key));
            at += Encoding.UTF8.GetBytes(header.Key, buffer[at..]);
            at += Varint.Write(buffer[at..], header.Value?.Length ?? -1);
            var value = header.Value.GetValueOrDefault().Span;
            value.CopyTo(buffer[at..]);
            at += value.Length;
        }
        if (at != buffer.Length) throw new InvalidOperationException("the record's headers changed while they were written");
    }
}
