namespace Semel.Compat.Confluent;

/// <summary>Makes producers. Not thread safe.</summary>
public class ProducerBuilder<TKey, TValue>
{
    public ProducerBuilder(IEnumerable<KeyValuePair<string, string>> config) => Config = config;

    protected internal IEnumerable<KeyValuePair<string, string>> Config { get; set; }
    protected internal Action<IProducer<TKey, TValue>, Error> ErrorHandler { get; set; }
    protected internal Action<IProducer<TKey, TValue>, LogMessage> LogHandler { get; set; }
    protected internal Action<IProducer<TKey, TValue>, string> StatisticsHandler { get; set; }
    protected internal Action<IProducer<TKey, TValue>, string> OAuthBearerTokenRefreshHandler { get; set; }
    protected internal Dictionary<string, PartitionerDelegate> Partitioners { get; set; } = [];
    protected internal PartitionerDelegate DefaultPartitioner { get; set; }
    protected internal ISerializer<TKey> KeySerializer { get; set; }
    protected internal ISerializer<TValue> ValueSerializer { get; set; }
    protected internal IAsyncSerializer<TKey> AsyncKeySerializer { get; set; }
    protected internal IAsyncSerializer<TValue> AsyncValueSerializer { get; set; }
    protected internal ISerializerBuilder<TKey> KeySerializerBuilder { get; set; }
    protected internal ISerializerBuilder<TValue> ValueSerializerBuilder { get; set; }
    protected internal IAsyncSerializerBuilder<TKey> AsyncKeySerializerBuilder { get; set; }
    protected internal IAsyncSerializerBuilder<TValue> AsyncValueSerializerBuilder { get; set; }

    /// <summary>Told statistics every statistics.interval.ms, as JSON.</summary>
    public ProducerBuilder<TKey, TValue> SetStatisticsHandler(Action<IProducer<TKey, TValue>, string> statisticsHandler) =>
        Once(StatisticsHandler, () => StatisticsHandler = statisticsHandler);
    /// <summary>Chooses the partitions of one topic.</summary>
    public ProducerBuilder<TKey, TValue> SetPartitioner(string topic, PartitionerDelegate partitioner) => Once(Partitioners.GetValueOrDefault(topic),
        () => Partitioners[topic] = partitioner);
    /// <summary>Chooses the partitions of topics that have no partitioner of their own.</summary>
    public ProducerBuilder<TKey, TValue> SetDefaultPartitioner(PartitionerDelegate partitioner) =>
        Once(DefaultPartitioner, () => DefaultPartitioner = partitioner);
    /// <summary>Told what goes wrong and is no record's failure; most of it passes.</summary>
    public ProducerBuilder<TKey, TValue> SetErrorHandler(Action<IProducer<TKey, TValue>, Error> errorHandler) =>
        Once(ErrorHandler, () => ErrorHandler = errorHandler);
    /// <summary>Told log lines, on any thread; without it warnings and worse go to standard error.</summary>
    public ProducerBuilder<TKey, TValue> SetLogHandler(Action<IProducer<TKey, TValue>, LogMessage> logHandler) =>
        Once(LogHandler, () => LogHandler = logHandler);
    /// <summary>Refused when the producer is built: tokens are given by the configuration of the client below.</summary>
    public ProducerBuilder<TKey, TValue> SetOAuthBearerTokenRefreshHandler(Action<IProducer<TKey, TValue>, string> oAuthBearerTokenRefreshHandler) =>
        Once(OAuthBearerTokenRefreshHandler, () => OAuthBearerTokenRefreshHandler = oAuthBearerTokenRefreshHandler);

    public ProducerBuilder<TKey, TValue> SetKeySerializer(ISerializer<TKey> serializer) => Once(AnyKeySerializer, () => KeySerializer = serializer);
    public ProducerBuilder<TKey, TValue> SetKeySerializer(IAsyncSerializer<TKey> serializer) => Once(AnyKeySerializer, () => AsyncKeySerializer = serializer);
    public ProducerBuilder<TKey, TValue> SetKeySerializerBuilder(ISerializerBuilder<TKey> serializerBuilder) =>
        Once(AnyKeySerializer, () => KeySerializerBuilder = serializerBuilder);
    public ProducerBuilder<TKey, TValue> SetKeySerializerBuilder(IAsyncSerializerBuilder<TKey> serializerBuilder) =>
        Once(AnyKeySerializer, () => AsyncKeySerializerBuilder = serializerBuilder);
    public ProducerBuilder<TKey, TValue> SetValueSerializer(ISerializer<TValue> serializer) => Once(AnyValueSerializer, () => ValueSerializer = serializer);
    public ProducerBuilder<TKey, TValue> SetValueSerializer(IAsyncSerializer<TValue> serializer) =>
        Once(AnyValueSerializer, () => AsyncValueSerializer = serializer);
    public ProducerBuilder<TKey, TValue> SetValueSerializerBuilder(ISerializerBuilder<TValue> serializerBuilder) =>
        Once(AnyValueSerializer, () => ValueSerializerBuilder = serializerBuilder);
    public ProducerBuilder<TKey, TValue> SetValueSerializerBuilder(IAsyncSerializerBuilder<TValue> serializerBuilder) =>
        Once(AnyValueSerializer, () => AsyncValueSerializerBuilder = serializerBuilder);

