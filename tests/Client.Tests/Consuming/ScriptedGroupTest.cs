using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;
using Semel.Client.Consuming.Reading;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>A consumer whose group is scripted, over scripted logs.</summary>
public abstract class ScriptedGroupTest : IAsyncDisposable
{
    protected static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private protected readonly ScriptedBroker _broker = new();
    private protected readonly ScriptedLog[] _logs = [new(), new(), new()];
    private protected readonly ScriptedGroup _group = new();
    readonly List<IAsyncDisposable> _made = [];

    protected ScriptedGroupTest() => ScriptedLog.Serve(_broker, "t", _logs);

    protected static TopicPartition Partition(int number) => new("t", number);

    public async ValueTask DisposeAsync()
    {
        foreach (var made in _made) await made.DisposeAsync();
        await _broker.DisposeAsync();
    }

    private protected IConsumer<string, string> Consumer(ScriptedGroup group, params (string Key, string Value)[] config)
    {
        var keys = new ConsumerConfig
        {
            BootstrapServers = _broker.Address.ToString(), GroupId = "g", ["auto.offset.reset"] = "earliest", ["auto.commit.interval.ms"] = "3600000",
            ["retry.backoff.ms"] = "1", ["retry.backoff.max.ms"] = "2", ["reconnect.backoff.ms"] = "1", ["reconnect.backoff.max.ms"] = "2",
        };
        foreach (var (key, value) in config) keys[key] = value;
        var options = ConsumerConfigRules.Apply(keys, TimeProvider.System, NullLogger.Instance);
        var consumer = new Consumer<string, string>(options, new Deserialization<string, string>(Deserializers.Utf8!, new Picky()!), _ => group);
        _made.Add(consumer);
        return consumer;
    }

    /// <summary>Takes anything but poison.</summary>
    sealed class Picky : IDeserializer<string?>
    {
        public string? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) =>
            Deserializers.Utf8.Deserialize(data, isNull, context) is var text && text != "poison" ? text : throw new FormatException("poison");
    }

    protected IConsumer<string, string> Subscribed(params (string Key, string Value)[] config)
    {
        var consumer = Consumer(_group, config);
        consumer.Subscribe("t");
        return consumer;
    }

    protected static async Task<List<string>> TakeAsync(IConsumer<string, string> consumer, int count)
    {
        var values = new List<string>();
        while (values.Count < count) values.Add((await consumer.ConsumeAsync(Long) ?? throw new TimeoutException("no record came")).Message.Value!);
        return values;
    }
}
