namespace Semel.Protocol.Records;

/// <summary>The 16 attribute bits of a record batch: 0 to 2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon.</summary>
public readonly record struct BatchAttributes(short Bits)
{
    const int LogAppendTimeBit = 1 << 3, TransactionalBit = 1 << 4, ControlBit = 1 << 5;

    /// <summary>May be a number that is no codec (5 to 7): a reader has to check.</summary>
    public CompressionCodec Codec => (CompressionCodec)(Bits & 7);
    public TimestampType TimestampType => (Bits & LogAppendTimeBit) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;
    public bool IsTransactional => (Bits & TransactionalBit) != 0;
    public bool IsControl => (Bits & ControlBit) != 0;

    public static BatchAttributes Of(CompressionCodec codec, TimestampType timestampType = TimestampType.CreateTime, bool transactional = false, bool control = false) =>
        new((short)((int)codec | (timestampType == TimestampType.LogAppendTime ? LogAppendTimeBit : 0) | (transactional ? TransactionalBit : 0) | (control ? ControlBit : 0)));

    public BatchAttributes With(TimestampType timestampType) =>
        new((short)(timestampType == TimestampType.LogAppendTime ? Bits | LogAppendTimeBit : Bits & ~LogAppendTimeBit));

    public BatchAttributes With(CompressionCodec codec) => new((short)((Bits & ~7) | (int)codec));
}
