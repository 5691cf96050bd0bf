namespace Semel.Client.Transacting;

/// <summary>What follows from a coordinator's answer.</summary>
internal enum TransactionReaction
{
    Succeed,
    /// <summary>The same broker, after a pause.</summary>
    Retry,
    /// <summary>Find the coordinator and ask it, after a pause.</summary>
    RetryElsewhere,
    /// <summary>The transaction before is still being ended: soon.</summary>
    RetrySoon,
    /// <summary>Until the topic has been unknown for too long; then the transaction is to be aborted.</summary>
    RetryUnknownTopic,
    /// <summary>A few times; then the producer cannot go on.</summary>
    RetryFewTimesThenFail,
    /// <summary>A few times; then the transaction is to be aborted, and the epoch raised.</summary>
    RetryFewTimesThenAbort,
    /// <summary>Ask the member whether the partitions are still its own; send again, or abort.</summary>
    ConfirmMembership,
    Abort,
    /// <summary>Abort, and raise the epoch before the next transaction.</summary>
    AbortAndBump,
    /// <summary>A setting or a right: nothing was begun.</summary>
    Configure,
    Fence,
    Fail,
}
