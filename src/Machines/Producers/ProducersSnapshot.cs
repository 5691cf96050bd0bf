using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Producers;

/// <summary>
/// A log's producers as bytes, a part of its machine's snapshot. All five batches of every producer are kept, so that a restart recognises the same retries as no restart; a producer
/// of which only markers are known is kept too, because its epoch fences. Open and aborted transactions are kept: the batches that they follow from are not read again.
/// <para>How long each producer has been silent is kept, and both clocks of the moment of saving: so the one who loads adds what has certainly passed since.</para>
/// </summary>
internal static class ProducersSnapshot
{
    /// <summary>In milliseconds, some seven thousand years: whatever is beyond is damage.</summary>
    const long LongestTime = long.MaxValue / TimeSpan.TicksPerMillisecond / 4;

    /// <summary>What older snapshots say, and do not.</summary>
    public enum Layout : byte
    {
        /// <summary>A time of the wall clock in place of the silence, which may have been set since: its producers count as heard of when they are loaded.</summary>
        WallClock,
        /// <summary>Written when no log had transactions.</summary>
        WithoutTransactions,
        Present,
    }

    public static void Write(SnapshotEncoder writer, LogProducers producers, Moment now)
    {
        writer.WriteInt32(producers.Table.Count);
        writer.WriteInt64(now.Wall.UnixMilliseconds);
        writer.WriteInt64((long)now.Steady.TotalMilliseconds);
        for (var position = 0; position < producers.Table.Count; position++) Write(writer, producers.Table[position], now.Steady);
        writer.WriteInt32(producers.Aborted.Count);
        for (var index = 0; index < producers.Aborted.Count; index++)
        {
            var aborted = producers.Aborted[index];
            writer.WriteInt64(aborted.ProducerId.Value);
            writer.WriteInt64(aborted.FirstOffset);
            writer.WriteInt64(aborted.LastOffset);
            writer.WriteInt64(aborted.LastStableOffset);
        }
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
        if (producer.HasOpenTransaction) writer.WriteInt16(producer.TransactionEpoch.Value);
    }

    /// <returns>False when the bytes are damaged; then nothing is to be used of <paramref name="producers"/>.</returns>
    public static bool TryRead(ref SnapshotDecoder reader, Layout layout, Moment now, LogProducers producers)
    {
        var left = reader.ReadInt32();
        TimeSpan? silentSince = null;
        if (layout > Layout.WallClock)
        {
            var (wall, steady) = (reader.ReadInt64(), reader.ReadInt64());
            if (wall is < -LongestTime or > LongestTime || steady is < 0 or > LongestTime) return false;
            silentSince = now.Steady - now.CertainlySince(new Moment(new Instant(wall), TimeSpan.FromMilliseconds(steady)));
        }
        for (; left > 0 && !reader.WasShort; left--)
        {
            if (!TryRead(ref reader, layout, now.Steady, silentSince, out var producer) || producers.Table.Find(producer.ProducerId) >= 0) return false;
            producers.Restore(producer);
        }
        return layout < Layout.Present || TryReadAborted(ref reader, producers);
    }

    static bool TryReadAborted(ref SnapshotDecoder reader, LogProducers producers)
    {
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
            if (!producers.Restore(new AbortedTransaction(new ProducerId(reader.ReadInt64()), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64())) && !reader.WasShort) return false;
        return !reader.WasShort;
    }

    /// <param name="silentSince">The moment of saving, in the time of this process; null in the first layout.</param>
    static bool TryRead(ref SnapshotDecoder reader, Layout layout, TimeSpan now, TimeSpan? silentSince, out ProducerState producer)
    {
        producer = new ProducerState(new ProducerId(reader.ReadInt64()), new ProducerEpoch(reader.ReadInt16())) { CoordinatorEpoch = reader.ReadInt32() };
        var transactionStart = reader.ReadInt64();
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
        if (transactionStart >= 0) producer.BeginTransaction(transactionStart, layout < Layout.Present ? producer.Epoch : new ProducerEpoch(reader.ReadInt16()));
        return !reader.WasShort;
    }
}
