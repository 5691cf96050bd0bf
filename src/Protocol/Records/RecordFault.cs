namespace Semel.Protocol.Records;

/// <summary>What can be wrong with a batch or with its records.</summary>
public enum RecordFaultKind : byte
{
    None,
    /// <summary>Fewer bytes than a batch's header and length say, or more.</summary>
    BatchLength,
    /// <summary>Not magic 2.</summary>
    Magic,
    /// <summary>A codec number that Kafka has not given.</summary>
    UnknownCodec,
    /// <summary>A codec of Kafka's that the reader has not been given.</summary>
    UnsupportedCodec,
    /// <summary>The header's count is not positive, does not fit the last offset delta, or is not the number of records that are there.</summary>
    RecordCount,
    /// <summary>A length inside a record, or a record's own, that goes beyond what is there or leaves bytes over.</summary>
    RecordLength,
    /// <summary>The record's offset delta is not its place in the batch.</summary>
    OffsetDelta,
    /// <summary>A negative number of record headers.</summary>
    HeaderCount,
    /// <summary>A record header without a key.</summary>
    NullHeaderKey,
    /// <summary>The compressed block is damaged.</summary>
    Compression,
    /// <summary>The records are larger, decompressed, than allowed.</summary>
    DecompressedSize,
    /// <summary>A record of a compressed batch is larger than the topic allows (max.decompressed.message.bytes).</summary>
    RecordSize,
}

/// <summary>One thing that is wrong with a batch, as a value.</summary>
/// <param name="RecordIndex">Which record of the batch, from 0; -1 when it is the batch as a whole.</param>
public readonly record struct RecordFault(RecordFaultKind Kind, int RecordIndex = -1)
{
    /// <summary>What a broker answers to a producer that sends such a batch.</summary>
    public ErrorCode ErrorCode => Kind switch
    {
        RecordFaultKind.None => ErrorCode.None,
        RecordFaultKind.BatchLength or RecordFaultKind.Compression => ErrorCode.CorruptMessage,
        RecordFaultKind.UnknownCodec or RecordFaultKind.UnsupportedCodec => ErrorCode.UnsupportedCompressionType,
        RecordFaultKind.DecompressedSize => ErrorCode.MessageTooLarge,
        _ => ErrorCode.InvalidRecord,
    };

    /// <summary>A sentence for a person.</summary>
    public override string ToString() => RecordIndex < 0 ? Reason : $"record {RecordIndex} of the batch: {Reason}";

    string Reason => Kind switch
    {
        RecordFaultKind.None => "nothing is wrong",
        RecordFaultKind.BatchLength => "the batch's length is not that of its bytes",
        RecordFaultKind.Magic => "the batch is not of format 2 (magic)",
        RecordFaultKind.UnknownCodec => "the batch's compression codec is none of Kafka's",
        RecordFaultKind.UnsupportedCodec => "the batch is compressed with a codec that cannot be read here",
        RecordFaultKind.RecordCount => "the batch's record count is not that of its records",
        RecordFaultKind.RecordLength => "a length inside the record does not fit its bytes",
        RecordFaultKind.OffsetDelta => "the offset delta is not the record's place in the batch",
        RecordFaultKind.HeaderCount => "the number of record headers is negative",
        RecordFaultKind.NullHeaderKey => "a record header has no key",
        RecordFaultKind.Compression => "the compressed records are damaged",
        RecordFaultKind.DecompressedSize => "the records are larger, decompressed, than the limit",
        RecordFaultKind.RecordSize => "a record of the compressed batch is larger than max.decompressed.message.bytes",
        _ => Kind.ToString(),
    };
}
