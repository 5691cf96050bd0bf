namespace Semel.Client;

/// <summary>
/// Reads partitions in offset order, ahead of the application and within a bound of memory. Records of aborted and undecided transactions are not seen
/// unless isolation.level=read_uncommitted.
///
/// One pull at a time (<see cref="ConsumeAsync(CancellationToken)"/>, <see cref="ConsumeAsync(TimeSpan, CancellationToken)"/>,
/// <see cref="ConsumeBatchAsync(CancellationToken)"/>, <see cref="ConsumeUntilEndAsync"/>); everything else may be called from any thread at any time.
/// Cancelling a pull loses nothing: what was not handed out is handed out by the next. Disposing ends a pull that waits as if there were nothing more.
/// </summary>
public interface IConsumer<TKey, TValue> : IAsyncDisposable
{
    /// <summary>
    /// Reads exactly these partitions from now on, each from its offset: a number, <see cref="Offset.Beginning"/>, <see cref="Offset.End"/>, or <see cref="Offset.Unset"/>
    /// for what auto.offset.reset says. What was assigned before is dropped.
    /// </summary>
    void Assign(params IEnumerable<TopicPartitionOffset> partitions);
    /// <summary>Reads nothing from now on; what was fetched is dropped.</summary>
    /// <exception cref="ObjectDisposedException">The consumer is disposed of.</exception>
    void Unassign();
    /// <summary>The partitions that are read; a picture of this moment.</summary>
    IReadOnlySet<TopicPartition> Assignment { get; }

    /// <summary>Record after record, until it is cancelled or the consumer is disposed of. The application is done with a record when it asks for the next.</summary>
    /// <exception cref="ConsumeException">Something about a partition the application has to know; pulling may go on afterwards.</exception>
    IAsyncEnumerable<ConsumeResult<TKey, TValue>> ConsumeAsync(CancellationToken cancellation = default);

    /// <summary>The next record; null when none comes within the time. <see cref="TimeSpan.Zero"/> looks without waiting.</summary>
    /// <exception cref="ConsumeException">Something about a partition the application has to know; pulling may go on afterwards.</exception>
    ValueTask<ConsumeResult<TKey, TValue>?> ConsumeAsync(TimeSpan timeout, CancellationToken cancellation = default);

    /// <summary>Waits for at least one record and returns what is there, at most max.poll.records, without copying it. Empty only when the consumer is disposed of, or to tell the end of a partition.</summary>
    /// <exception cref="ConsumeException">Something about a partition the application has to know; pulling may go on afterwards.</exception>
    ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(CancellationToken cancellation = default);

    /// <inheritdoc cref="ConsumeBatchAsync(CancellationToken)"/>
    /// <param name="maxRecords">At least 1; counts instead of max.poll.records.</param>
    ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(int maxRecords, CancellationToken cancellation = default);

    /// <summary>
    /// Everything up to where the assigned partitions end now, then completes. A partition that the application has paused keeps it waiting.
    /// </summary>
    IAsyncEnumerable<ConsumeResult<TKey, TValue>> ConsumeUntilEndAsync(CancellationToken cancellation = default);

    /// <summary>Moves past the record that could not be deserialised. Without it the next pull throws the same again.</summary>
    /// <exception cref="InvalidOperationException">The position does not stand before that record (any more).</exception>
    void SkipRecord(ConsumeException exception);

    /// <summary>The next record of the partition comes from there. No record from before is delivered after this has returned.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    void Seek(in TopicPartitionOffset position);

    /// <summary>Nothing of these is delivered until they are resumed. What was fetched is kept.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    void Pause(params IEnumerable<TopicPartition> partitions);
    /// <summary>Delivers again what was paused. Not paused is no error.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    void Resume(params IEnumerable<TopicPartition> partitions);

    /// <summary>Where reading stands; asks nobody.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    PartitionPositions GetPositions(TopicPartition partition);

    /// <summary>Asks the broker where a partition begins and ends (for this isolation level). The partition need not be assigned.</summary>
    /// <exception cref="KafkaException">No answer within default.api.timeout.ms.</exception>
    ValueTask<WatermarkOffsets> GetWatermarksAsync(TopicPartition partition, CancellationToken cancellation = default);

    /// <summary>For each partition the first record whose timestamp is not before the one given; <see cref="Offset.End"/> when there is none.</summary>
    /// <exception cref="KafkaException">No answer about one of them within default.api.timeout.ms.</exception>
    ValueTask<IReadOnlyList<TopicPartitionOffset>> OffsetsForTimesAsync(IReadOnlyCollection<TopicPartitionTimestamp> times, CancellationToken cancellation = default);

    /// <summary>Told during a pull, on its thread, before what the pull returns or throws.</summary>
    event Action<ConsumerEvent>? Events;

    /// <summary>
    /// A broker cannot be reached: told after the first attempt that failed, once per address and cause until it is reached again. Raised on the thread pool.
    /// </summary>
    event Action<BrokerUnreachable>? Unreachable;

    /// <summary>The configuration in effect.</summary>
    EffectiveConfig Config { get; }
}
