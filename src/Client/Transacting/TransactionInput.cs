using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>What brokers say is in force in the cluster. Told again by each connection; the one with the highest epoch counts.</summary>
/// <param name="Epoch">-1 when the broker tells none.</param>
/// <param name="TransactionVersion">The level of transaction.version; 0 when it is not among the features.</param>
internal sealed record FeaturesSeen(long Epoch, short TransactionVersion) : ProducerInput;

internal sealed record InitWanted(TransactionCall Call) : ProducerInput;

internal sealed record BeginWanted(TransactionCall Call) : ProducerInput;

internal sealed record OffsetsWanted(TransactionCall Call, long Transaction, ConsumerGroupMetadata Group, IReadOnlyList<OffsetToSend> Offsets) : ProducerInput;

/// <summary>Nobody brings a record any more when this is told, and <see cref="RecordsSealed"/> follows.</summary>
internal sealed record CommitWanted(TransactionCall Call, long Transaction) : ProducerInput;

/// <inheritdoc cref="CommitWanted"/>
internal sealed record AbortWanted(TransactionCall Call, long Transaction) : ProducerInput;

internal sealed record ResolveWanted(TransactionCall Call, long Transaction) : ProducerInput;

/// <summary>Every record that was accepted into the transaction has been told, and none will be accepted any more.</summary>
internal sealed record RecordsSealed(long Transaction) : ProducerInput;

/// <summary>
/// Something of the transaction failed that never came here: a record that was taken and not accepted, one that came too late, offsets of a topic that is
/// gone.
/// </summary>
internal sealed record TransactionDoomed(long Transaction, TransactionFailure Failure) : ProducerInput;

/// <summary>The answer to <see cref="AskCoordinator"/>.</summary>
internal sealed record CoordinatorAnswered(long RequestId, CoordinatorAnswer Answer) : ProducerInput;

/// <summary>The answer to <see cref="ConfirmMembership"/>.</summary>
/// <param name="Group">Null when the partitions may be another member's.</param>
internal sealed record MembershipConfirmed(long RequestId, ConsumerGroupMetadata? Group) : ProducerInput;
