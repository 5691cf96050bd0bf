using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Semel.Client.Consuming.Reading;

/// <summary>
/// What can be counted about consumers; all of the process count together. Records and bytes are numbers that the machines keep anyway, and lags are worked out, when
/// somebody who listens asks: nobody who listens costs nothing.
/// </summary>
internal static class ConsumerMetrics
{
    static readonly Meter Meter = new(ClientMeters.Consumer);
    static readonly ConcurrentDictionary<RecordSource, bool> Reading = new();
    static readonly Dictionary<string, TopicCount> Gone = [];

    static readonly Counter<long> Rebalances = Meter.CreateCounter<long>("consumer.rebalances", "{rebalance}",
        "How often a group gave partitions or took some, by what happened (assigned, revoked, lost)");
    static readonly Counter<long> Commits = Meter.CreateCounter<long>("consumer.commits", "{offset}", "Offsets that a coordinator accepted");

    static ConsumerMetrics()
    {
        Meter.CreateObservableCounter("messaging.client.consumed.messages", static () => Counts(static count => count.Records), "{message}", "Records handed out");
        Meter.CreateObservableCounter("consumer.bytes.fetched", static () => Counts(static count => count.Bytes), "By", "Bytes of fetched batches as they came over the wire");
        Meter.CreateObservableGauge("consumer.lag", static () => Lags(static positions => positions.Lag), "{offset}",
            "Offsets between what was finished and the end, for each partition");
        Meter.CreateObservableGauge("consumer.open_transaction_lag", static () => Lags(static positions => positions.OpenTransactionLag), "{offset}",
            "Offsets that a read_committed reader cannot see because transactions are open, for each partition");
    }

    public static void Began(RecordSource source) => Reading[source] = true;

    public static void Ended(RecordSource source)
    {
        lock (Gone)
        {
            if (!Reading.TryRemove(source, out _)) return;
            Add(Gone, source);
        }
    }

    public static void Rebalanced(string kind) => Rebalances.Add(1, new KeyValuePair<string, object?>("kind", kind));
    public static void Committed(int offsets) => Commits.Add(offsets);

    static List<Measurement<long>> Counts(Func<TopicCount, long> choose)
    {
        Dictionary<string, TopicCount> sums;
        lock (Gone)
        {
            sums = Gone.ToDictionary(static one => one.Key, static one => one.Value);
            foreach (var source in Reading.Keys) Add(sums, source);
        }
        return [.. sums.Select(sum => new Measurement<long>(choose(sum.Value), System, new("messaging.destination.name", sum.Key)))];
    }

    static void Add(Dictionary<string, TopicCount> sums, RecordSource source)
    {
        foreach (var (topic, count) in source.Counts())
            sums[topic] = sums.TryGetValue(topic, out var sum) ? new TopicCount(sum.Records + count.Records, sum.Bytes + count.Bytes) : count;
    }

    static List<Measurement<long>> Lags(Func<PartitionPositions, long?> choose)
    {
        var lags = new List<Measurement<long>>();
        foreach (var source in Reading.Keys)
            foreach (var partition in source.Assignment)
                if (source.Positions(partition) is { } positions && choose(positions) is { } lag)
                    lags.Add(new Measurement<long>(lag, System, new("messaging.destination.name", partition.Topic), new("messaging.destination.partition.id", $"{partition.Partition}")));
        return lags;
    }

    static KeyValuePair<string, object?> System => new("messaging.system", "kafka");
}
