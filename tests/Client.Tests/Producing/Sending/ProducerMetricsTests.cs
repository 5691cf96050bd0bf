using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>What the producers of the process are counted by, each counter by its name.</summary>
public sealed class ProducerMetricsTests : IDisposable
{
    static readonly TopicPartition Partition = new("t", 0);

    readonly MeterListener _listener = new();
    readonly ConcurrentDictionary<string, long> _counted = new();
    readonly ConcurrentDictionary<string, Instrument> _instruments = new();
    readonly ConcurrentQueue<string> _classes = [];
    readonly ConcurrentDictionary<string, double> _recorded = new();
    // Other tests run producers meanwhile; a measurement is taken on the thread that makes it.
    readonly int _thread = Environment.CurrentManagedThreadId;
    bool _countsAll;

    public ProducerMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != ClientMeters.Producer) return;
            _instruments[instrument.Name] = instrument;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, measurement, tags, _) =>
        {
            if (!_countsAll && Environment.CurrentManagedThreadId != _thread) return;
            _counted.AddOrUpdate(instrument.Name, measurement, (_, before) => before + measurement);
            foreach (var tag in tags) _classes.Enqueue($"{tag.Key}={tag.Value}");
        });
        _listener.SetMeasurementEventCallback<double>((instrument, measurement, _, _) => _recorded[instrument.Name] = measurement);
        _listener.Start();
        // The counters are made at their first use.
        ProducerMetrics.Ended("t", 0, 0, Verdict.Persisted(0, -1));
        _counted.Clear();
        _classes.Clear();
    }

    public void Dispose() => _listener.Dispose();

    string Counted => string.Join(' ', _counted.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key}={pair.Value}"));

    static readonly Error Refused = new(ErrorCode.InvalidRecord, "refused");

    [Fact]
    public void Every_counter_has_a_unit_and_a_description_and_stands_in_the_documentation()
    {
        Assert.Equal(18, _instruments.Count);
        Assert.All(_instruments.Values, static instrument => Assert.False(string.IsNullOrEmpty(instrument.Unit) || string.IsNullOrEmpty(instrument.Description)));
        var documented = File.ReadAllText(Path.Combine(Semel.Peers.Repository.Root, "docs", "client.md"));
        Assert.All(_instruments.Values, instrument => Assert.Contains($"| `{instrument.Name}` | {instrument.Unit} | {instrument.Description} |", documented));
    }

    [Fact]
    public void Records_are_counted_by_how_they_ended()
    {
        ProducerMetrics.Ended("t", 5, 700, Verdict.Persisted(0, -1));
        ProducerMetrics.Ended("t", 3, 300, Verdict.PossiblyPersisted(Refused));
        ProducerMetrics.Ended("t", 2, 200, Verdict.NotPersisted(Refused, ErrorClass.Record));
        ProducerMetrics.Refused("t", new ProduceException(new Error(LocalErrorCode.UnknownTopic, "no topic"), ErrorClass.Config, PersistenceStatus.NotPersisted, Partition));
        ProducerMetrics.UnobservedFailure(4);
        Assert.Equal("messaging.client.sent.messages=11 producer.bytes.persisted=700 producer.records.failed=3 producer.records.persisted=5 producer.records.possibly_persisted=3 producer.unobserved_failures=4", Counted);
        Assert.Equal(["class=Record", "class=Config"], _classes.Where(static tag => tag.StartsWith("class=")));
        Assert.Equal(["error.type=InvalidRecord", "error.type=InvalidRecord", "error.type=UnknownTopic"], _classes.Where(static tag => tag.StartsWith("error.type=")));
        Assert.Equal(4, _classes.Count(static tag => tag == "messaging.destination.name=t"));
        Assert.Equal(4, _classes.Count(static tag => tag == "messaging.system=kafka"));
    }

    [Fact]
    public void What_happens_inside_is_counted_by_what_it_is_and_what_is_only_told_is_not()
    {
        foreach (var happened in new ProducerEvent[]
        {
            new LateAcknowledgement(Partition, 1, 0), new DeliveryRetried(Partition, ErrorCode.NotEnoughReplicas, ""), new DeliveryRetried(Partition, ErrorCode.NotEnoughReplicas, ""), new BatchSplit(Partition, 2, 100),
            new EpochBumped(Partition, new ProducerId(1), new ProducerEpoch(1)), new DataLossSuspected(Partition, 1, ""), new TopicRecreated("t", default, default), new RecordsGivenUp(1, 1), new ClusterReplaced("a", "b"),
            new IdempotenceDisabled(""), new PartitionUnavailable(Partition, ErrorCode.KafkaStorageError, ""), new ProducerIdUnavailable(ErrorCode.KafkaStorageError, ""),
        }) ProducerMetrics.Happened(happened);
        Assert.Equal("producer.data_loss_suspicions=1 producer.epoch_bumps=1 producer.late_acks=1 producer.retries=2 producer.splits=1", Counted);
    }

    [Fact]
    public async Task What_producers_hold_is_told_when_somebody_asks()
    {
        _countsAll = true;
        await using var cluster = await TestCluster.StartAsync();
        cluster.Fault("Metadata:answer:blackhole");
        var producer = cluster.Produce(("close.timeout.ms", "0"));
        producer.Produce(TestCluster.Topic, new() { Value = new string('x', 1000) });
        _counted.Clear();
        _listener.RecordObservableInstruments();
        // Other tests have producers as well.
        Assert.True(_counted["producer.waiting"] >= 1 && _counted["producer.buffer.used"] >= 1000, Counted);
        await producer.DisposeAsync();
    }

    /// <summary>Others may count at the same time, so each is held to what this producer adds at least.</summary>
    [Fact]
    public async Task A_producer_counts_what_becomes_of_its_records()
    {
        _countsAll = true;
        await using var cluster = await TestCluster.StartAsync(1, ("max.message.bytes", "2000"));
        await using (var producer = cluster.Produce(("batch.size", "100000"), ("linger.ms", "30000")))
        {
            cluster.Fault("Produce:answer:cut:count=1");
            producer.Produce(TestCluster.Topic, new() { Value = "its acknowledgement is lost" });
            await producer.FlushAsync();
            for (var record = 0; record < 50; record++) producer.Produce(TestCluster.Topic, new() { Value = new string('x', 100) });
            await producer.FlushAsync();
            producer.Produce(TestCluster.Topic, new() { Value = new string('x', 5000) });
            await producer.FlushAsync();
        }
        // A flush has waited for all of it.
        Assert.All(["producer.batch.records", "producer.batch.bytes", "messaging.client.operation.duration"], name => Assert.True(_recorded.ContainsKey(name) || _counted.ContainsKey(name), name));
        foreach (var (name, least) in new[] { ("records.persisted", 50), ("bytes.persisted", 50 * 100), ("retries", 1), ("splits", 1), ("records.failed", 1) })
            Assert.True(_counted.GetValueOrDefault($"producer.{name}") >= least, $"{name}: {Counted}");
    }
}
