using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>Ask the coordinator that the request is for; <see cref="CoordinatorAnswered"/> answers, always.</summary>
/// <param name="LooksUp">Whether what is remembered of the coordinator is out of date.</param>
internal sealed record AskCoordinator(long RequestId, CoordinatorRequest Request, bool LooksUp) : ProducerEffect;

/// <summary>
/// Wait for the next heartbeat's answer and say whether the partitions are still the member's; <see cref="MembershipConfirmed"/> answers, always.
/// </summary>
internal sealed record ConfirmMembership(long RequestId, ConsumerGroupMetadata Since, IReadOnlyList<TopicPartition> Partitions) : ProducerEffect;

/// <summary>The state is another one. Told before the calls that end with it.</summary>
/// <param name="Transaction">The number of the open transaction, or of the last one; 0 before the first.</param>
internal sealed record MoveTransaction(TransactionState State, long Transaction, TransactionFailure? Cause) : ProducerEffect;

/// <summary>The open transaction takes no more records, though it may be committed: its time is nearly over.</summary>
internal sealed record RefuseRecords(long Transaction, TransactionFailure Reason) : ProducerEffect;

internal sealed record EndCall(long Call, CallEnd End) : ProducerEffect;
