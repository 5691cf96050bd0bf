using System.Buffers.Binary;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Machines.Catalog;

/// <summary>The facts of one decision of the catalog, as one record batch: they become durable together or not at all. A record's key is the fact's type, its value the fact.</summary>
internal sealed class CatalogBatch : IDisposable
{
    // Far more than a topic with every configuration set to the longest value takes.
    const int SizeLimit = 1 << 20;

    readonly RecordBatchBuilder _builder = new(SizeLimit);

    public void Add<TRecord>(TRecord fact, Instant now) where TRecord : ILogRecord
    {
        Span<byte> type = stackalloc byte[sizeof(short)];
        BinaryPrimitives.WriteInt16BigEndian(type, TRecord.RecordType);
        var added = _builder.TryAppend(now.UnixMilliseconds, type, false, LogRecordValue.ToBytes(fact), false);
        Invariant.Check(added, "the facts of one decision fit into one batch");
    }

    public byte[] Close(long baseOffset)
    {
        _builder.Close(CompressionCodec.None);
        var batch = _builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, baseOffset, leaderEpoch: 0);
        return batch;
    }

    public void Dispose() => _builder.Dispose();
}
