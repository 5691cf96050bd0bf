using System.Buffers.Binary;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>The bytes of a transactional batch: each record's value is its number.</summary>
internal static class SimulatedBytes
{
    public static byte[] Of(TransactionWorld world, IReadOnlyList<SimulatedRecord> records, ProducerId producerId, ProducerEpoch epoch, int sequence)
    {
        using var builder = new RecordBatchBuilder(1 << 16, capacity: 256);
        Span<byte> value = stackalloc byte[sizeof(long)];
        foreach (var record in records)
        {
            BinaryPrimitives.WriteInt64BigEndian(value, record.Id);
            builder.TryAppend(world.Clock.Wall.UnixMilliseconds, [], true, value, false);
        }
        builder.Close(CompressionCodec.None);
        builder.Stamp(producerId, epoch, sequence, transactional: true);
        return builder.Bytes.ToArray();
    }
}
