using System.Runtime.InteropServices;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Compaction;

/// <summary>What became of a transaction, as far as the batches that are looked at tell.</summary>
enum TransactionOutcome : byte
{
    /// <summary>Its marker is not among them.</summary>
    Undecided,
    Committed,
    Aborted,
}

/// <summary>
/// Tells the transactions of a run of batches apart: each data batch and each marker gets the number of its transaction, the same on every walk over the same batches. What became of a
/// transaction is known from the second walk on.
/// </summary>
sealed class TransactionWalk
{
    /// <summary>In place of a number: the batch is part of no transaction, or its data is not among the batches.</summary>
    public const int None = -1;

    readonly List<TransactionOutcome> _outcomes = [];
    readonly Dictionary<ProducerId, int> _open = [];
    int _begun;

    public void Restart()
    {
        _open.Clear();
        _begun = 0;
    }

    public TransactionOutcome OutcomeOf(int transaction) => _outcomes[transaction];

    /// <param name="marker">Of a control batch, where it is one that ends a transaction; null otherwise.</param>
    /// <returns>The number of the transaction that the batch belongs to.</returns>
    public int Next(in RecordBatchHeader header, ControlRecord? marker)
    {
        if (marker is { } end)
        {
            if (!_open.Remove(header.ProducerId, out var ended)) return None;
            _outcomes[ended] = end.Type == ControlRecordType.Commit ? TransactionOutcome.Committed : TransactionOutcome.Aborted;
            return ended;
        }
        if (!header.Attributes.IsTransactional || header.Attributes.IsControl) return None;
        ref var transaction = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, header.ProducerId, out var isOpen);
        if (isOpen) return transaction;
        transaction = _begun++;
        if (transaction == _outcomes.Count) _outcomes.Add(TransactionOutcome.Undecided);
        return transaction;
    }
}
