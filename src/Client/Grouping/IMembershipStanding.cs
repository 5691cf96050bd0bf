namespace Semel.Client.Grouping;

/// <summary>
/// What a member's metadata carries along, so that offsets that a transaction commits are fenced by ownership and not by a generation alone. Thread safe.
/// </summary>
internal interface IMembershipStanding
{
    /// <summary>
    /// Asked when the coordinator refused a generation or a member epoch: waits until a later heartbeat was answered, since every change of a KIP-848 group
    /// moves the epoch of members whose partitions stay.
    /// </summary>
    /// <param name="partitions">Those of whose records the offsets speak.</param>
    /// <returns>The member's metadata of now when it owned all of them without a break since <paramref name="since"/>; null when it did not, or is no member any more.</returns>
    ValueTask<ConsumerGroupMetadata?> ConfirmAsync(ConsumerGroupMetadata since, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation);
}
