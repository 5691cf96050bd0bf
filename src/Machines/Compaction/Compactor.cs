using System.Runtime.InteropServices;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Compaction;

/// <summary>What becomes of one batch.</summary>
/// <param name="Fate">See there.</param>
/// <param name="Replacement">The batch to write instead, when it is <see cref="BatchFate.Changed"/>.</param>
public readonly record struct BatchDecision(BatchFate Fate, ReadOnlyMemory<byte> Replacement = default);

public enum BatchFate : byte
{
    /// <summary>It stays as it is.</summary>
    Kept,
    /// <summary>Nothing of it is left.</summary>
    Removed,
    /// <summary>Some of its records are left, or its header alone.</summary>
    Changed,
}

/// <summary>
/// Decides what a compaction leaves of a run of batches: sealed, in order, all below the last stable offset. It is shown them again and again, first to look (<see cref="BeginLook"/>,
/// <see cref="Look"/>) and then to decide (<see cref="BeginDeciding"/>, <see cref="Decide"/>), so it needs memory for no more than one share of the keys at a time.
/// <list type="bullet">
/// <item>Of each key the newest record stays and older ones go. Records without a key stay.</item>
/// <item>Records of aborted transactions go. Those of a transaction whose marker is not among the batches stay, and take nobody's place: nobody knows yet whether they count.</item>
/// <item>A marker stays as long as anything of its transaction does, and where it is its producer's last word. One whose data lies before the batches goes only when they begin at the log's start.</item>
/// <item>A tombstone goes when it is old enough and nothing older of its key can be left.</item>
/// <item>Markers and tombstones stay where a snapshot may lie below them.</item>
/// <item>A batch keeps its range of offsets, producer and sequence. The last data batch of a producer that is needed stays, emptied if need be: so whoever folds the log knows as much of
/// the producer as before. The last batch of all stays as well: so the log's end is known.</item>
/// <item>Batches whose records cannot be read (their codec, their form) stay whole, and then no tombstone goes.</item>
/// </list>
/// </summary>
public sealed class Compactor(CompactionPolicy policy)
{
    /// <summary>A share of the keys that is not split any further: what does not fit then stays.</summary>
    const int MostShares = 1 << 16;

    /// <summary>Keys whose hash leaves this remainder.</summary>
    readonly record struct Share(uint Modulus, uint Remainder);

    struct Producer
    {
        public long LastData, Last;
    }

    readonly TransactionWalk _transactions = new();
    readonly Dictionary<ProducerId, Producer> _producers = [];
    readonly Stack<Share> _shares = new([new Share(1, 0)]);
    readonly KeyTable _keys = new(policy.KeyBytes);
    readonly HashSet<int> _kept = [];
    RecordBits _gone = new();
    readonly HashSet<long> _unreadable = [];
    bool _wasSurveyed, _isDeciding;
    Share _share;
    long _batch, _batches, _record;

    /// <summary>How often the batches were looked at.</summary>
    public int Looks { get; private set; }

    /// <summary>Begins the next look at all batches.</summary>
    /// <returns>False when there is nothing more to look for: it can be decided.</returns>
    public bool BeginLook()
    {
        Invariant.Check(!_isDeciding, "a compaction is decided after all looks");
        if (_wasSurveyed) EndShare();
        if (Looks > 0 && !_wasSurveyed)
        {
            (_wasSurveyed, _batches) = (true, _batch);
            _gone = new RecordBits(_record);
        }
        if (_wasSurveyed && !_shares.TryPop(out _share)) return false;
        Looks++;
        Restart();
        return true;
    }

    void Restart()
    {
        _transactions.Restart();
        (_batch, _record) = (0, 0);
    }

    /// <summary>The keys of the last look are known to their end, or were too many.</summary>
    void EndShare()
    {
        if (_keys.IsFull && _share.Modulus < MostShares)
        {
            _shares.Push(new Share(_share.Modulus * 2, _share.Remainder + _share.Modulus));
            _shares.Push(new Share(_share.Modulus * 2, _share.Remainder));
        }
        else if (policy.BeginsAtLogStart && _unreadable.Count == 0)
        {
            foreach (ref readonly var key in _keys.Entries)
            {
                if (key is { IsOldTombstone: true, HasUndecided: false }) _gone.Set(key.Newest);
            }
        }
        _keys.Clear();
    }

    /// <param name="batch">Exactly the batch.</param>
    public void Look(in RecordBatchHeader header, ReadOnlySpan<byte> batch)
    {
        var transaction = _transactions.Next(header, MarkerOf(header, batch));
        if (!_wasSurveyed) Survey(header, batch);
        else if (!header.Attributes.IsControl && OutcomeOf(transaction) is var outcome && outcome != TransactionOutcome.Aborted && !_unreadable.Contains(_batch)) LookAtRecords(batch, outcome);
        _batch++;
        _record += header.RecordCount;
    }

