using Semel.Broker.Hosting;
using Semel.Testing;

namespace CompatTests;

/// <summary>A broker in this process for the programs of both clients.</summary>
public sealed class BrokerForBoth : IAsyncLifetime
{
    InProcessBroker? _broker;

    public InProcessBroker Broker => _broker!;

    public async Task InitializeAsync() => _broker = await InProcessBroker.StartAsync(BrokerConfigTable.Read(
        [new("group.initial.rebalance.delay.ms", "0"), new("group.min.session.timeout.ms", "1000"), new("group.consumer.min.heartbeat.interval.ms", "100"),
        new("group.consumer.heartbeat.interval.ms", "300"), new("auto.create.topics.enable", "false")]));

    public Task DisposeAsync() => Broker.DisposeAsync().AsTask();
}
