namespace Semel.Compat.Confluent;

/// <summary>
/// Reads records, by a group's assignment or one of its own. Handlers run on the thread that calls Consume or Close. One thread consumes at a time; the rest
/// may be
/// called from any.
///
/// With automatic commits a record counts as finished when the next is asked for (auto.offset.store.timing=on-next). Confluent.Kafka counts it finished as
/// soon as it
/// is handed out: auto.offset.store.timing=on-delivery does that here.
/// </summary>
public interface IConsumer<TKey, TValue> : IClient
{
    /// <summary>The next record; null when none comes within the time.</summary>
    /// <exception cref="ConsumeException">Something about a partition that the application has to know; consuming may go on afterwards.</exception>
    ConsumeResult<TKey, TValue> Consume(int millisecondsTimeout);

    /// <summary>The next record, however long it takes.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; no record is lost by that.</exception>
    /// <inheritdoc cref="Consume(int)"/>
    ConsumeResult<TKey, TValue> Consume(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Consume(int)"/>
    ConsumeResult<TKey, TValue> Consume(TimeSpan timeout);

    /// <summary>Empty while it is no member of its group.</summary>
    string MemberId { get; }
    /// <summary>What is read now; a copy.</summary>
    List<TopicPartition> Assignment { get; }
    /// <summary>The names and patterns subscribed to; a copy.</summary>
    List<string> Subscription { get; }

    /// <summary>Joins the group for these topics; a name that begins with ^ is a regular expression. What was subscribed to before is left.</summary>
    void Subscribe(IEnumerable<string> topics);
    /// <inheritdoc cref="Subscribe(IEnumerable{string})"/>
    void Subscribe(string topic);
    /// <summary>Leaves the group; handlers of what is revoked run in the next Consume or in Close.</summary>
    void Unsubscribe();

    /// <summary>Reads exactly this. Without an offset: from the committed one, or as auto.offset.reset says.</summary>
    void Assign(TopicPartition partition);
    /// <inheritdoc cref="Assign(TopicPartition)"/>
    void Assign(TopicPartitionOffset partition);
    /// <inheritdoc cref="Assign(TopicPartition)"/>
    void Assign(IEnumerable<TopicPartitionOffset> partitions);
    /// <inheritdoc cref="Assign(TopicPartition)"/>
    void Assign(IEnumerable<TopicPartition> partitions);
    /// <summary>Reads this as well.</summary>
    /// <exception cref="KafkaException">A part of it is read already (<see cref="ErrorCode.Local_Conflict"/>).</exception>
    void IncrementalAssign(IEnumerable<TopicPartitionOffset> partitions);
    /// <inheritdoc cref="IncrementalAssign(IEnumerable{TopicPartitionOffset})"/>
    void IncrementalAssign(IEnumerable<TopicPartition> partitions);
    /// <summary>Reads this no more.</summary>
    /// <exception cref="KafkaException">A part of it is not read (<see cref="ErrorCode.Local_InvalidArg"/>).</exception>
    void IncrementalUnassign(IEnumerable<TopicPartition> partitions);
    /// <summary>Reads nothing.</summary>
    void Unassign();

    /// <summary>Marks a record as finished, for enable.auto.offset.store=false: the next commit covers it.</summary>
    /// <exception cref="KafkaException">The partition is not assigned (<see cref="ErrorCode.Local_State"/>), or offsets are stored automatically
    /// (<see cref="ErrorCode.Local_InvalidArg"/>).</exception>
    void StoreOffset(ConsumeResult<TKey, TValue> result);
    /// <summary>The same; the offset is the next one to read.</summary>
    /// <inheritdoc cref="StoreOffset(ConsumeResult{TKey, TValue})"/>
    void StoreOffset(TopicPartitionOffset offset);

    /// <summary>Commits every record handed out; with enable.auto.offset.store=false what was stored.</summary>
    /// <returns>What was committed; partitions without anything new have <see cref="Offset.Unset"/>.</returns>
    /// <exception cref="KafkaException">It failed, or there is nothing to commit (<see cref="ErrorCode.Local_NoOffset"/>).</exception>
    List<TopicPartitionOffset> Commit();
    /// <summary>Commits these; each is the next one to read.</summary>
    void Commit(IEnumerable<TopicPartitionOffset> offsets);
    /// <summary>Commits this record and all before it in its partition.</summary>
    void Commit(ConsumeResult<TKey, TValue> result);

    /// <summary>The next record of the partition comes from there.</summary>
    /// <exception cref="KafkaException">The partition is not assigned (<see cref="ErrorCode.Local_State"/>).</exception>
    void Seek(TopicPartitionOffset tpo);
    /// <summary>Nothing of these is handed out until they are resumed. What is not assigned is passed over.</summary>
    void Pause(IEnumerable<TopicPartition> partitions);
    /// <summary>Hands out again what was paused. What is not assigned is passed over.</summary>
    void Resume(IEnumerable<TopicPartition> partitions);

    /// <summary>What the group has committed of all that is assigned; <see cref="Offset.Unset"/> where nothing.</summary>
    List<TopicPartitionOffset> Committed(TimeSpan timeout);
    /// <inheritdoc cref="Committed(TimeSpan)"/>
    List<TopicPartitionOffset> Committed(IEnumerable<TopicPartition> partitions, TimeSpan timeout);
    /// <summary>Behind the last record handed out; <see cref="Offset.Unset"/> when none was since the partition was assigned or sought.</summary>
    Offset Position(TopicPartition partition);
    /// <summary>For each time the first record that is not before it; <see cref="Offset.End"/> when there is none.</summary>
    List<TopicPartitionOffset> OffsetsForTimes(IEnumerable<TopicPartitionTimestamp> timestampsToSearch, TimeSpan timeout);
    /// <summary>Where the partition begins and ends by what the last answer said; asks nobody. <see cref="Offset.Unset"/> when it is not known.</summary>
    WatermarkOffsets GetWatermarkOffsets(TopicPartition topicPartition);
    /// <summary>Where the partition begins and ends; asks the broker.</summary>
    WatermarkOffsets QueryWatermarkOffsets(TopicPartition topicPartition, TimeSpan timeout);

    /// <summary>Runs the handlers of what is revoked, commits what is finished when commits are automatic, and leaves the group. The consumer cannot be used
    /// afterwards.</summary>
    void Close();

    /// <summary>For <see cref="IProducer{TKey, TValue}.SendOffsetsToTransaction"/>.</summary>
    IConsumerGroupMetadata ConsumerGroupMetadata { get; }
}

/// <summary>Of a group's member as it was at one moment, or of a group without members.</summary>
sealed class GroupMetadata(Inner.ConsumerGroupMetadata below) : IConsumerGroupMetadata
{
    public Inner.ConsumerGroupMetadata Below => below;
}
