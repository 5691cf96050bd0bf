using System.Buffers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>
/// A partition's state as bytes. All five batches of every producer are kept, so that a restart recognises the same retries as no restart; a producer
/// of which only markers are known is kept too, because its epoch fences. The log guards the bytes by a checksum; here only their shape is checked.
/// <para>
/// How long each producer has been silent is kept, and both clocks of the moment of saving: so the one who loads adds what has certainly passed since.
/// Version 1 kept a time of the wall clock, which may have been set since: its producers count as heard of when they are loaded.
/// </para>
/// </summary>
internal static class PartitionSnapshot
{
    const short Version = 2, FirstVersion = 1;

    /// <summary>In milliseconds, some seven thousand years: whatever is beyond is damage.</summary>
    const long LongestTime = long.MaxValue / TimeSpan.TicksPerMillisecond / 4;

    public static void Write(PartitionState state, IBufferWriter<byte> output, Moment now)
    {
        var writer = new SnapshotEncoder(output);
        writer.WriteInt16(Version);
        writer.WriteInt64(state.StartOffset);
        writer.WriteInt64(state.EndOffset);
        writer.WriteInt64(state.ForgottenUpTo.Value);
        writer.WriteInt32(state.Producers.Count);
        writer.WriteInt64(now.Wall.UnixMilliseconds);
        writer.WriteInt64((long)now.Steady.TotalMilliseconds);
        for (var position = 0; position < state.Producers.Count; position++) Write(writer, state.Producers[position], now.Steady);
    }

    static void Write(SnapshotEncoder writer, in ProducerState producer, TimeSpan now)
    {
        writer.WriteInt64(producer.ProducerId.Value);
        writer.WriteInt16(producer.Epoch.Value);
        writer.WriteInt32(producer.CoordinatorEpoch);
        writer.WriteInt64(producer.TransactionStart);
        writer.WriteInt64(Math.Max(0, (long)(now - producer.HeardAt).TotalMilliseconds));
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

    public static bool TryRead(ReadOnlySpan<byte> bytes, Moment now, out PartitionState state)
    {
        var reader = new SnapshotDecoder(bytes);
        var version = reader.ReadInt16();
        state = PartitionState.Of(reader.ReadInt64(), reader.ReadInt64(), new ProducerId(reader.ReadInt64()));
        if (version is < FirstVersion or > Version || state.StartOffset < 0 || state.EndOffset < state.StartOffset) return false;
        var left = reader.ReadInt32();
        TimeSpan? silentSince = null;
        if (version > FirstVersion)
        {
            var (wall, steady) = (reader.ReadInt64(), reader.ReadInt64());
            if (wall is < -LongestTime or > LongestTime || steady is < 0 or > LongestTime) return false;
            silentSince = now.Steady - now.CertainlySince(new Moment(new Instant(wall), TimeSpan.FromMilliseconds(steady)));
        }
        for (; left > 0 && !reader.WasShort; left--)
        {
            if (!TryRead(ref reader, now.Steady, silentSince, out var producer) || state.Producers.Find(producer.ProducerId) >= 0) return false;
            state.Restore(producer);
        }
        return reader.IsComplete;
    }

    /// <param name="silentSince">The moment of saving, in the time of this process; null in the first version.</param>
    static bool TryRead(ref SnapshotDecoder reader, TimeSpan now, TimeSpan? silentSince, out ProducerState producer)
    {
        producer = new ProducerState(new ProducerId(reader.ReadInt64()), new ProducerEpoch(reader.ReadInt16()))
        {
            CoordinatorEpoch = reader.ReadInt32(),
            TransactionStart = reader.ReadInt64(),
        };
        var silence = reader.ReadInt64();
        var lastTimestamp = reader.ReadInt64();
        var count = reader.ReadByte();
        if (producer.ProducerId.IsNone || count > ProducerState.MaxBatches || silence is < 0 or > LongestTime) return false;
        producer.HeardAt = silentSince is { } savedAt ? savedAt - TimeSpan.FromMilliseconds(silence) : now;
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
