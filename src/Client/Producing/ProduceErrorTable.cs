using static Semel.Client.ErrorClass;
using static Semel.Client.Producing.ProduceReaction;

namespace Semel.Client.Producing;

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

/// <param name="IsAmbiguous">Whether the attempt may have appended the batch.</param>
/// <param name="RefreshesMetadata">Whether the answer says that metadata are old.</param>
/// <param name="Class">What the failure is to the application when it comes to that and nothing was appended.</param>
internal readonly record struct ProduceRow(ProduceReaction Reaction, bool IsAmbiguous, bool RefreshesMetadata, ErrorClass Class);

/// <summary>Every error code of a Produce answer, looked up by number. A code that is not here came from a newer broker: it is never success, and nothing is known about what was appended.</summary>
internal static class ProduceErrorTable
{
    static readonly ProduceRow Unlisted = new(Fail, IsAmbiguous: true, RefreshesMetadata: false, Application);

    public static ProduceRow For(PartitionAnswer answer) => answer.Kind switch
    {
        AnswerKind.Lost => new(Retry, IsAmbiguous: true, RefreshesMetadata: true, Retriable),
        AnswerKind.NotSent => new(Retry, IsAmbiguous: false, RefreshesMetadata: true, Retriable),
        _ => For(answer.Code),
    };

    public static ProduceRow For(ErrorCode code) => code switch
    {
        ErrorCode.None or ErrorCode.DuplicateSequenceNumber => new(Succeed, false, false, default),

        ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId => new(RetryUnknownTopic, false, true, Retriable),
        ErrorCode.LeaderNotAvailable or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch => new(Retry, false, true, Retriable),
        // A leader that appends, waits for its followers and is deposed meanwhile answers this too, and the new leader may have the batch.
        ErrorCode.NotLeaderOrFollower => new(Retry, IsAmbiguous: true, RefreshesMetadata: true, Retriable),
        ErrorCode.NotEnoughReplicas => new(Retry, false, false, Retriable),
        ErrorCode.ThrottlingQuotaExceeded => new(Retry, false, false, Retriable),
        ErrorCode.RequestTimedOut or ErrorCode.NotEnoughReplicasAfterAppend => new(Retry, true, false, Retriable),
        ErrorCode.KafkaStorageError => new(Retry, true, true, Retriable),
        ErrorCode.UnknownServerError => new(RetryFewTimes, true, false, Application),

        ErrorCode.CorruptMessage => new(Reencode, false, false, Record),
        ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge => new(Split, false, false, Record),
        ErrorCode.InvalidTimestamp or ErrorCode.UnsupportedForMessageFormat or ErrorCode.PolicyViolation or ErrorCode.UnsupportedCompressionType
            or ErrorCode.InvalidRecord => new(RejectRecords, false, false, Record),

        ErrorCode.InvalidTopicException or ErrorCode.TopicAuthorizationFailed or ErrorCode.InvalidRequiredAcks or ErrorCode.UnsupportedVersion
            or ErrorCode.TransactionalIdAuthorizationFailed => new(Fail, false, false, Config),
        ErrorCode.InvalidTxnState or ErrorCode.ConcurrentTransactions or ErrorCode.TransactionAbortable => new(Fail, false, false, Abortable),
        ErrorCode.ProducerFenced => new(Fail, false, false, Fenced),
        ErrorCode.ClusterAuthorizationFailed => new(FailEverything, false, false, Config),

        ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerIdMapping => new(OutOfOrder, false, false, Retriable),
        ErrorCode.InvalidProducerEpoch => new(StaleEpoch, false, false, Retriable),

        _ => Unlisted,
    };
}
