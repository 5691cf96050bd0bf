using Semel.Client;
using Semel.Client.Producing;
using Semel.Log;
using Semel.Machines.Partition;

namespace Semel.Testing.Simulation;

/// <summary>
/// Knows what was promised and compares it with what readers see: an acknowledged record is in the log at the offset it was acknowledged with, no record is there
/// twice, records of one producer are there in submit order, one that was reported as not persisted is not there, what was seen once is seen
/// for ever, and no bound moves back.
/// </summary>
internal sealed class Oracle(ProduceWorld world)
{
    readonly PartitionArchive[] _archives = [.. Enumerable.Range(0, world.Plan.Partitions).Select(partition => new PartitionArchive(world, partition))];
    readonly HashSet<long> _producerIds = [];
    readonly HashSet<RecordNumber> _unreported = [];
    readonly HashSet<RecordNumber> _notPersisted = [];

    /// <summary>Records whose producer still owes a report.</summary>
    public int UnreportedCount => _unreported.Count;

    public void Fail(string what) => world.Fail(what);

    public void Submitted(RecordNumber record) => _unreported.Add(record);

    /// <summary>Everything in a view is shown to readers, so it is read.</summary>
    public void Observe(int partition, PartitionView view, ILog log)
    {
        foreach (var seen in _archives[partition].Observe(view, log))
            if (_notPersisted.Contains(seen)) Fail($"{seen} was reported as not persisted and is in the log");
    }

    public void GivenProducerId(long producerId)
    {
        if (!_producerIds.Add(producerId)) Fail($"producer id {producerId} was given out twice");
    }

    public void Reported(SimulatedBatch batch, Verdict verdict)
    {
        world.Note($"{verdict.Status}", batch.Partition.Partition, verdict.BaseOffset, batch.Records[0].Value);
        for (var i = 0; i < batch.Records.Count; i++)
        {
            var record = batch.Records[i];
            if (!_unreported.Remove(record)) Fail($"{record} was reported twice");
            if (verdict.Status == PersistenceStatus.Persisted) Acknowledged(record, verdict.BaseOffset + i);
            else Given(record, verdict);
        }
    }

    void Acknowledged(RecordNumber record, long offset)
    {
        world.Counts.Add("acknowledged-records");
        if (!_archives[record.Partition].Has(offset, record)) Fail($"{record} was acknowledged at offset {offset}, where the log has {_archives[record.Partition].Describe(offset)}");
    }

    void Given(RecordNumber record, Verdict verdict)
    {
        if (world.Plan.IsStrict) Fail($"{record} was reported as {verdict.Status} although nothing gives up: {verdict.Error}");
        if (verdict.Status != PersistenceStatus.NotPersisted) return;
        _notPersisted.Add(record);
        if (_archives[record.Partition].Contains(record)) Fail($"{record} was reported as not persisted and is in the log");
    }

    /// <summary>A producer died: nobody will ever report its open records.</summary>
    public void Abandoned(int producer) => _unreported.RemoveWhere(record => record.Producer == producer);

    /// <summary>Sequences may begin anew only when a record was given up.</summary>
    public void Told(ProducerEvent told)
    {
        if (told is DataLossSuspected && !world.Plan.ForgetsProducers) Fail($"a producer suspects that records were lost: {told}");
        if (told is EpochBumped && world.Plan.IsStrict) Fail($"a producer began its sequences anew although nothing gave up: {told}");
    }
}
