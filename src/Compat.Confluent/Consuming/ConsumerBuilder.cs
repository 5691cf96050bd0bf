namespace Semel.Compat.Confluent;

/// <summary>Makes consumers. Not thread safe.</summary>
public class ConsumerBuilder<TKey, TValue>
{
    public ConsumerBuilder(IEnumerable<KeyValuePair<string, string>> config) => Config = config;

    protected internal IEnumerable<KeyValuePair<string, string>> Config { get; set; }
    protected internal Action<IConsumer<TKey, TValue>, Error> ErrorHandler { get; set; }
    protected internal Action<IConsumer<TKey, TValue>, LogMessage> LogHandler { get; set; }
    protected internal Action<IConsumer<TKey, TValue>, string> StatisticsHandler { get; set; }
    protected internal Action<IConsumer<TKey, TValue>, string> OAuthBearerTokenRefreshHandler { get; set; }
    protected internal IDeserializer<TKey> KeyDeserializer { get; set; }
    protected internal IDeserializer<TValue> ValueDeserializer { get; set; }
    protected internal IDeserializerBuilder<TKey> KeyDeserializerBuilder { get; set; }
    protected internal IDeserializerBuilder<TValue> ValueDeserializerBuilder { get; set; }
    protected internal IAsyncDeserializerBuilder<TKey> AsyncKeyDeserializerBuilder { get; set; }
    protected internal IAsyncDeserializerBuilder<TValue> AsyncValueDeserializerBuilder { get; set; }
    protected internal Func<IConsumer<TKey, TValue>, List<TopicPartition>, IEnumerable<TopicPartitionOffset>> PartitionsAssignedHandler { get; set; }
    protected internal Func<IConsumer<TKey, TValue>, List<TopicPartitionOffset>, IEnumerable<TopicPartitionOffset>> PartitionsRevokedHandler { get; set; }
    protected internal Func<IConsumer<TKey, TValue>, List<TopicPartitionOffset>, IEnumerable<TopicPartitionOffset>> PartitionsLostHandler { get; set; }
    protected internal Action<IConsumer<TKey, TValue>, CommittedOffsets> OffsetsCommittedHandler { get; set; }

    /// <summary>Told statistics every statistics.interval.ms, as JSON, by Consume.</summary>
    public ConsumerBuilder<TKey, TValue> SetStatisticsHandler(Action<IConsumer<TKey, TValue>, string> statisticsHandler) =>
        Once(StatisticsHandler, () => StatisticsHandler = statisticsHandler);
    /// <summary>Told by Consume what goes wrong and is no record's failure; most of it passes.</summary>
    public ConsumerBuilder<TKey, TValue> SetErrorHandler(Action<IConsumer<TKey, TValue>, Error> errorHandler) =>
        Once(ErrorHandler, () => ErrorHandler = errorHandler);
    /// <summary>Told log lines, on any thread; without it warnings and worse go to standard error.</summary>
    public ConsumerBuilder<TKey, TValue> SetLogHandler(Action<IConsumer<TKey, TValue>, LogMessage> logHandler) =>
        Once(LogHandler, () => LogHandler = logHandler);
    /// <summary>Refused when the consumer is built: tokens are given by the configuration of the client below.</summary>
    public ConsumerBuilder<TKey, TValue> SetOAuthBearerTokenRefreshHandler(Action<IConsumer<TKey, TValue>, string> oAuthBearerTokenRefreshHandler) =>
        Once(OAuthBearerTokenRefreshHandler, () => OAuthBearerTokenRefreshHandler = oAuthBearerTokenRefreshHandler);

    public ConsumerBuilder<TKey, TValue> SetKeyDeserializer(IDeserializer<TKey> deserializer) => Once(AnyKey, () => KeyDeserializer = deserializer);
    public ConsumerBuilder<TKey, TValue> SetKeyDeserializerBuilder(IDeserializerBuilder<TKey> deserializerBuilder) =>
        Once(AnyKey, () => KeyDeserializerBuilder = deserializerBuilder);
    public ConsumerBuilder<TKey, TValue> SetKeyDeserializerBuilder(IAsyncDeserializerBuilder<TKey> deserializerBuilder) =>
        Once(AnyKey, () => AsyncKeyDeserializerBuilder = deserializerBuilder);
    public ConsumerBuilder<TKey, TValue> SetValueDeserializer(IDeserializer<TValue> deserializer) => Once(AnyValue, () => ValueDeserializer = deserializer);
    public ConsumerBuilder<TKey, TValue> SetValueDeserializerBuilder(IDeserializerBuilder<TValue> deserializerBuilder) =>
        Once(AnyValue, () => ValueDeserializerBuilder = deserializerBuilder);
    public ConsumerBuilder<TKey, TValue> SetValueDeserializerBuilder(IAsyncDeserializerBuilder<TValue> deserializerBuilder) =>
        Once(AnyValue, () => AsyncValueDeserializerBuilder = deserializerBuilder);

    object AnyKey => (object)KeyDeserializer ?? (object)KeyDeserializerBuilder ?? AsyncKeyDeserializerBuilder;
    object AnyValue => (object)ValueDeserializer ?? (object)ValueDeserializerBuilder ?? AsyncValueDeserializerBuilder;

