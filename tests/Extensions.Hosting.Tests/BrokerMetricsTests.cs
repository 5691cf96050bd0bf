using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Semel.Broker;
using Semel.Client;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Extensions.Hosting.Tests;

/// <summary>What a broker counts. Other tests run brokers of the same process meanwhile, so each count is looked for by what only this test does, or has to have grown.</summary>
public sealed class BrokerMetricsTests : IDisposable
{
    readonly ConcurrentDictionary<string, long> _counts = new();
    readonly MeterListener _listener = new();

    public BrokerMetricsTests()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == BrokerMetrics.MeterName) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => _counts[instrument.Name] = value);
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name;
        foreach (var (_, tag) in tags) name += $" {tag}";
        _counts.AddOrUpdate(name, value, (_, before) => before + value);
    }

    long Count(string name) => _counts.GetValueOrDefault(name);

    [Fact]
    public async Task A_broker_counts_requests_errors_bytes_and_what_it_has()
    {
        await using var broker = await InProcessBroker.StartAsync();
        await broker.CreateTopicAsync("t", 1);
        await using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build();
        await using (var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = broker.BootstrapServers }).Build())
            await producer.ProduceAsync("t", new Message<string, string> { Value = new string('x', 1000) });
        await admin.AlterGroupOffsetsAsync("g", [new TopicPartitionOffset("t", 0, 0)]);
        await admin.RemoveMembersAsync("g", [MemberToRemove.Static("nobody")]);
        Assert.True(Count("broker.requests Produce") >= 1 && Count("broker.requests OffsetCommit") >= 1);
        Assert.True(Count("broker.produce.bytes.appended") > 1000);
        Assert.True(Count("broker.errors LeaveGroup UnknownMemberId") >= 1);
        _listener.RecordObservableInstruments();
        Assert.True(Count("broker.connections") >= 1 && Count("broker.groups") >= 1);
    }

    [Fact]
    public void The_name_that_is_collected_is_the_meters() => Assert.Equal(BrokerMetrics.MeterName, SemelInstrumentation.BrokerMeter);
}
