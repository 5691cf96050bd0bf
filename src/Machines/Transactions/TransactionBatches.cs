using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Transactions;

/// <summary>What one decision writes: as few batches as its records fit into.</summary>
internal sealed class TransactionBatches(PlantedFault fault)
{
    /// <summary>A batch that is larger has one record.</summary>
    const int SizeLimit = 256 * 1024;

    readonly List<(byte[] Key, byte[]? Value)> _records = [];

    public void Put(TransactionalId id, in TransactionFacts facts) =>
        _records.Add((TransactionRecord.Key(id), TransactionRecord.Value(fault == PlantedFault.LastEpochForgotten ? facts with { LastEpoch = ProducerEpoch.None } : facts)));

    /// <summary>A record without a value.</summary>
    public void Forget(TransactionalId id) => _records.Add((TransactionRecord.Key(id), null));

    public void Close(long baseOffset, Instant now, TurnOutput<TransactionReply> output)
    {
        if (_records.Count == 0) return;
        using var builder = new RecordBatchBuilder(SizeLimit);
        foreach (var (key, value) in _records)
        {
            if (builder.TryAppend(now.UnixMilliseconds, key, false, value, value is null)) continue;
            baseOffset += Append(builder, baseOffset, output);
            Invariant.Check(builder.TryAppend(now.UnixMilliseconds, key, false, value, value is null), "a batch takes one record, however large");
        }
        Append(builder, baseOffset, output);
        _records.Clear();
    }

    static int Append(RecordBatchBuilder builder, long baseOffset, TurnOutput<TransactionReply> output)
    {
        var count = builder.RecordCount;
        builder.Close(CompressionCodec.None);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, baseOffset, leaderEpoch: 0);
        output.Append(batch);
        builder.Reset();
        return count;
    }
}
