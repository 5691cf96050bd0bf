using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Machines.Catalog;

/// <summary>The facts of one decision of the catalog, as one record batch: they become durable together or not at all.</summary>
internal sealed class CatalogBatch : IDisposable
{
    // Far more than a topic with every configuration set to the longest value takes.
    const int SizeLimit = 1 << 20;

    readonly RecordBatchBuilder _builder = new(SizeLimit);
    readonly WireWriter _value = new();

    /// <summary>Adds a fact: its type, its version, and what its schema says.</summary>
    public void Add<T>(T fact, Instant now) where T : ILogRecord
    {
        var version = T.Versions.Highest;
        _value.Reset();
        _value.WriteInt16(T.RecordType);
        _value.WriteInt16(version);
        fact.Write(_value, version);
        var added = _builder.TryAppend(now.UnixMilliseconds, [], true, _value.ToArray(), false);
        Invariant.Check(added, "the facts of one decision fit into one batch");
    }

    public byte[] Close(long baseOffset)
    {
        _builder.Close(CompressionCodec.None);
        var batch = _builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, baseOffset, leaderEpoch: 0);
        return batch;
    }

    public void Dispose()
    {
        _builder.Dispose();
        _value.Dispose();
    }
}
