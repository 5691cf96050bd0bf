using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// What can be counted about producers, once per batch or request; all producers of the process count together. Where OpenTelemetry has a name for it, it has
/// that name. Nobody who listens costs one look.
/// </summary>
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

    static readonly Counter<long> Accepted = Records("producer.records.accepted", "Records whose batch takes no more");
    static readonly Histogram<long> BatchRecords = Meter.CreateHistogram<long>("producer.batch.records", "{record}", "Records of a batch that takes no more");
    static readonly Histogram<long> BatchBytes = Meter.CreateHistogram<long>("producer.batch.bytes", "By", "Bytes of such a batch as it goes over the wire");
    static readonly Histogram<double> Throttled = Meter.CreateHistogram<double>("producer.throttle_time", "s",
        "How long a broker asked to be left alone, where it did");
    static readonly Counter<long> Sent = Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}",
        "Records that have their final report, by topic and error");
    static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("messaging.client.operation.duration", "s",
        "How long a Produce request took until its answer");

    static readonly ConcurrentDictionary<Admission, bool> Open = new();

    static ProducerMetrics()
    {
        Meter.CreateObservableUpDownCounter("producer.buffer.used", static () => Open.Keys.Sum(static producer => producer.Memory.Used), "By",
            "Bytes of buffer.memory that records have which are not finished");
        Meter.CreateObservableUpDownCounter("producer.waiting", static () => Open.Keys.Sum(static producer => (long)producer.Room.Count), "{record}",
            "Records that wait for memory or for a topic's metadata");
    }

    public static void Began(Admission producer) => Open[producer] = true;
    public static void Ended(Admission producer) => Open.TryRemove(producer, out _);

    static Counter<long> Records(string name, string description) => Meter.CreateCounter<long>(name, "{record}", description);

    /// <summary>A batch takes no more records.</summary>
    /// <param name="bytes">As it goes over the wire.</param>
    public static void Closed(int records, int bytes)
    {
        Accepted.Add(records);
        BatchRecords.Record(records);
        BatchBytes.Record(bytes);
    }

    /// <summary>A request was answered.</summary>
    /// <param name="topic">Null when it had several.</param>
    public static void Answered(string? topic, TimeSpan latency, TimeSpan throttle)
    {
        if (throttle > TimeSpan.Zero) Throttled.Record(throttle.TotalSeconds);
        if (!Duration.Enabled) return;
        var tags = Tags(topic);
        Duration.Record(latency.TotalSeconds, tags);
    }

    static TagList Tags(string? topic)
    {
        var tags = new TagList { { "messaging.system", "kafka" }, { "messaging.operation.name", "send" } };
        if (topic is not null) tags.Add("messaging.destination.name", topic);
        return tags;
    }

    static void Send(string topic, int records, Error? error)
    {
        if (!Sent.Enabled) return;
        var tags = Tags(topic);
        if (error is not null) tags.Add("error.type", ProducerActivities.TypeOf(error));
        Sent.Add(records, tags);
    }

    /// <summary>Records ended, all of a batch's or some of them.</summary>
    /// <param name="bytes">As they went over the wire, where they ended as a batch.</param>
    public static void Ended(string topic, int records, int bytes, Verdict verdict)
    {
        Send(topic, records, verdict.Error);
        switch (verdict.Status)
        {
            case PersistenceStatus.Persisted:
                Persisted.Add(records);
                PersistedBytes.Add(bytes);
                break;
            case PersistenceStatus.PossiblyPersisted: PossiblyPersisted.Add(records); break;
            default: CountFailed(records, verdict.Class); break;
        }
    }

    static void CountFailed(int records, ErrorClass errorClass)
    {
        if (Failed.Enabled) Failed.Add(records, new KeyValuePair<string, object?>("class", errorClass.ToString()));
    }

    /// <summary>A record that was never in a batch.</summary>
    public static void Refused(string topic, ProduceException failure)
    {
        Send(topic, 1, failure.Error);
        CountFailed(1, failure.Class);
    }

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
