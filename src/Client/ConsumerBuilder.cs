using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;
using Semel.Client.Configuration;
using Semel.Client.Consuming.Groups;
using Semel.Client.Consuming.Reading;
using Semel.Client.Consuming;

namespace Semel.Client;

/// <summary>Makes consumers. The configuration is checked by <see cref="Build"/>, which connects to nothing: the first assignment does. Not thread safe.</summary>
public sealed class ConsumerBuilder<TKey, TValue>(IEnumerable<KeyValuePair<string, string>> config)
{
    IDeserializer<TKey?>? _key = Deserializers.Default<TKey>();
    IDeserializer<TValue?>? _value = Deserializers.Default<TValue>();
    ILoggerFactory _loggers = NullLoggerFactory.Instance;
    TimeProvider _time = TimeProvider.System;

    /// <summary>Strings (UTF-8), bytes, numbers, Guid and <see cref="Null"/> need none.</summary>
    public ConsumerBuilder<TKey, TValue> SetKeyDeserializer(IDeserializer<TKey?> deserializer)
    {
        _key = deserializer;
        return this;
    }

    /// <inheritdoc cref="SetKeyDeserializer"/>
    public ConsumerBuilder<TKey, TValue> SetValueDeserializer(IDeserializer<TValue?> deserializer)
    {
        _value = deserializer;
        return this;
    }

    /// <summary>Where the client's log goes; without it, none is written.</summary>
    public ConsumerBuilder<TKey, TValue> UseLoggerFactory(ILoggerFactory factory)
    {
        _loggers = factory;
        return this;
    }

    /// <summary>The clock of every timer.</summary>
    public ConsumerBuilder<TKey, TValue> UseTimeProvider(TimeProvider time)
    {
        _time = time;
        return this;
    }

    /// <summary>Checks the configuration and makes a consumer of it. May be called again for another one.</summary>
    /// <exception cref="KafkaConfigException">
    /// A type needs a deserializer and has none, or the configuration is refused; the message names the keys and the remedy.
    /// </exception>
    public IConsumer<TKey, TValue> Build()
    {
        var options = ConsumerConfigRules.Apply(config, _time, _loggers.CreateLogger("Semel.Client.Consumer"));
        var deserialization = new Deserialization<TKey, TValue>(_key ?? throw Missing<TKey>("key", nameof(SetKeyDeserializer)), _value ?? throw Missing<TValue>("value", nameof(SetValueDeserializer)));
        return new Consumer<TKey, TValue>(options, deserialization, options.Group is null ? null : connections => new CoordinatedGroup(options, connections));
    }

    static KafkaConfigException Missing<T>(string part, string remedy) =>
        new($"there is no deserializer for a {part} of type {typeof(T)}: give one with {remedy}");
}
