using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Producing.Sending;
using Semel.Client.Transacting.Sending;

namespace Semel.Client;

/// <summary>Makes producers. Keys are Kafka's or librdkafka's; a configuration object of Confluent.Kafka can be given as it is. Not thread safe.</summary>
public sealed class ProducerBuilder<TKey, TValue>(IEnumerable<KeyValuePair<string, string>> config)
{
    ISerializer<TKey>? _keys;
    ISerializer<TValue>? _values;
    IPartitioner? _partitioner;
    ILoggerFactory _loggers = NullLoggerFactory.Instance;
    TimeProvider _time = TimeProvider.System;

    /// <summary>Strings (UTF-8), bytes, numbers, Guid and <see cref="Null"/> need none.</summary>
    public ProducerBuilder<TKey, TValue> SetKeySerializer(ISerializer<TKey> serializer)
    {
        _keys = serializer;
        return this;
    }

    /// <inheritdoc cref="SetKeySerializer"/>
    public ProducerBuilder<TKey, TValue> SetValueSerializer(ISerializer<TValue> serializer)
    {
        _values = serializer;
        return this;
    }

    /// <summary>Chooses partitions instead of the configured partitioner.</summary>
    public ProducerBuilder<TKey, TValue> SetPartitioner(IPartitioner partitioner)
    {
        _partitioner = partitioner;
        return this;
    }

    /// <summary>Where the client's log goes; without it, none is written.</summary>
    public ProducerBuilder<TKey, TValue> UseLoggerFactory(ILoggerFactory factory)
    {
        _loggers = factory;
        return this;
    }

    /// <summary>The clock of every timer and timestamp.</summary>
    public ProducerBuilder<TKey, TValue> UseTimeProvider(TimeProvider time)
    {
        _time = time;
        return this;
    }

    /// <summary>Checks the configuration and makes a producer of it, which connects to nothing before its first use. May be called again for another one.</summary>
    /// <exception cref="KafkaConfigException">
    /// There is no serializer for a type, or the configuration is refused, transactional.id among it; the message names the keys and the remedy.
    /// </exception>
    public IProducer<TKey, TValue> Build() => Build(ProducerConfigRules.Apply(config, Elsewhere.Refusals)).Producer;

    /// <summary>The same for a producer of transactions, whose configuration has a transactional.id.</summary>
    /// <exception cref="KafkaConfigException">There is no serializer for a type, no transactional.id, or the configuration is refused; the message names the keys and the remedy.</exception>
    public ITransactionalProducer<TKey, TValue> BuildTransactional()
    {
        var options = ProducerConfigRules.Apply(config);
        if (options.TransactionalId is null)
            throw new KafkaConfigException("transactional.id is not set. Give the application's instance a name that it has again after a restart, and no other instance has, or call Build.", "transactional.id");
        var (producer, engine) = Build(options);
        return new TransactionalProducer<TKey, TValue>(engine, producer, _time);
    }

    (Producer<TKey, TValue> Producer, ProducerEngine Engine) Build(ProducerOptions options)
    {
        var keys = _keys ?? Serializers.Default<TKey>() ?? throw Missing<TKey>("key", nameof(SetKeySerializer));
        var values = _values ?? Serializers.Default<TValue>() ?? throw Missing<TValue>("value", nameof(SetValueSerializer));
        var logger = _loggers.CreateLogger("Semel.Client.Producer");
        Tell(logger, options.Effective);
        var engine = new ProducerEngine(options, ConnectionOptionsOf(options, logger), _partitioner, _time, logger);
        return (new Producer<TKey, TValue>(engine, keys, values), engine);
    }

    static KafkaConfigException Missing<T>(string part, string remedy) =>
        new($"there is no serializer for a {part} of type {typeof(T)}: give one with {remedy}");

    static void Tell(ILogger logger, EffectiveConfig config)
    {
        foreach (var adjusted in config.Adjustments) Log.ConfigAdjusted(logger, adjusted.Key, adjusted.From, adjusted.To, adjusted.Reason);
        if (config.IdempotenceDisabledBy is { } key) Log.IdempotenceOff(logger, $"{key} rules it out");
        if (config.Ignored.Count > 0) Log.ConfigIgnored(logger, string.Join(", ", config.Ignored));
    }

    // A producer waits for an answer as long as its own rules say, which look at delivery.timeout.ms, too.
    ConnectionOptions ConnectionOptionsOf(ProducerOptions options, ILogger logger) =>
        ConnectionConfig.Options(options.Values, $"producer-{options.TransactionalId ?? Interlocked.Increment(ref ProducerCount.Built).ToString()}", _time, logger)
            with { RequestTimeout = options.AnswerTimeout, AsksCluster = options.IsIdempotent };
}

/// <summary>What makes another kind of producer.</summary>
file static class Elsewhere
{
    public static readonly Dictionary<string, string> Refusals = new() { ["transactional.id"] = "it makes a producer of transactions. Call BuildTransactional, or remove the key" };
}

/// <summary>Numbers producers that have no name, over all types.</summary>
file static class ProducerCount
{
    public static int Built;
}
