using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>The whole consumer against a broker that serves scripted logs.</summary>
public abstract class ConsumerTest : IAsyncDisposable
{
    protected static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private protected readonly ScriptedBroker _broker = new();
    private protected readonly ScriptedLog _log = new();
    protected readonly TopicPartition _partition = new("t", 0);
    protected IConsumer<string, string>? _consumer;

    protected ConsumerTest() => ScriptedLog.Serve(_broker, "t", _log);

    public async ValueTask DisposeAsync()
    {
        if (_consumer is not null) await _consumer.DisposeAsync();
        await _broker.DisposeAsync();
    }

    protected IConsumer<string, string> Consumer(params (string Key, string Value)[] config)
    {
        var keys = new ConsumerConfig
        {
            BootstrapServers = _broker.Address.ToString(), ["retry.backoff.ms"] = "1", ["retry.backoff.max.ms"] = "2", ["reconnect.backoff.ms"] = "1", ["reconnect.backoff.max.ms"] = "2",
        };
        foreach (var (key, value) in config) keys[key] = value;
        return _consumer = new ConsumerBuilder<string, string>(keys).Build();
    }

    protected IConsumer<string, string> Reading(Offset from, params (string Key, string Value)[] config)
    {
        var consumer = Consumer(config);
        consumer.Assign(new TopicPartitionOffset(_partition, from));
        return consumer;
    }

    protected static async Task<ConsumeResult<string, string>> NextAsync(IConsumer<string, string> consumer) =>
        await consumer.ConsumeAsync(Long) ?? throw new TimeoutException("no record came");

    protected static async Task<List<string>> TakeAsync(IConsumer<string, string> consumer, int count)
    {
        var values = new List<string>();
        while (values.Count < count) values.Add((await NextAsync(consumer)).Message.Value!);
        return values;
    }

    protected static async Task<List<string>> ToEndAsync(IConsumer<string, string> consumer)
    {
        var values = new List<string>();
        await foreach (var result in consumer.ConsumeUntilEndAsync()) values.Add(result.Message.Value!);
        return values;
    }
}