    /// <summary>Told of new partitions; says where each is read from (<see cref="Offset.Unset"/> for where the group stands). Those it leaves out are not
    /// read.</summary>
    public ConsumerBuilder<TKey, TValue> SetPartitionsAssignedHandler(Func<IConsumer<TKey, TValue>, List<TopicPartition>,
        IEnumerable<TopicPartitionOffset>> partitionsAssignedHandler) =>
        Once(PartitionsAssignedHandler, () => PartitionsAssignedHandler = partitionsAssignedHandler);

    /// <summary>Told of new partitions, which are read from where the group stands.</summary>
    public ConsumerBuilder<TKey, TValue> SetPartitionsAssignedHandler(Action<IConsumer<TKey, TValue>, List<TopicPartition>> partitionAssignmentHandler) =>
        Once(PartitionsAssignedHandler, () => PartitionsAssignedHandler = (consumer, partitions) =>
        {
            partitionAssignmentHandler(consumer, partitions);
            return null;
        });

    /// <summary>Told of partitions that are going to be another member's, while they are still ours: the place to commit. What it returns is not read
    /// on.</summary>
    public ConsumerBuilder<TKey, TValue> SetPartitionsRevokedHandler(Func<IConsumer<TKey, TValue>, List<TopicPartitionOffset>,
        IEnumerable<TopicPartitionOffset>> partitionsRevokedHandler) =>
        Once(PartitionsRevokedHandler, () => PartitionsRevokedHandler = partitionsRevokedHandler);

    /// <inheritdoc cref="SetPartitionsRevokedHandler(Func{IConsumer{TKey, TValue}, List{TopicPartitionOffset}, IEnumerable{TopicPartitionOffset}})"/>
    public ConsumerBuilder<TKey, TValue> SetPartitionsRevokedHandler(Action<IConsumer<TKey, TValue>, List<TopicPartitionOffset>> partitionsRevokedHandler) =>
        Once(PartitionsRevokedHandler, () => PartitionsRevokedHandler = Nothing(partitionsRevokedHandler));

    /// <summary>Told of partitions that may be another member's already. Without it the handler of revoked ones is told.</summary>
    public ConsumerBuilder<TKey, TValue> SetPartitionsLostHandler(Func<IConsumer<TKey, TValue>, List<TopicPartitionOffset>,
        IEnumerable<TopicPartitionOffset>> partitionsLostHandler) =>
        Once(PartitionsLostHandler, () => PartitionsLostHandler = partitionsLostHandler);

    /// <inheritdoc cref="SetPartitionsLostHandler(Func{IConsumer{TKey, TValue}, List{TopicPartitionOffset}, IEnumerable{TopicPartitionOffset}})"/>
    public ConsumerBuilder<TKey, TValue> SetPartitionsLostHandler(Action<IConsumer<TKey, TValue>, List<TopicPartitionOffset>> partitionsLostHandler) =>
        Once(PartitionsLostHandler, () => PartitionsLostHandler = Nothing(partitionsLostHandler));

    /// <summary>Told by Consume how automatic commits ended.</summary>
    public ConsumerBuilder<TKey, TValue> SetOffsetsCommittedHandler(Action<IConsumer<TKey, TValue>, CommittedOffsets> offsetsCommittedHandler) =>
        Once(OffsetsCommittedHandler, () => OffsetsCommittedHandler = offsetsCommittedHandler);

    static Func<IConsumer<TKey, TValue>, List<TopicPartitionOffset>, IEnumerable<TopicPartitionOffset>> Nothing(Action<IConsumer<TKey, TValue>,
        List<TopicPartitionOffset>> handler) => (consumer, partitions) =>
    {
        handler(consumer, partitions);
        return [];
    };

    ConsumerBuilder<TKey, TValue> Once(object had, Action set)
    {
        if (had is not null) throw new InvalidOperationException("this was given to the builder before: give it once");
        set();
        return this;
    }

    /// <exception cref="ArgumentException">The configuration is refused; the message names the keys and the remedy.</exception>
    /// <exception cref="InvalidOperationException">A type needs a deserializer and has none.</exception>
    public virtual IConsumer<TKey, TValue> Build()
    {
        if (OAuthBearerTokenRefreshHandler is not null) throw Credentials.Refused();
        return new Consumer<TKey, TValue>(Config, consumer =>
        {
            var keys = Deserialization<TKey>.Of(KeyDeserializer, KeyDeserializerBuilder, AsyncKeyDeserializerBuilder, MessageComponentType.Key, consumer);
            var values = Deserialization<TValue>.Of(ValueDeserializer, ValueDeserializerBuilder, AsyncValueDeserializerBuilder, MessageComponentType.Value,
                consumer);
            return new ConsumerParts<TKey, TValue>(keys.Deserializer, values.Deserializer, new RebalanceHandlers(Bound(PartitionsAssignedHandler),
                Bound(PartitionsRevokedHandler), Bound(PartitionsLostHandler)),
                Told(ErrorHandler), Told(LogHandler), Told(StatisticsHandler), Told(OffsetsCommittedHandler), () =>
                {
                    keys.Dispose();
                    values.Dispose();
                });

            Action<T> Told<T>(Action<IConsumer<TKey, TValue>, T> handler) => handler is null ? null : told => handler(consumer, told);
            Func<T, IEnumerable<TopicPartitionOffset>> Bound<T>(Func<IConsumer<TKey, TValue>, T, IEnumerable<TopicPartitionOffset>> handler) => handler is null
                ? null : told => handler(consumer, told);
        });
    }
}
