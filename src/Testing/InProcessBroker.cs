using Microsoft.Extensions.Logging;
using Semel.Broker.Hosting;
using Semel.Log.Memory;
using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Testing;

/// <summary>
/// The real broker inside a test: on a free port of the loopback address, with its logs in memory. It answers what the broker answers, byte by
/// byte, as it is the same code; only the disk is another. It can be restarted in order, or killed and started again, on the same data and port.
/// Clients may use it from any thread; starting again and disposing are for one caller at a time.
/// </summary>
public sealed class InProcessBroker : IAsyncDisposable
{
    readonly ILoggerFactory? _loggers;
    readonly TimeProvider? _time;
    BrokerOptions _options;

    InProcessBroker(BrokerOptions options, ILoggerFactory? loggers, TimeProvider? time, SemelBroker broker, MemoryLogStore store)
    {
        (_options, _loggers, _time, Broker, Store) = (options with { Port = broker.EndPoint.Port }, loggers, time, broker, store);
    }

    /// <summary>The broker that runs now; another one after a restart.</summary>
    public SemelBroker Broker { get; private set; }

    /// <summary>The data. Its fault hooks make appends fail.</summary>
    public MemoryLogStore Store { get; }

    /// <summary>What a client is given as bootstrap.servers. Stays the same over restarts.</summary>
    public string BootstrapServers => Broker.BootstrapServers;

    /// <summary>Starts a broker, which serves when this completes.</summary>
    /// <param name="options">Host, port and folder of them do not count: it listens on a free port of 127.0.0.1 and keeps everything in memory.</param>
    /// <param name="loggers">Null writes no log.</param>
    /// <param name="time">Null for the system's clock.</param>
    public static async Task<InProcessBroker> StartAsync(BrokerOptions? options = null, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        options = (options ?? new BrokerOptions()) with { Host = "127.0.0.1", Port = 0, DataDirectory = null };
        var store = new MemoryLogStore(time);
        return new InProcessBroker(options, loggers, time, await SemelBroker.StartAsync(options, store, loggers, time), store);
    }

    /// <summary>Makes a topic without a connection.</summary>
    /// <param name="partitions">At least 1; at most max.partitions of all topics together.</param>
    /// <param name="configs">Topic configurations by Kafka's names.</param>
    /// <returns>The new topic's id.</returns>
    /// <exception cref="InvalidOperationException">The topic was refused. The message says why.</exception>
    public async Task<TopicId> CreateTopicAsync(string name, int partitions = 1, IReadOnlyDictionary<string, string>? configs = null)
    {
        var reply = await Broker.CreateTopicAsync(name, partitions, configs ?? new Dictionary<string, string>());
        return reply is { Error: ErrorCode.None, Topic: { } topic } ? topic.TopicId
            : throw new InvalidOperationException($"topic '{name}' was refused with {reply.Error}: {reply.Message}");
    }

    /// <summary>Stops in order and starts again.</summary>
    /// <param name="change">Changes the options for the next start.</param>
    public async Task RestartAsync(Func<BrokerOptions, BrokerOptions>? change = null)
    {
        await Broker.StopAsync();
        await StartAgainAsync(change);
    }

    /// <summary>Ends like a process that is killed on a machine that loses its power, and starts again: connections are cut, and what was not durable is gone.</summary>
    public async Task KillAndRestartAsync()
    {
        await Broker.KillAsync();
        Store.Crash();
        await StartAgainAsync(null);
    }

    async Task StartAgainAsync(Func<BrokerOptions, BrokerOptions>? change)
    {
        _options = change is null ? _options : change(_options) with { Host = _options.Host, Port = _options.Port, DataDirectory = null };
        Broker = await SemelBroker.StartAsync(_options, Store, _loggers, _time);
    }

    /// <summary>Stops the broker in order and forgets the data.</summary>
    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Store.DisposeAsync();
    }
}
