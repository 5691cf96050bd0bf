namespace Semel.Client.Errors;

/// <summary>What the producer does about an answer.</summary>
internal enum ProduceReaction
{
    Succeed,
    /// <summary>Send the window again, unchanged, until the delivery timeout.</summary>
    Retry,
    /// <summary>The same, until the topic has been unknown for too long.</summary>
    RetryUnknownTopic,
    /// <summary>The same, but few times only: the broker cannot say what is wrong.</summary>
    RetryFewTimes,
    /// <summary>The transaction before is still being ended: send again in a moment.</summary>
    AwaitEnd,
    /// <summary>Encode again, few times.</summary>
    Reencode,
    /// <summary>Split, or fail the single record.</summary>
    Split,
    /// <summary>Fail the records the broker names, keep the others.</summary>
    RejectRecords,
    Fail,
    /// <summary>Fail everything that is buffered, and ask for another producer id.</summary>
    FailEverything,
    /// <summary>The broker expected another sequence, or knows nothing of this producer.</summary>
    OutOfOrder,
    /// <summary>The partition has seen a higher epoch.</summary>
    StaleEpoch,
}
