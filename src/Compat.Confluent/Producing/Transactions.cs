namespace Semel.Compat.Confluent;

/// <summary>What a producer does about transactions.</summary>
abstract class Transactions
{
    public abstract void Init(TimeSpan timeout);
    public abstract void Begin();
    public abstract void Commit(TimeSpan timeout);
    public abstract void Abort(TimeSpan timeout);
    public abstract void SendOffsets(IEnumerable<TopicPartitionOffset> offsets, IConsumerGroupMetadata group, TimeSpan timeout);
}

/// <summary>There are none: the producer has no transactional id.</summary>
sealed class NoTransactions : Transactions
{
    static KafkaException Refused() => new(new Error(ErrorCode.Local_NotConfigured, "The Transactional API requires transactional.id to be configured"));

    public override void Init(TimeSpan timeout) => throw Refused();
    public override void Begin() => throw Refused();
    public override void Commit(TimeSpan timeout) => throw Refused();
    public override void Abort(TimeSpan timeout) => throw Refused();
    public override void SendOffsets(IEnumerable<TopicPartitionOffset> offsets, IConsumerGroupMetadata group, TimeSpan timeout) => throw Refused();
}