    static ControlRecord? MarkerOf(in RecordBatchHeader header, ReadOnlySpan<byte> batch) =>
        header.Attributes.IsControl && header.RecordCount > 0 && ControlRecord.Read(batch) is { IsEndTransactionMarker: true } marker ? marker : null;

    /// <summary>What is in no transaction counts at once.</summary>
    TransactionOutcome OutcomeOf(int transaction) => transaction == TransactionWalk.None ? TransactionOutcome.Committed : _transactions.OutcomeOf(transaction);

    void Survey(in RecordBatchHeader header, ReadOnlySpan<byte> batch)
    {
        if (header.HasProducerId)
        {
            ref var producer = ref CollectionsMarshal.GetValueRefOrAddDefault(_producers, header.ProducerId, out var isKnown);
            if (!isKnown) producer.LastData = -1;
            producer.Last = _batch;
            if (!header.Attributes.IsControl) producer.LastData = _batch;
        }
        if (!header.Attributes.IsControl && !IsReadable(batch)) _unreadable.Add(_batch);
    }

    bool IsReadable(ReadOnlySpan<byte> batch)
    {
        try
        {
            using var records = new RecordBatchReader(batch, new RecordReading(policy.Codecs));
            while (records.MoveNext())
            {
            }
            return true;
        }
        catch (RecordFormatException)
        {
            return false;
        }
    }

    void LookAtRecords(ReadOnlySpan<byte> batch, TransactionOutcome outcome)
    {
        using var records = new RecordBatchReader(batch, new RecordReading(policy.Codecs));
        while (records.MoveNext())
        {
            if (records.KeyIsNull) continue;
            var hash = KeyTable.HashOf(records.Key, policy.HashSeed);
            if ((uint)(hash >> 32) % _share.Modulus != _share.Remainder || _keys.Find(records.Key, hash) is not (>= 0 and var found)) continue;
            ref var key = ref _keys.Entries[found];
            if (outcome == TransactionOutcome.Undecided)
            {
                key.HasUndecided = true;
                continue;
            }
            if (key.Newest >= 0) _gone.Set(key.Newest);
            key.Newest = _record + records.Index;
            key.IsOldTombstone = records.ValueIsNull && records.Timestamp <= policy.TombstonesUpTo && records.Offset < policy.FoldedFrom;
        }
    }

    /// <summary>After all looks: begins to decide, from the first batch on.</summary>
    public void BeginDeciding()
    {
        Invariant.Check(_wasSurveyed && _shares.Count == 0, "a compaction is decided after all looks");
        _isDeciding = true;
        Restart();
    }

    /// <summary>What becomes of the next batch.</summary>
    /// <param name="batch">Exactly the batch.</param>
    public BatchDecision Decide(in RecordBatchHeader header, ReadOnlySpan<byte> batch)
    {
        var marker = MarkerOf(header, batch);
        var transaction = _transactions.Next(header, marker);
        var decision = header.Attributes.IsControl ? OfControl(header, marker, transaction) : OfData(header, batch, transaction);
        if (transaction != TransactionWalk.None && marker is null && decision.Fate != BatchFate.Removed) _kept.Add(transaction);
        if (marker is not null) _kept.Remove(transaction);
        _batch++;
        _record += header.RecordCount;
        return decision;
    }

    bool IsLast => _batch == _batches - 1;

    bool IsNeeded(in RecordBatchHeader header, out Producer producer)
    {
        producer = default;
        return header.HasProducerId && policy.IsProducerNeeded?.Invoke(header.ProducerId) != false && _producers.TryGetValue(header.ProducerId, out producer);
    }

    BatchDecision OfControl(in RecordBatchHeader header, ControlRecord? marker, int transaction)
    {
        var isLastWord = IsNeeded(header, out var producer) && producer.Last == _batch;
        var hasData = transaction == TransactionWalk.None ? !policy.BeginsAtLogStart : _kept.Contains(transaction);
        return new BatchDecision(marker is null || hasData || isLastWord || IsLast || header.BaseOffset >= policy.FoldedFrom ? BatchFate.Kept : BatchFate.Removed);
    }

    BatchDecision OfData(in RecordBatchHeader header, ReadOnlySpan<byte> batch, int transaction)
    {
        var outcome = OutcomeOf(transaction);
        if (outcome == TransactionOutcome.Undecided || _unreadable.Contains(_batch)) return new BatchDecision(BatchFate.Kept);
        var isKept = new bool[header.RecordCount];
        var count = 0;
        for (var record = 0; record < isKept.Length; record++)
        {
            isKept[record] = outcome == TransactionOutcome.Committed && !_gone[_record + record];
            count += isKept[record] ? 1 : 0;
        }
        var isLastData = IsNeeded(header, out var producer) && producer.LastData == _batch;
        if (count == 0 && !isLastData && !IsLast) return new BatchDecision(BatchFate.Removed);
        return count == header.RecordCount ? new BatchDecision(BatchFate.Kept) : new BatchDecision(BatchFate.Changed, RecordFilter.Keep(batch, isKept, policy.Codecs));
    }
}
