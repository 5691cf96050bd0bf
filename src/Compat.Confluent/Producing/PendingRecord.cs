namespace Semel.Compat.Confluent;

/// <summary>A record that was taken and has not been reported.</summary>
abstract class PendingRecord
{
    /// <summary>Its way to its end, once the client below has accepted it.</summary>
    public Inner.Delivery Delivery { get; set; }

    public int Bytes { get; init; }

    /// <summary>Told on a thread of handlers.</summary>
    /// <param name="failure">Null when it was delivered.</param>
    public abstract void Report(Inner.DeliveryResult result, Inner.ProduceException failure);
}

/// <summary>Nobody asked for this record's end.</summary>
sealed class UnwatchedRecord : PendingRecord
{
    public override void Report(Inner.DeliveryResult result, Inner.ProduceException failure) { }
}

/// <summary>A record with its message, so that it can be told how it ended.</summary>
abstract class WatchedRecord<TKey, TValue>(TopicPartition target, Message<TKey, TValue> message, ReportFields fields) : PendingRecord
{
    protected TopicPartition Target => target;

    protected T Filled<T>(T result, Inner.DeliveryResult delivered, Inner.ProduceException failure) where T : DeliveryResult<TKey, TValue>
    {
        var partition = failure is null ? delivered.Partition : failure.TopicPartition.Partition >= 0 ? failure.TopicPartition.Partition
            : target.Partition.Value;
        result.TopicPartitionOffset = new TopicPartitionOffset(target.Topic, partition, failure is null ? delivered.Offset.Value : Offset.Unset);
        result.Status = fields.Has(ReportFields.Status) ? (PersistenceStatus)(failure?.Status ?? delivered.Status) : PersistenceStatus.PossiblyPersisted;
        result.Message = fields.Of(message, failure is null && delivered.Timestamp.IsSet ? delivered.Timestamp.Here() : message.Timestamp);
        return result;
    }
}

/// <summary>Its handler is called.</summary>
sealed class HandledRecord<TKey, TValue>(TopicPartition target, Message<TKey, TValue> message, ReportFields fields,
    Action<DeliveryReport<TKey, TValue>> handler)
    : WatchedRecord<TKey, TValue>(target, message, fields)
{
    public override void Report(Inner.DeliveryResult result, Inner.ProduceException failure)
    {
        var report = Filled(new DeliveryReport<TKey, TValue>(), result, failure);
        report.Error = failure is null ? new Error(ErrorCode.NoError) : Failures.ErrorOfRecord(failure);
        handler(report);
    }
}

/// <summary>Its task completes.</summary>
sealed class AwaitedRecord<TKey, TValue>(TopicPartition target, Message<TKey, TValue> message, ReportFields fields) : WatchedRecord<TKey, TValue>(target,
    message, fields)
{
    readonly TaskCompletionSource<DeliveryResult<TKey, TValue>> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<DeliveryResult<TKey, TValue>> Task => _ended.Task;

    public override void Report(Inner.DeliveryResult result, Inner.ProduceException failure)
    {
        var filled = Filled(new DeliveryResult<TKey, TValue>(), result, failure);
        if (failure is null) _ended.TrySetResult(filled);
        else _ended.TrySetException(new ProduceException<TKey, TValue>(Failures.ErrorOfRecord(failure), filled, failure));
    }
}
