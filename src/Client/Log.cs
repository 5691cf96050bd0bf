using Microsoft.Extensions.Logging;

namespace Semel.Client;

/// <summary>Every line the producer logs. Connections have lines of their own.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Warning, "Configuration: {Key} is {To}, not {From}: {Reason}")]
    public static partial void ConfigAdjusted(ILogger logger, string key, string from, string to, string reason);

    [LoggerMessage(2001, LogLevel.Information, "Configuration keys without meaning for this client: {Keys}")]
    public static partial void ConfigIgnored(ILogger logger, string keys);

    [LoggerMessage(2002, LogLevel.Warning, "Idempotence is off: {Reason}. Retries may store records twice or out of order")]
    public static partial void IdempotenceOff(ILogger logger, string reason);

    [LoggerMessage(2003, LogLevel.Information, "Producer id {ProducerId}, epoch {Epoch}")]
    public static partial void IdentityGranted(ILogger logger, ProducerId producerId, ProducerEpoch epoch);

    [LoggerMessage(2004, LogLevel.Debug, "No producer id: {Code}, {Reason}")]
    public static partial void IdentityRefused(ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(2005, LogLevel.Warning, "{Partition}: the sequences begin anew under producer id {ProducerId}, epoch {Epoch}")]
    public static partial void EpochBumped(ILogger logger, TopicPartition partition, ProducerId producerId, ProducerEpoch epoch);

    [LoggerMessage(2006, LogLevel.Error, "{Partition}: the broker seems to have lost acknowledged records, up to offset {Offset}: {Reason}")]
    public static partial void DataLossSuspected(ILogger logger, TopicPartition partition, long offset, string reason);

    [LoggerMessage(2007, LogLevel.Warning, "{Partition}: {Records} records reported as possibly persisted are in the log, from offset {Offset}")]
    public static partial void LateAcknowledgement(ILogger logger, TopicPartition partition, int records, Offset offset);

    [LoggerMessage(2008, LogLevel.Warning, "{Partition}: a batch of {Records} records and {Bytes} bytes is too large for the broker and is split")]
    public static partial void BatchSplit(ILogger logger, TopicPartition partition, int records, int bytes);

    [LoggerMessage(2009, LogLevel.Debug, "{Partition}: an attempt failed and is repeated: {Reason}")]
    public static partial void DeliveryRetried(ILogger logger, TopicPartition partition, string reason);

    [LoggerMessage(2010, LogLevel.Warning, "{Partition}: {Records} records failed, {Status}, and nobody awaits them: {Reason}")]
    public static partial void UnobservedFailure(ILogger logger, TopicPartition partition, int records, PersistenceStatus status, string reason);

    [LoggerMessage(2011, LogLevel.Error, "A delivery or event handler of the application threw")]
    public static partial void HandlerFailed(ILogger logger, Exception failure);

    [LoggerMessage(2018, LogLevel.Error, "An interceptor of the application threw; the record goes on")]
    public static partial void InterceptorFailed(ILogger logger, Exception failure);

    [LoggerMessage(2012, LogLevel.Warning, "The producer is closed while {Handlers} handlers of the application have not ended; they go on, and nobody waits for them")]
    public static partial void HandlersLeft(ILogger logger, int handlers);

    [LoggerMessage(2014, LogLevel.Warning, "{Partition} cannot be written to: {Code}, {Reason}. It is tried until delivery.timeout.ms")]
    public static partial void PartitionUnavailable(ILogger logger, TopicPartition partition, ErrorCode code, string reason);

    [LoggerMessage(2015, LogLevel.Warning, "Nothing can be sent, because brokers give no producer id: {Code}, {Reason}. It is asked for again and again")]
    public static partial void IdentityUnavailable(ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(2016, LogLevel.Warning, "The brokers belong to cluster {Is}, and before to cluster {Was}: a new producer id is asked for")]
    public static partial void ClusterReplaced(ILogger logger, string was, string @is);

    [LoggerMessage(2017, LogLevel.Warning,
        "The producer was closed early: {NotPersisted} records were not delivered, and of {PossiblyPersisted} it is not known. Raise close.timeout.ms to wait longer")]
    public static partial void RecordsGivenUp(ILogger logger, long notPersisted, long possiblyPersisted);

    [LoggerMessage(2030, LogLevel.Debug, "Transactions: {State}, transaction {Transaction} {Reason}")]
    public static partial void TransactionMoved(ILogger logger, TransactionState state, long transaction, string reason);

    [LoggerMessage(2033, LogLevel.Error, "The producer can begin no transaction any more, it is {State}: {Reason}")]
    public static partial void TransactionsEnded(ILogger logger, TransactionState state, string reason);

    [LoggerMessage(2031, LogLevel.Warning, "Transaction {Transaction} was left open and could not be aborted; its coordinator aborts it when transaction.timeout.ms is over: {Reason}")]
    public static partial void TransactionLeft(ILogger logger, long transaction, string reason);

    [LoggerMessage(2032, LogLevel.Warning, "The member of group {Group} cannot say whether it still owns the partitions of a transaction, which is aborted: {Reason}")]
    public static partial void MembershipUnconfirmed(ILogger logger, string group, string reason);

    [LoggerMessage(2013, LogLevel.Critical, "The producer's loop ended by a defect; every record that is left fails")]
    public static partial void LoopFailed(ILogger logger, Exception failure);
}
