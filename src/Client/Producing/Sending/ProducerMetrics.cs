using System.Diagnostics.Metrics;

namespace Semel.Client.Producing.Sending;

/// <summary>What can be counted about producers, once per batch. All producers of the process count together.</summary>
internal static class ProducerMetrics
{
    static readonly Meter Meter = new(ClientMeters.Producer);

    static readonly Counter<long> Persisted = Records("producer.records.persisted", "Records that a broker acknowledged");
    static readonly Counter<long> PersistedBytes = Meter.CreateCounter<long>("producer.bytes.persisted", "By",
        "Bytes of the acknowledged batches as they went over the wire");
    static readonly Counter<long> Failed = Records("producer.records.failed", "Records that certainly were not stored, by what can be done about it");
    static readonly Counter<long> PossiblyPersisted = Records("producer.records.possibly_persisted",
        "Records of which nobody knows whether they were stored; with acks=0 all of them");
    static readonly Counter<long> Unobserved = Records("producer.unobserved_failures", "Records that failed while nobody awaited them");
    static readonly Counter<long> LateAcks = Meter.CreateCounter<long>("producer.late_acks", "{batch}",
        "Batches reported as possibly persisted that turned out to be stored");
    static readonly Counter<long> Retries = Meter.CreateCounter<long>("producer.retries", "{attempt}", "Attempts of batches that were repeated");
    static readonly Counter<long> Splits = Meter.CreateCounter<long>("producer.splits", "{batch}",
        "Batches that were too large for the broker and sent in parts");
    static readonly Counter<long> EpochBumps = Meter.CreateCounter<long>("producer.epoch_bumps", "{bump}",
        "How often sequences began anew because a partition could not go on");
    static readonly Counter<long> DataLossSuspicions = Meter.CreateCounter<long>("producer.data_loss_suspicions", "{suspicion}",
        "How often a broker seemed to have lost acknowledged records");

    static Counter<long> Records(string name, string description) => Meter.CreateCounter<long>(name, "{record}", description);

    /// <summary>Records ended, all of a batch's or some of them.</summary>
    /// <param name="bytes">As they went over the wire, where they ended as a batch.</param>
    public static void Ended(int records, int bytes, Verdict verdict)
    {
        switch (verdict.Status)
        {
            case PersistenceStatus.Persisted:
                Persisted.Add(records);
                PersistedBytes.Add(bytes);
                break;
            case PersistenceStatus.PossiblyPersisted: PossiblyPersisted.Add(records); break;
            default: Failed.Add(records, new KeyValuePair<string, object?>("class", verdict.Class.ToString())); break;
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
