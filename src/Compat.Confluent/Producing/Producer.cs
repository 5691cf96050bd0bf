namespace Semel.Compat.Confluent;

/// <summary>The typed face of a <see cref="ProducerCore"/>; several may have the same one, and who owns it disposes of it.</summary>
sealed class Producer<TKey, TValue>(ProducerCore core, Serialization<TKey> keys, Serialization<TValue> values, bool isOwner) : IProducer<TKey, TValue>
{
    public Handle Handle => core.Handle;
    public string Name => core.Name;

    public int AddBrokers(string brokers) => RunningClient.CountAddresses(brokers);
    public void SetSaslCredentials(string username, string password) => throw Credentials.Refused();

    public Task<DeliveryResult<TKey, TValue>> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellationToken) =>
        ProduceAsync(new TopicPartition(topic, Partition.Any), message, cancellationToken);

    public async Task<DeliveryResult<TKey, TValue>> ProduceAsync(TopicPartition topicPartition, Message<TKey, TValue> message,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var headers = Headers(message);
        byte[] key, value;
        try
        {
            key = await keys.RunAsync(message.Key, topicPartition.Topic, headers).ConfigureAwait(false);
            value = await values.RunAsync(message.Value, topicPartition.Topic, headers).ConfigureAwait(false);
        }
        catch (SerializationFailure failure)
        {
            throw Refused(failure.Error, topicPartition, message, failure.InnerException);
        }
        if (!core.ReportsAreOn)
        {
            Bring(topicPartition, message, headers, key, value, new UnwatchedRecord { Bytes = Size(key, value) });
            return new DeliveryResult<TKey, TValue> { TopicPartitionOffset = new(topicPartition, Offset.Unset), Message = message,
                Status = PersistenceStatus.PossiblyPersisted };
        }
        var record = new AwaitedRecord<TKey, TValue>(topicPartition, message, core.Fields) { Bytes = Size(key, value) };
        Bring(topicPartition, message, headers, key, value, record);
        return await (cancellationToken.CanBeCanceled ? record.Task.WaitAsync(cancellationToken) : record.Task).ConfigureAwait(false);
    }

    public void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>> deliveryHandler) =>
        Produce(new TopicPartition(topic, Partition.Any), message, deliveryHandler);

    public void Produce(TopicPartition topicPartition, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>> deliveryHandler)
    {
        if (deliveryHandler is not null && !core.ReportsAreOn)
            throw new InvalidOperationException("a delivery handler was given, and dotnet.producer.enable.delivery.reports is false");
        var headers = Headers(message);
        byte[] key, value;
        try
        {
            key = keys.Run(message.Key, topicPartition.Topic, headers);
            value = values.Run(message.Value, topicPartition.Topic, headers);
        }
        catch (SerializationFailure failure)
        {
            throw Refused(failure.Error, topicPartition, message, failure.InnerException);
        }
        var bytes = Size(key, value);
        PendingRecord record = deliveryHandler is null ? new UnwatchedRecord { Bytes = bytes } : new HandledRecord<TKey, TValue>(topicPartition, message,
            core.Fields, deliveryHandler) { Bytes = bytes };
        Bring(topicPartition, message, headers, key, value, record);
    }

    static int Size(byte[] key, byte[] value) => (key?.Length ?? 0) + (value?.Length ?? 0);

    /// <summary>Serializers may add some; a message without any is given them to add to, as there.</summary>
    static Headers Headers(Message<TKey, TValue> message) => message.Headers ??= [];

    void Bring(TopicPartition target, Message<TKey, TValue> message, Headers headers, byte[] key, byte[] value, PendingRecord record)
    {
        try
        {
            core.Produce(target.Topic, Raw.Of(target.Partition, key, value, message.Timestamp.Below(), headers.Below()), record);
        }
        catch (Inner.ProduceException failure)
        {
            throw Refused(Failures.ErrorOfRecord(failure), target, message, failure);
        }
    }

    static ProduceException<TKey, TValue> Refused(Error error, TopicPartition target, Message<TKey, TValue> message, Exception cause) => new(error,
        new DeliveryResult<TKey, TValue> { Message = message, TopicPartitionOffset = new(target, Offset.Unset), Status = PersistenceStatus.NotPersisted },
            cause);

    public int Poll(TimeSpan timeout) => core.Poll(timeout);
    public int Flush(TimeSpan timeout) => core.Flush(timeout, default);
    public void Flush(CancellationToken cancellationToken) => core.Flush(Timeout.InfiniteTimeSpan, cancellationToken);

    public void InitTransactions(TimeSpan timeout) => core.Transactions.Init(timeout);
    public void BeginTransaction() => core.Transactions.Begin();
    public void CommitTransaction() => CommitTransaction(Timeout.InfiniteTimeSpan);
    public void CommitTransaction(TimeSpan timeout) => core.Transactions.Commit(timeout);
    public void AbortTransaction() => AbortTransaction(Timeout.InfiniteTimeSpan);
    public void AbortTransaction(TimeSpan timeout) => core.Transactions.Abort(timeout);

    public void SendOffsetsToTransaction(IEnumerable<TopicPartitionOffset> offsets, IConsumerGroupMetadata groupMetadata, TimeSpan timeout) =>
        core.Transactions.SendOffsets(offsets, groupMetadata, timeout);

    public void Dispose()
    {
        if (isOwner) core.Dispose();
        keys.Dispose();
        values.Dispose();
    }
}
