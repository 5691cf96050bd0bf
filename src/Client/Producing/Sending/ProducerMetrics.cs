using System.Diagnostics.Metrics;

namespace Semel.Client.Producing.Sending;

/// <summary>What can be counted about producers, once per batch. All producers of the process count together.</summary>
internal static class ProducerMetrics
{
    static readonly Meter Meter = new("Semel.Client.Producer");

    static readonly Counter<long> Persisted = Meter.CreateCounter<long>("producer.records.persisted");
    static readonly Counter<long> PersistedBytes = Meter.CreateCounter<long>("producer.bytes.persisted", "By");
    static readonly Counter<long> Failed = Meter.CreateCounter<long>("producer.records.failed");
    static readonly Counter<long> PossiblyPersisted = Meter.CreateCounter<long>("producer.records.possibly_persisted");
    static readonly Counter<long> Unobserved = Meter.CreateCounter<long>("producer.unobserved_failures");
    static readonly Counter<long> LateAcks = Meter.CreateCounter<long>("producer.late_acks");
    static readonly Counter<long> Retries = Meter.CreateCounter<long>("producer.retries");
    static readonly Counter<long> Splits = Meter.CreateCounter<long>("producer.splits");
    static readonly Counter<long> EpochBumps = Meter.CreateCounter<long>("producer.epoch_bumps");
    static readonly Counter<long> DataLossSuspicions = Meter.CreateCounter<long>("producer.data_loss_suspicions");

    public static void Ended(ProducerBatch batch, Verdict verdict)
    {
        switch (verdict.Status)
        {
            case PersistenceStatus.Persisted:
                Persisted.Add(batch.RecordCount);
                PersistedBytes.Add(batch.SizeInBytes);
                break;
            case PersistenceStatus.PossiblyPersisted: PossiblyPersisted.Add(batch.RecordCount); break;
            default: Failed.Add(batch.RecordCount, new KeyValuePair<string, object?>("class", verdict.Class.ToString())); break;
        }
    }

    /// <summary>A record that was never in a batch.</summary>
    public static void Refused(ErrorClass errorClass) => Failed.Add(1, new KeyValuePair<string, object?>("class", errorClass.ToString()));

    public static void UnobservedFailure(int records) => Unobserved.Add(records);

    public static void Happened(ProducerEvent happened)
    {
        switch (happened)
        {
            case LateAcknowledgement: LateAcks.Add(1); break;
            case DeliveryRetried: Retries.Add(1); break;
            case BatchSplit: Splits.Add(1); break;
            case EpochBumped: EpochBumps.Add(1); break;
            case DataLossSuspected: DataLossSuspicions.Add(1); break;
        }
    }
}
