using System.Buffers.Binary;
using Semel.Client.Producing;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Testing.Simulation;

/// <summary>A batch with its bytes. Each record is a number that no other record of the run has.</summary>
internal sealed class SimulatedBatch(TopicPartition partition, TimeSpan acceptedAt) : ProducerBatch(partition, acceptedAt), IDisposable
{
    const int SizeLimit = 1 << 16;

    readonly RecordBatchBuilder _builder = new(SizeLimit, capacity: 256);
    readonly List<RecordNumber> _records = [];

    public IReadOnlyList<RecordNumber> Records => _records;

    public void Add(RecordNumber record, Instant timestamp)
    {
        Span<byte> value = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(value, record.Value);
        _builder.TryAppend(timestamp.UnixMilliseconds, [], true, value, false);
        _records.Add(record);
    }

    public BatchSealed Seal()
    {
        _builder.Close(CompressionCodec.None);
        return new BatchSealed(this, _builder.RecordCount, _builder.SizeInBytes);
    }

    /// <summary>A copy of the bytes under a stamp.</summary>
    public byte[] BytesWith(ProducerIdentity identity, int baseSequence)
    {
        _builder.Stamp(identity.Id, identity.Epoch, baseSequence, transactional: false);
        return _builder.Bytes.ToArray();
    }

    public void Dispose() => _builder.Dispose();
}
