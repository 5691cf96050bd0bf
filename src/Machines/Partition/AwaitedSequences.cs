using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>
/// Which batches a partition has refused for a passing reason (its log was not open or failed, it knows as many producers as it may), by producer: the lowest sequence
/// of the newest epoch that was refused. Of a producer that the partition does not know, a later one is not taken before that one: Kafka takes it as the
/// producer's first, and then the refused one, which comes again, is out of order for ever.
/// <para>
/// It belongs to the process and not to the log: it outlives the machine, which is folded anew when its log failed, but no restart. A connection ends with the
/// process, and every client sends what it has to send again in the order of its sequences. Used by one turn at a time; not thread safe.
/// </para>
/// </summary>
public sealed class AwaitedSequences
{
    /// <summary>When there are more, the one that was refused longest ago is no longer awaited. A producer that lives sends its batch again within a second or so.</summary>
    public const int Most = 4096;

    // Most partitions never refuse anything.
    Dictionary<ProducerId, Awaited>? _awaited;

    readonly record struct Awaited(ProducerEpoch Epoch, int Sequence, TimeSpan RefusedAt);

    public int Count => _awaited?.Count ?? 0;

    /// <summary>A batch was refused, and will come again.</summary>
    /// <param name="now">By the steady clock.</param>
    public void Refused(in RecordBatchHeader batch, TimeSpan now)
    {
        if (!batch.HasProducerId || batch.Attributes.IsControl) return;
        _awaited ??= [];
        var isLowest = !_awaited.TryGetValue(batch.ProducerId, out var awaited) || batch.ProducerEpoch > awaited.Epoch
            || (batch.ProducerEpoch == awaited.Epoch && !IsLater(batch.BaseSequence, awaited.Sequence));
        if (!isLowest) return;
        _awaited[batch.ProducerId] = new Awaited(batch.ProducerEpoch, batch.BaseSequence, now);
        if (_awaited.Count > Most) _awaited.Remove(_awaited.MinBy(static one => one.Value.RefusedAt).Key);
    }

    /// <summary>
    /// Whether an earlier batch than this one has to come first. The refused one itself does not, nor one before it; in a higher epoch sequences begin anew, so there
    /// it is 0 that has to come first. An older epoch has nothing to do with it.
    /// </summary>
    /// <param name="refusedAfter">By the steady clock: what was refused before is no longer awaited.</param>
    public bool IsEarlierAwaited(in RecordBatchHeader batch, TimeSpan refusedAfter)
    {
        if (_awaited is null || !_awaited.TryGetValue(batch.ProducerId, out var awaited) || batch.ProducerEpoch < awaited.Epoch) return false;
        if (awaited.RefusedAt <= refusedAfter)
        {
            _awaited.Remove(batch.ProducerId);
            return false;
        }
        return batch.ProducerEpoch > awaited.Epoch ? batch.BaseSequence != 0 : IsLater(batch.BaseSequence, awaited.Sequence);
    }

    /// <summary>The partition knows the producer from now on: what comes next is told by what it has.</summary>
    public void Came(ProducerId producerId) => _awaited?.Remove(producerId);

    /// <summary>Sequences go in a circle: the half of it that lies ahead is later.</summary>
    static bool IsLater(int sequence, int than) => SequenceNumber.Subtract(sequence, than) is > 0 and <= int.MaxValue / 2;
}
