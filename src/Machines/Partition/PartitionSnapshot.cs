using System.Buffers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>
/// A partition's state as bytes. All five batches of every producer are kept, so that a restart recognises the same retries as no restart; a producer
/// of which only markers are known is kept too, because its epoch fences. The log guards the bytes by a checksum; here only their shape is checked.
/// </summary>
internal static class PartitionSnapshot
{
    const short Version = 1;

    public static void Write(PartitionState state, IBufferWriter<byte> output)
    {
        var writer = new SnapshotEncoder(output);
        writer.WriteInt16(Version);
        writer.WriteInt64(state.StartOffset);
        writer.WriteInt64(state.EndOffset);
        writer.WriteInt64(state.ForgottenUpTo.Value);
        writer.WriteInt32(state.Producers.Count);
        for (var position = 0; position < state.Producers.Count; position++) Write(writer, state.Producers[position]);
    }

    static void Write(SnapshotEncoder writer, in ProducerState producer)
    {
        writer.WriteInt64(producer.ProducerId.Value);
        writer.WriteInt16(producer.Epoch.Value);
        writer.WriteInt32(producer.CoordinatorEpoch);
        writer.WriteInt64(producer.TransactionStart);
        writer.WriteInt64(producer.AppendedAt.UnixMilliseconds);
        writer.WriteInt64(producer.LastTimestamp);
        Span<CachedBatch> batches = stackalloc CachedBatch[ProducerState.MaxBatches];
        var count = producer.Batches(batches);
        writer.WriteByte((byte)count);
        for (var i = count - 1; i >= 0; i--)
        {
            writer.WriteInt32(batches[i].BaseSequence);
            writer.WriteInt64(batches[i].BaseOffset);
            writer.WriteInt32(batches[i].LastOffsetDelta);
            writer.WriteInt64(batches[i].AppendTime);
        }
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out PartitionState state)
    {
        var reader = new SnapshotDecoder(bytes);
        var version = reader.ReadInt16();
        state = PartitionState.Of(reader.ReadInt64(), reader.ReadInt64(), new ProducerId(reader.ReadInt64()));
        if (version != Version || state.StartOffset < 0 || state.EndOffset < state.StartOffset) return false;
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
        {
            if (!TryRead(ref reader, out var producer) || state.Producers.Find(producer.ProducerId) >= 0) return false;
            state.Restore(producer);
        }
        return reader.IsComplete;
    }

    static bool TryRead(ref SnapshotDecoder reader, out ProducerState producer)
    {
        producer = new ProducerState(new ProducerId(reader.ReadInt64()), new ProducerEpoch(reader.ReadInt16()))
        {
            CoordinatorEpoch = reader.ReadInt32(),
            TransactionStart = reader.ReadInt64(),
            AppendedAt = new Instant(reader.ReadInt64()),
        };
        var lastTimestamp = reader.ReadInt64();
        var count = reader.ReadByte();
        if (producer.ProducerId.IsNone || count > ProducerState.MaxBatches) return false;
        for (; count > 0; count--)
        {
            var (sequence, offset, delta, appendTime) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt64());
            if (sequence < 0 || delta < 0) return false;
            if (appendTime < 0) producer.Push(sequence, offset, delta, producer.LastTimestamp, TimestampType.CreateTime);
            else producer.Push(sequence, offset, delta, appendTime, TimestampType.LogAppendTime);
        }
        producer.MoveTimestamp(lastTimestamp);
        return !reader.WasShort;
    }
}
