using Microsoft.Extensions.Logging;
using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Protocol;

namespace Semel.Broker.Tests.Hosting;

/// <summary>The broker's log may lie on the disk that is full: what it cannot write must not end what it tells of.</summary>
public class BrokenLoggerTests
{
    [Fact]
    public async Task A_log_that_cannot_be_written_ends_neither_turns_nor_connections_nor_the_broker()
    {
        var store = new ScriptedLogStore(TimeProvider.System);
        await using var broker = await SemelBroker.StartAsync(new BrokerOptions { Port = 0 }, store, loggers: new FullDisk());
        await broker.CreateTopicAsync("t", 1, new Dictionary<string, string>());
        await using var client = await FrameClient.ConnectAsync(broker.EndPoint);
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        store.AppendFault = _ => ScriptedLogStore.DeviceFull("/data/0.journal");
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.ProduceAsync("t", 0, TestBatch.Plain("b"))).ErrorCode);
        store.AppendFault = null;
        Assert.Equal((ErrorCode.None, 1L), await client.ProduceAsync("t", 0, TestBatch.Plain("c")) is var row ? (row.ErrorCode, row.BaseOffset) : default);
        await using var refused = await FrameClient.ConnectAsync(broker.EndPoint);
        await refused.SendFrameAsync(1, 2, 3);
        Assert.True(await refused.IsClosedAsync());
        await broker.StopAsync();
    }

    sealed class FullDisk : ILoggerFactory, ILogger
    {
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("No space left on device");

        public ILogger CreateLogger(string categoryName) => this;
        public bool IsEnabled(LogLevel logLevel) => true;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public void AddProvider(ILoggerProvider provider) { }
        public void Dispose() { }
    }
}
