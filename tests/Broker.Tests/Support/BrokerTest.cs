using Semel.Broker.Hosting;
using Semel.Testing;

namespace Semel.Broker.Tests.Support;

/// <summary>A test with a broker of its own and as many connections as it wants.</summary>
public abstract class BrokerTest : IAsyncLifetime
{
    readonly List<FrameClient> _clients = [];

    internal CaughtLines Lines { get; } = new();
    protected InProcessBroker Broker { get; private set; } = null!;
    protected virtual BrokerOptions Options => new();
    protected virtual TimeProvider? Time => null;

    public async Task InitializeAsync() => Broker = await InProcessBroker.StartAsync(Options, Lines, Time);

    public async Task DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Broker.DisposeAsync();
    }

    internal async Task<FrameClient> ConnectAsync(int? receiveBufferBytes = null)
    {
        var client = await FrameClient.ConnectAsync(Broker.Broker.EndPoint, receiveBufferBytes);
        _clients.Add(client);
        return client;
    }

    /// <summary>A peer has its answer a moment before the broker is done with it: what is to be seen, or timed, without that waits until its memory is back.</summary>
    internal Task AwaitMemoryAsync(long bytes) => AwaitAsync(() => Broker.Broker.Listener.Memory.UsedBytes == bytes);

    internal static async Task AwaitAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>A connection that is there already goes on to work: what was sent to the broker on another did not hurt it.</summary>
    internal static async Task AssertServesAsync(FrameClient client, string topic)
    {
        var before = (await client.FetchAsync(topic, 0, 0)).HighWatermark;
        Assert.Equal(before, (await client.ProduceAsync(topic, 0, TestBatch.Plain("still there"))).BaseOffset);
    }
}
