using System.Runtime.CompilerServices;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Producers;

/// <summary>
/// What a log remembers of one producer: its epoch, its last five batches, and where its open transaction began.
/// Five is the most that an idempotent producer may have in flight, so any of its retries is among them.
/// <para>
/// 128 bytes, two cache lines. Within one epoch the batches follow each other in sequence, so only the last sequence and the batches' lengths are
/// kept, and the first sequences are counted back from them. Append times are kept as ages below <see cref="LastTimestamp"/>, negative where a clock was set back.
/// </para>
/// </summary>
internal struct ProducerState
{
    public const int MaxBatches = 5;

    /// <summary>The batch has no append time: its topic has CreateTime.</summary>
    const int NoAppendTime = int.MinValue;

    public ProducerId ProducerId;
    /// <summary>First offset of the open transaction; -1 when none is open.</summary>
    public long TransactionStart { get; private set; }
    /// <summary>When the producer's last batch or marker was appended, by the steady clock of this process; negative when that was before its computer was started.</summary>
    public TimeSpan HeardAt;
    /// <summary>The largest timestamp of the last batch, or that of the last marker; -1 at first.</summary>
    public long LastTimestamp { get; private set; }
    /// <summary>Of the last marker; -1 when there was none.</summary>
    public int CoordinatorEpoch;
    int _lastSequence;
    /// <summary>The highest epoch of any batch or marker.</summary>
    public ProducerEpoch Epoch { get; private set; }
    /// <summary>Of the open transaction's first batch; none when none is open.</summary>
    public ProducerEpoch TransactionEpoch { get; private set; }
    byte _count;
    byte _newest;
    FiveOffsets _baseOffsets;
    FiveDeltas _lastOffsetDeltas;
    FiveAges _ages;

    public ProducerState(ProducerId producerId, ProducerEpoch epoch)
    {
        ProducerId = producerId;
        Epoch = epoch;
        EndTransaction();
        LastTimestamp = -1;
        CoordinatorEpoch = -1;
        _lastSequence = SequenceNumber.None;
    }

    /// <summary>How many batches are remembered: 0 when only markers of this epoch are known.</summary>
    public readonly int BatchCount => _count;

    /// <summary>-1 when no batch is remembered.</summary>
    public readonly int LastSequence => _count == 0 ? SequenceNumber.None : _lastSequence;

    public readonly bool HasOpenTransaction => TransactionStart >= 0;

    public void BeginTransaction(long firstOffset, ProducerEpoch epoch) => (TransactionStart, TransactionEpoch) = (firstOffset, epoch);
    public void EndTransaction() => (TransactionStart, TransactionEpoch) = (-1, ProducerEpoch.None);

    /// <summary>A new incarnation begins: its sequences begin at 0, and the batches of the old one are never again duplicates.</summary>
    public void BeginEpoch(ProducerEpoch epoch)
    {
        Epoch = epoch;
        _count = 0;
    }

    /// <summary>Remembers a batch of the present epoch, and forgets the sixth last.</summary>
    public void Push(int baseSequence, long baseOffset, int lastOffsetDelta, long maxTimestamp, TimestampType timestampType)
    {
        // A log in which sequences of one epoch do not follow each other was not written under these rules. Its last batch is still the truth.
        if (_count > 0 && !SequenceNumber.IsNext(_lastSequence, baseSequence)) _count = 0;
        MoveTimestamp(maxTimestamp);
        _newest = (byte)(_newest + 1 == MaxBatches ? 0 : _newest + 1);
        if (_count < MaxBatches) _count++;
        _lastSequence = SequenceNumber.Add(baseSequence, lastOffsetDelta);
        _baseOffsets[_newest] = baseOffset;
        _lastOffsetDeltas[_newest] = lastOffsetDelta;
        _ages[_newest] = timestampType == TimestampType.LogAppendTime ? 0 : NoAppendTime;
    }

    /// <summary>Sets <see cref="LastTimestamp"/>; the append times of the batches stay what they are, unless they are more than 24 days away from it.</summary>
    public void MoveTimestamp(long timestamp)
    {
        var by = timestamp - LastTimestamp;
        for (var i = 0; i < MaxBatches; i++)
        {
            if (_ages[i] == NoAppendTime) continue;
            var age = _ages[i] + by;
            _ages[i] = age is > NoAppendTime and <= int.MaxValue ? (int)age : NoAppendTime;
        }
        LastTimestamp = timestamp;
    }

    /// <summary>One of the remembered batches.</summary>
    /// <param name="back">0 for the newest.</param>
    /// <param name="lastSequence">The last sequence of that batch, which is found on the way back from the newest.</param>
    readonly CachedBatch At(int back, int lastSequence)
    {
        var slot = _newest - back;
        if (slot < 0) slot += MaxBatches;
        var delta = _lastOffsetDeltas[slot];
        var appendTime = _ages[slot] == NoAppendTime ? -1 : LastTimestamp - _ages[slot];
        return new CachedBatch(SequenceNumber.Subtract(lastSequence, delta), lastSequence, _baseOffsets[slot], delta, appendTime);
    }

    /// <summary>The remembered batches, the newest first.</summary>
    public readonly int Batches(Span<CachedBatch> batches)
    {
        var last = _lastSequence;
        for (var back = 0; back < _count; back++)
        {
            batches[back] = At(back, last);
            last = SequenceNumber.Subtract(batches[back].BaseSequence, 1);
        }
        return _count;
    }

    /// <summary>Finds the remembered batch with exactly these sequences, among the newest <paramref name="window"/>.</summary>
    public readonly bool TryFind(int baseSequence, int lastSequence, int window, out CachedBatch found)
    {
        var last = _lastSequence;
        for (var back = 0; back < _count && back < window; back++)
        {
            found = At(back, last);
            if (found.LastSequence == lastSequence && found.BaseSequence == baseSequence) return true;
            last = SequenceNumber.Subtract(found.BaseSequence, 1);
        }
        found = default;
        return false;
    }

    [InlineArray(MaxBatches)]
    struct FiveOffsets { long _first; }

    [InlineArray(MaxBatches)]
    struct FiveDeltas { int _first; }

    [InlineArray(MaxBatches)]
    struct FiveAges { int _first; }
}

/// <summary>One batch that is remembered.</summary>
/// <param name="AppendTime">Milliseconds since 1970; -1 when the topic has CreateTime.</param>
internal readonly record struct CachedBatch(int BaseSequence, int LastSequence, long BaseOffset, int LastOffsetDelta, long AppendTime);
