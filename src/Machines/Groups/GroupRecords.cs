using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups;

/// <summary>
/// The records that one decision writes into the group coordinator's log: they become one batch, so all of them are durable or none is. In the order in which
/// they were
/// put; of one key the last counts.
/// </summary>
internal sealed class GroupRecords
{
    readonly List<(byte[] Key, byte[]? Value)> _records = [];

    public int Count => _records.Count;
    public IReadOnlyList<(byte[] Key, byte[]? Value)> All => _records;

    /// <param name="version">That of the value; every broker of today reads it.</param>
    /// <returns>The bytes of the value.</returns>
    public byte[] Put<TKey, TValue>(TKey key, TValue value, short version) where TKey : IStateKey<TValue> where TValue : class, IVersionedData, new()
    {
        var record = StateRecord.ToBytes(key, value, version);
        _records.Add(record);
        return record.Value;
    }

    /// <summary>A tombstone.</summary>
    public void Remove<TKey>(TKey key) where TKey : IStateKey => _records.Add((StateRecord.KeyBytes(key), null));

    /// <summary>A record as it was read.</summary>
    public void Put(byte[] key, byte[]? value) => _records.Add((key, value));

    public void Clear() => _records.Clear();

    /// <summary>Everything that was put, as one batch; nothing is left here.</summary>
    /// <param name="producerId">Of the transaction in which the records are written; none for plain ones.</param>
    public byte[] Close(long baseOffset, Instant now, ProducerId producerId, ProducerEpoch epoch)
    {
        using var builder = new RecordBatchBuilder(int.MaxValue);
        foreach (var (key, value) in _records)
            Invariant.Check(builder.TryAppend(now.UnixMilliseconds, key, keyIsNull: false, value, valueIsNull: value is null), "the records of one decision fit into one batch");
        _records.Clear();
        builder.Close(CompressionCodec.None);
        if (!producerId.IsNone) builder.Stamp(producerId, epoch, SequenceNumber.None, transactional: true);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, baseOffset, leaderEpoch: 0);
        return batch;
    }
}