    object AnyKeySerializer => (object)KeySerializer ?? (object)AsyncKeySerializer ?? (object)KeySerializerBuilder ?? AsyncKeySerializerBuilder;
    object AnyValueSerializer => (object)ValueSerializer ?? (object)AsyncValueSerializer ?? (object)ValueSerializerBuilder ?? AsyncValueSerializerBuilder;

    ProducerBuilder<TKey, TValue> Once(object had, Action set)
    {
        if (had is not null) throw new InvalidOperationException("this was given to the builder before: give it once");
        set();
        return this;
    }

    /// <exception cref="ArgumentException">The configuration is refused; the message names the keys and the remedy.</exception>
    /// <exception cref="ArgumentNullException">A type needs a serializer and has none.</exception>
    public virtual IProducer<TKey, TValue> Build()
    {
        if (OAuthBearerTokenRefreshHandler is not null) throw Credentials.Refused();
        IProducer<TKey, TValue> built = null;
        var handlers = new ProducerHandlers(Bound(ErrorHandler), Bound(LogHandler), Bound(StatisticsHandler));
        var config = Config.ToList();
        var partitioner = Partitioners.Count > 0 || DefaultPartitioner is not null
            ? new Partitioners(new Dictionary<string, PartitionerDelegate>(Partitioners), DefaultPartitioner,
                new ProducerConfig(config.ToDictionary()).Partitioner ?? Partitioner.ConsistentRandom) : null;
        var core = new ProducerCore(config, handlers, partitioner);
        try
        {
            var keys = Serialization<TKey>.Of(KeySerializer, AsyncKeySerializer, KeySerializerBuilder, AsyncKeySerializerBuilder, MessageComponentType.Key,
                core);
            var values = Serialization<TValue>.Of(ValueSerializer, AsyncValueSerializer, ValueSerializerBuilder, AsyncValueSerializerBuilder,
                MessageComponentType.Value, core);
            return built = new Producer<TKey, TValue>(core, keys, values, isOwner: true);
        }
        catch
        {
            core.Dispose();
            throw;
        }

        Action<T> Bound<T>(Action<IProducer<TKey, TValue>, T> handler) => handler is null ? null : told => handler(built, told);
    }
}

/// <summary>Makes producers of other types that share the connections, the queue and the transaction of one that is there. Not thread safe.</summary>
public class DependentProducerBuilder<TKey, TValue>
{
    public DependentProducerBuilder(Handle handle) => Handle = handle;

    public Handle Handle { get; set; }
    public ISerializer<TKey> KeySerializer { get; set; }
    public ISerializer<TValue> ValueSerializer { get; set; }
    public IAsyncSerializer<TKey> AsyncKeySerializer { get; set; }
    public IAsyncSerializer<TValue> AsyncValueSerializer { get; set; }
    public ISerializerBuilder<TKey> KeySerializerBuilder { get; set; }
    public ISerializerBuilder<TValue> ValueSerializerBuilder { get; set; }
    public IAsyncSerializerBuilder<TKey> AsyncKeySerializerBuilder { get; set; }
    public IAsyncSerializerBuilder<TValue> AsyncValueSerializerBuilder { get; set; }

    public DependentProducerBuilder<TKey, TValue> SetKeySerializer(ISerializer<TKey> serializer) => With(() => KeySerializer = serializer);
    public DependentProducerBuilder<TKey, TValue> SetKeySerializer(IAsyncSerializer<TKey> serializer) => With(() => AsyncKeySerializer = serializer);
    public DependentProducerBuilder<TKey, TValue> SetKeySerializerBuilder(ISerializerBuilder<TKey> serializerBuilder) =>
        With(() => KeySerializerBuilder = serializerBuilder);
    public DependentProducerBuilder<TKey, TValue> SetKeySerializerBuilder(IAsyncSerializerBuilder<TKey> serializerBuilder) =>
        With(() => AsyncKeySerializerBuilder = serializerBuilder);
    public DependentProducerBuilder<TKey, TValue> SetValueSerializer(ISerializer<TValue> serializer) => With(() => ValueSerializer = serializer);
    public DependentProducerBuilder<TKey, TValue> SetValueSerializer(IAsyncSerializer<TValue> serializer) => With(() => AsyncValueSerializer = serializer);
    public DependentProducerBuilder<TKey, TValue> SetValueSerializerBuilder(ISerializerBuilder<TValue> serializerBuilder) =>
        With(() => ValueSerializerBuilder = serializerBuilder);
    public DependentProducerBuilder<TKey, TValue> SetValueSerializerBuilder(IAsyncSerializerBuilder<TValue> serializerBuilder) =>
        With(() => AsyncValueSerializerBuilder = serializerBuilder);

    DependentProducerBuilder<TKey, TValue> With(Action set)
    {
        set();
        return this;
    }

    /// <exception cref="InvalidOperationException">The handle is no producer's.</exception>
    public virtual IProducer<TKey, TValue> Build()
    {
        if (Handle?.Owner is not ProducerCore core) throw new InvalidOperationException("the handle is not a producer's: take the Handle of one that ProducerBuilder made");
        core.ThrowIfDisposed();
        return new Producer<TKey, TValue>(core,
            Serialization<TKey>.Of(KeySerializer, AsyncKeySerializer, KeySerializerBuilder, AsyncKeySerializerBuilder, MessageComponentType.Key, core),
            Serialization<TValue>.Of(ValueSerializer, AsyncValueSerializer, ValueSerializerBuilder, AsyncValueSerializerBuilder, MessageComponentType.Value,
                core), isOwner: false);
    }
}
