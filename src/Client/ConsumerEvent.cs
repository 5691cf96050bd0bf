namespace Semel.Client;

/// <summary>Something remarkable about a partition. When it also stops the partition, the pull that tells it throws a <see cref="ConsumeException"/> as well.</summary>
/// <param name="From">The offset that it is about.</param>
/// <param name="To">Where reading goes on; null when it does not, or that is not known yet.</param>
public sealed record ConsumerEvent(ConsumeFault Fault, TopicPartition Partition, Offset From, Offset? To, string Reason)
{
    /// <summary>What the broker answered; None when no answer was an error.</summary>
    public ErrorCode Code { get; init; }
}
