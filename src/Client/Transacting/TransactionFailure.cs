using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>What a failure is beside its class: which exception tells it.</summary>
internal enum TransactionFailureKind
{
    Plain,
    /// <summary>Another instance has the transactional id.</summary>
    Fenced,
    /// <summary>The coordinator ended the transaction because its time was over, by our own clock.</summary>
    TimedOut,
    /// <summary>Nobody knows whether the transaction was committed.</summary>
    OutcomeUnknown,
    /// <summary>A setting is refused by the broker.</summary>
    Configuration,
}

/// <summary>Why a transactional call failed: a sentence for the application, and what it can do.</summary>
/// <param name="CauseClass">What is true of the record or request that failed first, when the transaction is to be aborted for it.</param>
internal sealed record TransactionFailure(Error Error, ErrorClass Class, TransactionFailureKind Kind = TransactionFailureKind.Plain,
    ErrorClass? CauseClass = null)
{
    /// <summary>Of a record: what is certain about it, and where it was to go.</summary>
    public (TopicPartition Partition, Verdict Verdict)? Record { get; init; }

    /// <summary>What failed after it. Told beside it, never in its place.</summary>
    public IReadOnlyList<Error> Later { get; init; } = [];
}
