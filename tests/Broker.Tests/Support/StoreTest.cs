using Semel.Broker.Hosting;

namespace Semel.Broker.Tests.Support;

/// <summary>A test with a broker over logs that fail when the test says so, and a clock that moves when it says so.</summary>
public abstract class StoreTest : IAsyncLifetime
{
    readonly List<FrameClient> _clients = [];
    SemelBroker? _broker;

    internal ManualTime Time { get; } = new();
    internal CaughtLines Lines { get; } = new();
    internal ScriptedLogStore Store { get; }
    internal SemelBroker Broker => _broker!;
    protected virtual BrokerOptions Options => new();

    protected StoreTest() => Store = new ScriptedLogStore(Time);

    public Task InitializeAsync() => StartAsync();

    internal async Task StartAsync() => _broker = await SemelBroker.StartAsync(Options with { Port = 0 }, Store, Lines, Time);

    internal async Task RestartAsync(bool inOrder = true)
    {
        if (inOrder) await Broker.StopAsync();
        else await Broker.KillAsync();
        await StartAsync();
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Broker.DisposeAsync();
    }

    internal async Task<FrameClient> ConnectAsync()
    {
        var client = await FrameClient.ConnectAsync(Broker.EndPoint);
        _clients.Add(client);
        return client;
    }

    internal Task CreateTopicAsync(string name, int partitions = 1) => Broker.CreateTopicAsync(name, partitions, new Dictionary<string, string>());

    /// <summary>The name of a partition's log.</summary>
    internal string LogOf(string topic, int partition = 0) => Store.Names.Single(name => name.StartsWith($"{topic}-{partition}~", StringComparison.Ordinal));
}
