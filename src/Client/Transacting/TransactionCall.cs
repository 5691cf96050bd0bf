using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>What an application calls.</summary>
internal enum TransactionCallKind
{
    Init,
    Begin,
    Produce,
    SendOffsets,
    Commit,
    Abort,
    Resolve,
}

/// <summary>A call that waits for its end.</summary>
/// <param name="Until">When its time is over; null when its caller's token says so.</param>
internal readonly record struct TransactionCall(long Number, TimeSpan? Until);

/// <summary>How a call ended.</summary>
internal abstract record CallEnd;

/// <param name="Transaction">The number of the transaction that it was about; 0 for none.</param>
internal sealed record CallDone(long Transaction) : CallEnd;

/// <summary>The call is not allowed in this state, and changed nothing.</summary>
internal sealed record CallIllegal(TransactionCallKind Kind, TransactionState State) : CallEnd;

internal sealed record CallFailed(TransactionFailure Failure) : CallEnd;

/// <summary>An offset is lower than one that the same transaction has for the partition.</summary>
internal sealed record CallGoesBack(TopicPartition Partition, long Was, long Is) : CallEnd;

/// <param name="Outcome">Null when only witnesses can tell it.</param>
internal sealed record CallResolved(TransactionOutcome? Outcome, IReadOnlyList<Witness> Witnesses) : CallEnd;

/// <summary>An offset that is committed together with the transaction, and tells afterwards whether it was.</summary>
/// <param name="Metadata">What stands beside the offset when it is the library's own; null for offsets of the application.</param>
internal sealed record Witness(string GroupId, TopicPartition Partition, long Offset, string? Metadata);
