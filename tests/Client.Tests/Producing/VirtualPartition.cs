using Semel.Client.Producing;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Producing;

/// <summary>The rules by which a broker takes or refuses an idempotent producer's batches, and the log that results: what a test holds a producer's reports against.</summary>
internal sealed class VirtualPartition
{
    const int Remembered = 5;

    readonly Dictionary<long, (short Epoch, List<(int First, int Last, long Offset)> Batches)> _producers = [];
    long _end;

    /// <summary>Every appended batch, with its base offset.</summary>
    public List<(ProducerBatch Batch, long Offset)> Log { get; } = [];

    /// <summary>Another producer has written under this id.</summary>
    public void TakeForeign(long id, short epoch, int records)
    {
        var batches = new List<(int First, int Last, long Offset)>();
        for (var sequence = 0; sequence < records; sequence++) batches.Add((sequence, sequence, _end++));
        _producers[id] = (epoch, batches[^Remembered..]);
    }

    public PartitionAnswer Append(StampedBatch stamped)
    {
        var last = SequenceNumber.Add(stamped.BaseSequence, stamped.Batch.RecordCount - 1);
        var (id, epoch) = (stamped.Identity.Id.Value, stamped.Identity.Epoch.Value);
        if (_producers.TryGetValue(id, out var known))
        {
            if (epoch < known.Epoch) return PartitionAnswer.Refused(ErrorCode.InvalidProducerEpoch);
            var same = known.Batches.FindIndex(batch => batch.First == stamped.BaseSequence && batch.Last == last);
            if (epoch == known.Epoch && same >= 0) return PartitionAnswer.Appended(known.Batches[same].Offset);
        }
        var expected = known.Batches is { Count: > 0 } && known.Epoch == epoch ? SequenceNumber.Add(known.Batches[^1].Last, 1) : 0;
        if (stamped.BaseSequence != expected) return PartitionAnswer.Refused(ErrorCode.OutOfOrderSequenceNumber);
        if (known.Batches is null || known.Epoch != epoch) _producers[id] = known = (epoch, []);
        known.Batches.Add((stamped.BaseSequence, last, _end));
        if (known.Batches.Count > Remembered) known.Batches.RemoveAt(0);
        Log.Add((stamped.Batch, _end));
        _end += stamped.Batch.RecordCount;
        return PartitionAnswer.Appended(Log[^1].Offset);
    }
}
