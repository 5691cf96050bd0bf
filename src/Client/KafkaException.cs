namespace Semel.Client;

/// <summary>What application code has to know about a failure: what it can do next.</summary>
public enum ErrorClass
{
    /// <summary>Nothing happened, or repeating is harmless: call again.</summary>
    Retriable,
    /// <summary>The transaction is over, the producer is fine: abort and begin again.</summary>
    Abortable,
    /// <summary>Another instance has taken over: stop this one.</summary>
    Fenced,
    /// <summary>The client is unusable: dispose of it.</summary>
    Fatal,
    /// <summary>This record can never succeed.</summary>
    Record,
    /// <summary>Wrong configuration or missing rights: fix and start again.</summary>
    Config,
    /// <summary>Only the application can decide: repeating may do the same thing twice.</summary>
    Application,
}

/// <summary>What failed: a broker's code, or for failures that no broker sent a local code, and a sentence. Immutable.</summary>
public sealed record Error(ErrorCode Code, LocalErrorCode LocalCode, string Reason)
{
    /// <summary>What a broker answered.</summary>
    public Error(ErrorCode code, string reason) : this(code, LocalErrorCode.None, reason) { }
    /// <summary>What the client found by itself.</summary>
    public Error(LocalErrorCode code, string reason) : this(ErrorCode.None, code, reason) { }

    /// <summary>True when the client itself found the failure and no broker answered with it.</summary>
    public bool IsLocal => LocalCode != LocalErrorCode.None;

    public override string ToString() => $"{(IsLocal ? LocalCode.ToString() : Code.ToString())}: {Reason}";
}

/// <summary>Failures that the client finds by itself.</summary>
public enum LocalErrorCode
{
    /// <summary>A broker sent the error.</summary>
    None = 0,
    /// <summary>delivery.timeout.ms passed.</summary>
    DeliveryTimeout,
    /// <summary>No memory for the record within max.block.ms.</summary>
    QueueFull,
    /// <summary>The record is larger than max.request.size.</summary>
    MessageTooLarge,
    /// <summary>The topic has no such partition.</summary>
    UnknownPartition,
    /// <summary>The topic's metadata did not come within max.block.ms.</summary>
    UnknownTopic,
    /// <summary>The topic was deleted and created again while the record was waiting.</summary>
    TopicRecreated,
    /// <summary>enable.gapless.guarantee: a record accepted before on the same partition failed.</summary>
    PrecedingRecordFailed,
    /// <summary>The connection was lost or no answer came in time.</summary>
    ConnectionLost,
    /// <summary>The client was closed.</summary>
    Closed,
    /// <summary>The configuration is refused.</summary>
    InvalidConfig,
    /// <summary>A key, value or header could not be turned into bytes or back.</summary>
    Serialization,
    /// <summary>A broker seems to have lost records that it had acknowledged.</summary>
    DataLossSuspected,
    /// <summary>The broker does not offer a request that is needed.</summary>
    NotOffered,
    /// <summary>A handler of the application threw.</summary>
    HandlerFailed,
    /// <summary>The record's transaction was aborted, or can only be aborted.</summary>
    TransactionAborted,
    /// <summary>The transaction has been open for too long to take more records.</summary>
    TransactionTooLong,
    /// <summary>No transaction is open for the record.</summary>
    NotInTransaction,
    /// <summary>Nobody answered the end of the transaction.</summary>
    OutcomeUnknown,
    /// <summary>The brokers belong to another cluster than before.</summary>
    ClusterReplaced,
}

/// <summary>Every failure of the client. <see cref="Class"/> is the only thing code needs to look at; the code and its sentence are for logs.</summary>
public class KafkaException : Exception
{
    public KafkaException(Error error, ErrorClass errorClass, Exception? innerException = null) : base(error.Reason, innerException)
    {
        Error = error;
        Class = errorClass;
    }

    /// <summary>What failed.</summary>
    public Error Error { get; }
    /// <summary>What can be done about it.</summary>
    public ErrorClass Class { get; }
    /// <summary>Repeating the call does no harm.</summary>
    public bool IsRetriable => Class == ErrorClass.Retriable;
    /// <summary>This client is of no use any more: dispose of it. True of fenced ones as well.</summary>
    public bool IsFatal => Class is ErrorClass.Fatal or ErrorClass.Fenced;
    /// <summary>The transaction has to be aborted; then the producer can go on.</summary>
    public bool TransactionRequiresAbort => Class == ErrorClass.Abortable;
}

/// <summary>A configuration is refused. The message names every key concerned and the smallest change that repairs it.</summary>
public sealed class KafkaConfigException : KafkaException
{
    public KafkaConfigException(string message, params IReadOnlyList<string> keys) : base(new Error(LocalErrorCode.InvalidConfig, message), ErrorClass.Config) => Keys = keys;

    /// <summary>The keys concerned, as the caller wrote them.</summary>
    public IReadOnlyList<string> Keys { get; }
}
