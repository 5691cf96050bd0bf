using System.Buffers.Binary;

namespace Semel.Protocol.Records;

/// <summary>What a control record says, by Kafka's numbers. Others are of a newer Kafka and are passed over.</summary>
public enum ControlRecordType : short
{
    Abort = 0,
    Commit = 1,
    LeaderChange = 2,
    SnapshotHeader = 3,
    SnapshotFooter = 4,
    KraftVersion = 5,
    KraftVoters = 6,
}

/// <summary>
/// The one record of a control batch. Only the first four bytes of its key are read, and only the first six of a marker's value: a newer Kafka may
/// write higher versions with more behind.
/// </summary>
/// <param name="CoordinatorEpoch">Of an end-transaction marker: the incarnation of the coordinator that wrote it. -1 for other types.</param>
public readonly record struct ControlRecord(ControlRecordType Type, int CoordinatorEpoch)
{
    const int KeySize = 4, MarkerValueSize = 6;

    /// <summary>Bytes of a batch that holds one marker.</summary>
    public const int MarkerBatchSize = RecordBatchHeader.Size + 17;

    public bool IsEndTransactionMarker => Type is ControlRecordType.Abort or ControlRecordType.Commit;

    /// <summary>Reads a batch whose control bit is set.</summary>
    /// <exception cref="RecordFormatException">It is compressed, has no record, or the record is too short.</exception>
    public static ControlRecord Read(ReadOnlySpan<byte> batch)
    {
        using var reader = new RecordBatchReader(batch);
        if (!reader.MoveNext()) throw new RecordFormatException(new RecordFault(RecordFaultKind.RecordCount));
        if (reader.Key.Length < KeySize) throw new RecordFormatException(new RecordFault(RecordFaultKind.RecordLength, 0));
        var type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(reader.Key[2..]);
        if (type is not (ControlRecordType.Abort or ControlRecordType.Commit)) return new ControlRecord(type, -1);
        if (reader.Value.Length < MarkerValueSize) throw new RecordFormatException(new RecordFault(RecordFaultKind.RecordLength, 0));
        return new ControlRecord(type, BinaryPrimitives.ReadInt32BigEndian(reader.Value[2..]));
    }

    /// <summary>A whole batch with one end-transaction marker, base offset 0.</summary>
    /// <param name="timestamp">Milliseconds since 1970.</param>
    public static byte[] EndTransactionMarker(bool commit, ProducerId producerId, ProducerEpoch producerEpoch, int coordinatorEpoch, long timestamp)
    {
        var batch = new byte[MarkerBatchSize];
        // Length 16 and key length 4 and value length 6, all in zigzag; attributes, both deltas and the header count are 0.
        ReadOnlySpan<byte> record = [32, 0, 0, 0, 8, 0, 0, 0, (byte)(commit ? ControlRecordType.Commit : ControlRecordType.Abort), 12, 0, 0, 0, 0, 0, 0, 0];
        record.CopyTo(batch.AsSpan(RecordBatchHeader.Size));
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(RecordBatchHeader.Size + 12), coordinatorEpoch);
        var header = new RecordBatchHeader
        {
            BatchLength = MarkerBatchSize - RecordBatchHeader.LengthPrefix,
            LeaderEpoch = -1,
            Magic = 2,
            Attributes = BatchAttributes.Of(CompressionCodec.None, transactional: true, control: true),
            BaseTimestamp = timestamp,
            MaxTimestamp = timestamp,
            ProducerId = producerId,
            ProducerEpoch = producerEpoch,
            BaseSequence = SequenceNumber.None,
            RecordCount = 1,
        };
        header.Write(batch);
        (header with { Crc = Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)) }).Write(batch);
        return batch;
    }
}
