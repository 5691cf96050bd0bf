using Semel.Protocol.Records;

namespace Semel.Client.Consuming;

/// <summary>What becomes of one fetched batch.</summary>
internal enum BatchVerdict
{
    /// <summary>Its records are for the application.</summary>
    Deliver,
    /// <summary>A marker or another control batch: the position moves over it.</summary>
    Control,
    /// <summary>Records of an aborted transaction: the position moves over them.</summary>
    Aborted,
}

/// <summary>A transaction that a fetch answer says was aborted: by whom, and where its records begin in the partition.</summary>
internal readonly record struct AbortedTransaction(ProducerId ProducerId, long FirstOffset);

/// <summary>
/// Leaves out the records of aborted transactions (KIP-98), batch by batch in offset order, before anything is decompressed. The broker says which
/// transactions were aborted and sends nothing that is undecided.
///
/// An entry counts from its first offset on, and until the abort marker of its producer: so one producer can have several aborted transactions, with
/// committed ones between, in one answer. A marker without an entry is nothing special: a transaction can end in a partition that it never wrote to.
/// </summary>
internal sealed class ReadCommittedFilter
{
    readonly AbortedTransaction[] _aborted;
    readonly HashSet<ProducerId> _active = [];
    int _next;

    /// <param name="aborted">In any order: brokers need not sort.</param>
    public ReadCommittedFilter(IEnumerable<AbortedTransaction> aborted)
    {
        _aborted = [.. aborted];
        Array.Sort(_aborted, static (left, right) => left.FirstOffset.CompareTo(right.FirstOffset));
    }

    /// <param name="batch">The whole batch; looked into only when it is a control batch.</param>
    /// <exception cref="RecordFormatException">A control batch that is none.</exception>
    public BatchVerdict Judge(in RecordBatchHeader header, ReadOnlySpan<byte> batch)
    {
        if (header.HasProducerId)
            for (; _next < _aborted.Length && _aborted[_next].FirstOffset <= header.LastOffset; _next++) _active.Add(_aborted[_next].ProducerId);
        if (header.Attributes.IsControl)
        {
            if (ControlRecord.Read(batch).Type == ControlRecordType.Abort) _active.Remove(header.ProducerId);
            return BatchVerdict.Control;
        }
        return header.Attributes.IsTransactional && _active.Contains(header.ProducerId) ? BatchVerdict.Aborted : BatchVerdict.Deliver;
    }
}
