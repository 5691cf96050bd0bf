using System.Buffers.Binary;

namespace Semel.Protocol.Records;

/// <summary>
/// The 61 bytes before the records of a batch of magic 2, as values. Reading checks nothing but that the bytes are there:
/// what a broker must refuse is a rule, and rules lie elsewhere.
/// </summary>
public readonly record struct RecordBatchHeader
{
    public const int Size = 61;

    /// <summary>Base offset and length: what <see cref="BatchLength"/> does not count.</summary>
    public const int LengthPrefix = 12;

    /// <summary>Where the CRC's range begins: everything from the attributes to the end.</summary>
    public const int CrcStart = 21;

    /// <summary>Where <see cref="BatchLength"/> and <see cref="Magic"/> lie: in the same places in the formats of magic 0 and 1.</summary>
    public const int BatchLengthAt = 8, MagicAt = 16;

    internal const int CrcAt = 17, AttributesAt = 21, MaxTimestampAt = 35;

    const int LeaderEpochAt = 12, LastOffsetDeltaAt = 23, BaseTimestampAt = 27,
        ProducerIdAt = 43, ProducerEpochAt = 51, BaseSequenceAt = 53, RecordCountAt = 57;

    public long BaseOffset { get; init; }
    /// <summary>Bytes after this field: the batch's size less 12.</summary>
    public int BatchLength { get; init; }
    public int LeaderEpoch { get; init; }
    public sbyte Magic { get; init; }
    /// <summary>CRC-32C over everything from <see cref="CrcStart"/> on.</summary>
    public uint Crc { get; init; }
    public BatchAttributes Attributes { get; init; }
    /// <summary>The last record's offset less the base offset; also the last sequence less the base sequence.</summary>
    public int LastOffsetDelta { get; init; }
    public long BaseTimestamp { get; init; }
    public long MaxTimestamp { get; init; }
    public ProducerId ProducerId { get; init; }
    public ProducerEpoch ProducerEpoch { get; init; }
    public int BaseSequence { get; init; }
    public int RecordCount { get; init; }

    public long SizeInBytes => (long)BatchLength + LengthPrefix;
    public long LastOffset => BaseOffset + LastOffsetDelta;
    public long NextOffset => BaseOffset + LastOffsetDelta + 1;
    public bool HasProducerId => !ProducerId.IsNone;
    /// <summary>The sequence of the last record, past the wrap where the batch straddles it; -1 when the batch has no sequence.</summary>
    public int LastSequence => BaseSequence == SequenceNumber.None ? SequenceNumber.None : SequenceNumber.Add(BaseSequence, LastOffsetDelta);

    /// <returns>False when fewer than 61 bytes are there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordBatchHeader header)
    {
        header = default;
        if (bytes.Length < Size) return false;
        header = new RecordBatchHeader
        {
            BaseOffset = BinaryPrimitives.ReadInt64BigEndian(bytes),
            BatchLength = BinaryPrimitives.ReadInt32BigEndian(bytes[BatchLengthAt..]),
            LeaderEpoch = BinaryPrimitives.ReadInt32BigEndian(bytes[LeaderEpochAt..]),
            Magic = (sbyte)bytes[MagicAt],
            Crc = BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]),
            Attributes = new BatchAttributes(BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesAt..])),
            LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(bytes[LastOffsetDeltaAt..]),
            BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[BaseTimestampAt..]),
            MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampAt..]),
            ProducerId = new ProducerId(BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdAt..])),
            ProducerEpoch = new ProducerEpoch(BinaryPrimitives.ReadInt16BigEndian(bytes[ProducerEpochAt..])),
            BaseSequence = BinaryPrimitives.ReadInt32BigEndian(bytes[BaseSequenceAt..]),
            RecordCount = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordCountAt..]),
        };
        return true;
    }

    /// <summary>Writes all 61 bytes, the CRC as it stands in <see cref="Crc"/>.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(bytes[BatchLengthAt..], BatchLength);
        BinaryPrimitives.WriteInt32BigEndian(bytes[LeaderEpochAt..], LeaderEpoch);
        bytes[MagicAt] = (byte)Magic;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[CrcAt..], Crc);
        BinaryPrimitives.WriteInt16BigEndian(bytes[AttributesAt..], Attributes.Bits);
        BinaryPrimitives.WriteInt32BigEndian(bytes[LastOffsetDeltaAt..], LastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(bytes[BaseTimestampAt..], BaseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(bytes[MaxTimestampAt..], MaxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(bytes[ProducerIdAt..], ProducerId.Value);
        BinaryPrimitives.WriteInt16BigEndian(bytes[ProducerEpochAt..], ProducerEpoch.Value);
        BinaryPrimitives.WriteInt32BigEndian(bytes[BaseSequenceAt..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(bytes[RecordCountAt..], RecordCount);
    }

    /// <summary>Gives a batch its place: base offset and leader epoch lie before the CRC's range, so the client's CRC stays as it was.</summary>
    public static void StampPlace(Span<byte> batch, long baseOffset, int leaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochAt..], leaderEpoch);
    }
}
