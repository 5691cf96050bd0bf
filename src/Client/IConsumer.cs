namespace Semel.Client;

/// <summary>
/// Reads partitions in offset order, ahead of the application and within a bound of memory. Records of aborted and undecided transactions are not seen
/// unless isolation.level=read_uncommitted.
///
/// Either the application chooses partitions (<see cref="Assign"/>), or a group gives them (<see cref="Subscribe"/>, with group.id). The application is done with a
/// record when it asks for the next one; what it is done with is committed by interval, before partitions go to another member, and at the end, unless
/// enable.auto.commit=false. So a loop that is left by an exception has not finished the record that threw, and it is read again.
///
/// One pull at a time (<see cref="ConsumeAsync(CancellationToken)"/>, <see cref="ConsumeAsync(TimeSpan, CancellationToken)"/>,
/// <see cref="ConsumeBatchAsync(CancellationToken)"/>, <see cref="ConsumeUntilEndAsync"/>, <see cref="ConsumePartitionedAsync"/>); everything else may be called from any thread at any time.
/// Cancelling a pull loses nothing: what was not handed out is handed out by the next. Disposing ends a pull that waits as if there were nothing more.
/// </summary>
public interface IConsumer<TKey, TValue> : IAsyncDisposable
{
    /// <summary>
    /// Joins the group, or asks it for other topics from now on: the group says which of their partitions are read here. What stays keeps its position, what was
    /// fetched of it, and its pause. Returns at once; the first pull waits for the group.
    /// </summary>
    /// <param name="topics">At least one. A name that begins with ^ is a regular expression, which has to match a topic's whole name; it must not need backtracking (RE2).</param>
    /// <exception cref="KafkaConfigException">group.id is not set.</exception>
    /// <exception cref="InvalidOperationException">Partitions are assigned by <see cref="Assign"/>.</exception>
    /// <exception cref="ArgumentException">There is no topic, a name is empty, or an expression is none; the message says which and why.</exception>
    /// <exception cref="ObjectDisposedException">The consumer is disposed of.</exception>
    void Subscribe(params IEnumerable<string> topics);

    /// <summary>
    /// Leaves the group: nothing more of its partitions is handed out from now on; the handlers, the last commit and the leaving follow. Not subscribed is no error.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The consumer is disposed of.</exception>
    void Unsubscribe();

    /// <summary>
    /// Reads exactly these partitions from now on, each from its offset: a number, <see cref="Offset.Beginning"/>, <see cref="Offset.End"/>, <see cref="Offset.Stored"/>
    /// for what the group has committed (then as Unset where it has committed nothing), or <see cref="Offset.Unset"/> for what auto.offset.reset says. What was
    /// assigned before is dropped. After <see cref="Unsubscribe"/> it takes effect when what the group gave is given back.
    /// </summary>
    /// <exception cref="InvalidOperationException">The consumer is subscribed.</exception>
    /// <exception cref="ArgumentException">A partition or an offset is none.</exception>
    /// <exception cref="ObjectDisposedException">The consumer is disposed of.</exception>
    void Assign(params IEnumerable<TopicPartitionOffset> partitions);
    /// <summary>Reads nothing from now on; what was fetched is dropped.</summary>
    /// <exception cref="InvalidOperationException">The consumer is subscribed.</exception>
    /// <exception cref="ObjectDisposedException">The consumer is disposed of.</exception>
    void Unassign();
    /// <summary>The partitions that are read; a picture of this moment.</summary>
    IReadOnlySet<TopicPartition> Assignment { get; }

    /// <summary>Handlers of what the group gives and takes.</summary>
    /// <exception cref="InvalidOperationException">group.id is not set.</exception>
    IRebalanceEvents Rebalance { get; }

    /// <summary>Who commits offsets in a transaction (SendOffsetsAsync): this member as it is now; of a group without members when partitions are assigned by <see cref="Assign"/>.</summary>
    /// <exception cref="InvalidOperationException">group.id is not set.</exception>
    ConsumerGroupMetadata GroupMetadata { get; }

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

    /// <summary>
    /// One ordered stream per partition that is read, each for a handler of its own; the handlers run at the same time. A handler is done with a record when it asks
    /// for the next, or returns. When a partition goes to another member its stream ends, and the group waits for its handler before it commits and gives the
    /// partition away. A handler that returns before its stream has ended leaves the rest of the partition unread until the call is over.
    /// </summary>
    /// <param name="handler">Its token is cancelled when the call is, and when the partition is lost without being asked.</param>
    /// <returns>Completed when the consumer is disposed of and all handlers have ended. Fails with what a handler threw, after the others have ended; what that one had in hand comes again.</returns>
    /// <exception cref="OperationCanceledException">The call was cancelled; all handlers have ended.</exception>
    /// <exception cref="ConsumeException">Something about a partition the application has to know.</exception>
    Task ConsumePartitionedAsync(Func<PartitionStream<TKey, TValue>, CancellationToken, Task> handler, CancellationToken cancellation = default);

    /// <summary>
    /// Everything of the partition below this offset is finished, which the next commit says. Only with enable.auto.offset.store=false. Lower than what was stored
    /// before is no news, except after a seek.
    /// </summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned, or what is finished is noted by itself.</exception>
    /// <exception cref="ArgumentException">The offset lies beyond what was handed out.</exception>
    void StoreOffset(in TopicPartitionOffset next);

    /// <summary>
    /// Commits what is finished of all partitions: everything before the record that the application has in hand, with markers of transactions behind the last record;
    /// with enable.auto.offset.store=false what was stored. One commit after the other. Nothing new is no error.
    /// </summary>
    /// <exception cref="CommitFailedException">The partitions are another member's, which reads those records again.</exception>
    /// <exception cref="KafkaException">It is not committed, or nobody knows: the class says what to do.</exception>
    /// <exception cref="InvalidOperationException">group.id is not set.</exception>
    ValueTask CommitAsync(CancellationToken cancellation = default);

    /// <summary>Commits these: the group goes on from each offset. The application's own word, whatever was handed out.</summary>
    /// <exception cref="ArgumentException">An offset is not a number.</exception>
    /// <inheritdoc cref="CommitAsync(CancellationToken)" path="/exception"/>
    ValueTask CommitAsync(IReadOnlyCollection<TopicPartitionOffset> offsets, CancellationToken cancellation = default);

    /// <summary>What the group has committed for each partition, in their order; <see cref="Offset.Unset"/> for nothing. Offsets of undecided transactions are waited for.</summary>
    /// <exception cref="KafkaException">No answer within default.api.timeout.ms.</exception>
    /// <exception cref="InvalidOperationException">group.id is not set.</exception>
    ValueTask<IReadOnlyList<TopicPartitionOffset>> CommittedAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default);

    /// <summary>
    /// How many records are left to read behind what is finished, as the leader says now: without markers, and with read_committed without what is aborted or
    /// undecided. When more than about four megabytes lie there it is the number of offsets, which is no less.
    /// </summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned, or its position is not known yet.</exception>
    /// <exception cref="KafkaException">No answer within default.api.timeout.ms.</exception>
    ValueTask<long> GetLagAsync(TopicPartition partition, CancellationToken cancellation = default);

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

    /// <summary>Where a partition begins and ends as of its last fetch; null while nothing was fetched. Asks nobody.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    WatermarkOffsets? GetCachedWatermarks(TopicPartition partition);

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
