using Microsoft.Extensions.Logging;

namespace Semel.Broker;

/// <summary>
/// Every line that the broker writes. The numbers are stable: 1xx the broker, 2xx logs and turns, 3xx connections, 4xx producers, 5xx topics, 6xx transactions.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "Serving on {EndPoint} as node {NodeId} of cluster {ClusterId}, {Topics} topics with {Partitions} partitions")]
    public static partial void Serving(ILogger logger, System.Net.IPEndPoint endPoint, Semel.Protocol.NodeId nodeId, string clusterId, int topics, int partitions);

    [LoggerMessage(110, LogLevel.Warning, "Defaults of topics that were given to this broker: {Remark}")]
    public static partial void TopicDefaultsWithoutEffect(ILogger logger, string remark);

    [LoggerMessage(101, LogLevel.Information, "Stopping: no more connections are taken; requests under way have {Timeout} to end")]
    public static partial void Stopping(ILogger logger, TimeSpan timeout);

    [LoggerMessage(102, LogLevel.Information, "Stopped in order")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(109, LogLevel.Error, "Stopped, but the data folder {Folder} could not be closed in order: {Reason}. What was acknowledged is in the folder's files, and the next start recovers it from them")]
    public static partial void StoppedNotClosed(ILogger logger, string? folder, string reason);

    [LoggerMessage(103, LogLevel.Warning, "Requests were still under way after {Timeout}: their connections were closed")]
    public static partial void StopTimedOut(ILogger logger, TimeSpan timeout);

    [LoggerMessage(104, LogLevel.Debug, "The limit of open files was raised from {Before} to {Now}")]
    public static partial void OpenFilesRaised(ILogger logger, ulong before, ulong now);

    [LoggerMessage(105, LogLevel.Warning, "The limit of open files is {Before} and could not be raised to {Wanted}: {Reason}")]
    public static partial void OpenFilesNotRaised(ILogger logger, ulong before, ulong wanted, string reason);

    [LoggerMessage(106, LogLevel.Warning, "The limit of open files, {Limit} (ulimit -n), leaves room for {Connections} connections beside the files of the logs; raise it (LimitNOFILE where systemd starts the broker)")]
    public static partial void FewOpenFiles(ILogger logger, long limit, int connections);

    [LoggerMessage(200, LogLevel.Debug, "Log {LogName} opened: offsets {StartOffset} to {EndOffset}, {ReplayedBytes} bytes replayed in {Milliseconds:0.0} ms")]
    public static partial void LogOpened(ILogger logger, string logName, long startOffset, long endOffset, long replayedBytes, double milliseconds);

    [LoggerMessage(201, LogLevel.Warning, "Log {LogName}, when it was opened: {Detail}")]
    public static partial void LogRecovered(ILogger logger, string logName, string detail);

    [LoggerMessage(202, LogLevel.Error, "Log {LogName} is damaged and stays offline until it has been repaired and the broker started again: {Reason}")]
    public static partial void LogDamaged(ILogger logger, string logName, string reason);

    [LoggerMessage(203, LogLevel.Error, "Log {LogName} could not be opened; it is offline until another try succeeds: {Reason}")]
    public static partial void LogNotOpened(ILogger logger, string logName, string reason, Exception? exception);

    [LoggerMessage(204, LogLevel.Error, "Log {LogName}: a turn failed, its commands are answered with KAFKA_STORAGE_ERROR and the log is opened again: {Reason}")]
    public static partial void TurnFailed(ILogger logger, string logName, string reason, Exception? exception);

    [LoggerMessage(205, LogLevel.Warning, "Log {LogName}: no snapshot could be saved, so the next start reads more of the log: {Reason}")]
    public static partial void SnapshotFailed(ILogger logger, string logName, string reason, Exception? exception);

    [LoggerMessage(206, LogLevel.Warning, "Log {LogName} could not be closed in order")]
    public static partial void LogNotClosed(ILogger logger, string logName, Exception exception);

    [LoggerMessage(207, LogLevel.Warning, "Log {LogName} belongs to no topic; it was left by a creation or deletion that did not end, and is removed")]
    public static partial void LogWithoutTopic(ILogger logger, string logName);

    [LoggerMessage(208, LogLevel.Warning, "Log {LogName} could not be removed; it is tried again at the next start")]
    public static partial void LogNotDeleted(ILogger logger, string logName, Exception exception);

    [LoggerMessage(209, LogLevel.Debug, "Log {LogName} is still offline: {Reason}")]
    public static partial void LogNotOpenedAgain(ILogger logger, string logName, string reason);

    [LoggerMessage(210, LogLevel.Debug, "Log {LogName}: another turn failed: {Reason}")]
    public static partial void TurnFailedAgain(ILogger logger, string logName, string reason);

    [LoggerMessage(211, LogLevel.Information, "Log {LogName} takes records again")]
    public static partial void AppendsAgain(ILogger logger, string logName);

    [LoggerMessage(212, LogLevel.Information, "Log {LogName} is open again")]
    public static partial void LogOnlineAgain(ILogger logger, string logName);

    [LoggerMessage(213, LogLevel.Error, "Log {LogName}: a reply could not be given to the request that waits for it")]
    public static partial void ReplyFailed(ILogger logger, string logName, Exception exception);

    [LoggerMessage(214, LogLevel.Error, "A deadline could not be told to the one who waits for it")]
    public static partial void DeadlineFailed(ILogger logger, Exception exception);

    [LoggerMessage(215, LogLevel.Error, "Log {LogName} has a hole: {Reason}")]
    public static partial void LogHasHole(ILogger logger, string logName, string reason);

    [LoggerMessage(216, LogLevel.Error, "Log {LogName} is served to readers only: {Reason}")]
    public static partial void LogReadOnly(ILogger logger, string logName, string reason);

    [LoggerMessage(217, LogLevel.Error, "{TopicPartition}: offset {Offset} could not be read: {Reason} ({Suppressed} lines like this one were left out)")]
    public static partial void ReadFailed(ILogger logger, string topicPartition, long offset, string reason, long suppressed);

    [LoggerMessage(218, LogLevel.Warning, "In the data folder: {Remark}")]
    public static partial void StoreRemark(ILogger logger, string remark);

    [LoggerMessage(219, LogLevel.Error, "Log {LogName} belongs to no topic that the catalog knows or has deleted, and is not empty or cannot be read: it is left alone. Put the catalog back that it belongs to, or remove its folder if its records are not wanted")]
    public static partial void StrayLogKept(ILogger logger, string logName);

    [LoggerMessage(220, LogLevel.Error, "Log {LogName}: what follows from its turns could not be handed on; it is asked for again when the log is opened the next time")]
    public static partial void EffectsFailed(ILogger logger, string logName, Exception exception);

    [LoggerMessage(300, LogLevel.Debug, "Connection from {Peer} opened")]
    public static partial void ConnectionOpened(ILogger logger, System.Net.IPEndPoint peer);

    [LoggerMessage(301, LogLevel.Debug, "Connection from {Peer} closed: {Reason}")]
    public static partial void ConnectionClosed(ILogger logger, System.Net.IPEndPoint peer, string reason);

    [LoggerMessage(302, LogLevel.Warning, "Connection from {Peer} closed: {Reason} ({Suppressed} lines like this one were left out)")]
    public static partial void ConnectionRefused(ILogger logger, System.Net.IPEndPoint peer, string reason, long suppressed);

    [LoggerMessage(303, LogLevel.Error, "A request {Api} version {Version} from {Peer} failed; the connection is closed")]
    public static partial void RequestFailed(ILogger logger, Semel.Protocol.ApiKey api, short version, System.Net.IPEndPoint peer, Exception exception);

    [LoggerMessage(304, LogLevel.Error, "Connections cannot be accepted at the moment: {Reason} ({Suppressed} lines like this one were left out)")]
    public static partial void AcceptFailed(ILogger logger, string reason, long suppressed);

    [LoggerMessage(305, LogLevel.Error, "Connections that are late could not be looked for")]
    public static partial void SweepFailed(ILogger logger, Exception exception);

    [LoggerMessage(306, LogLevel.Error, "Connection from {Peer} could not be ended in order")]
    public static partial void SessionNotEnded(ILogger logger, System.Net.IPEndPoint peer, Exception exception);

    [LoggerMessage(400, LogLevel.Debug, "{TopicPartition}: producer {ProducerId} epoch {Epoch} sent sequences {FirstSequence} to {LastSequence} again; acknowledged at offset {BaseOffset}")]
    public static partial void Duplicate(ILogger logger, string topicPartition, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, int firstSequence, int lastSequence, long baseOffset);

    [LoggerMessage(401, LogLevel.Information, "{TopicPartition}: producer {ProducerId} epoch {Epoch} sent sequences {FirstSequence} to {LastSequence} out of order, refused ({Decision}; {Suppressed} lines like this one were left out)")]
    public static partial void OutOfOrder(ILogger logger, string topicPartition, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, int firstSequence, int lastSequence, Semel.Machines.Partition.SequenceDecision decision, long suppressed);

    [LoggerMessage(402, LogLevel.Information, "{TopicPartition}: producer {ProducerId} is fenced in epoch {Epoch}: a newer epoch has written here ({Suppressed} lines like this one were left out)")]
    public static partial void StaleEpoch(ILogger logger, string topicPartition, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, long suppressed);

    [LoggerMessage(403, LogLevel.Information, "{TopicPartition}: a batch was refused with {Error}: {Reason} ({Suppressed} lines like this one were left out)")]
    public static partial void BatchRefused(ILogger logger, string topicPartition, Semel.Protocol.ErrorCode error, string reason, long suppressed);

    [LoggerMessage(406, LogLevel.Error, "A transactional batch could not be dispatched")]
    public static partial void AdmissionFailed(ILogger logger, Exception exception);

    [LoggerMessage(407, LogLevel.Warning, "{TopicPartition}: producer {ProducerId} epoch {Epoch} was refused, because a transaction of a lower epoch of it is still open there ({Suppressed} lines like this one were left out)")]
    public static partial void TransactionInTheWay(ILogger logger, string topicPartition, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, long suppressed);

    [LoggerMessage(408, LogLevel.Warning, "{TopicPartition}: a transaction of producer {ProducerId} epoch {Epoch} was open for longer than any may be, and no coordinator knows it: it was aborted here")]
    public static partial void HangingTransactionAborted(ILogger logger, string topicPartition, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch);

    [LoggerMessage(409, LogLevel.Warning, "{TopicPartition}: a transaction of producer {ProducerId} epoch {Epoch} is open for longer than any may be; no coordinator knows it, and it could not be aborted here ({Error}). It is tried again.")]
    public static partial void HangingTransactionStays(ILogger logger, string topicPartition, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, Semel.Protocol.ErrorCode error);

    [LoggerMessage(230, LogLevel.Debug, "Log {LogName} compacted up to offset {UpToOffset}: {BytesBefore} bytes became {BytesAfter} in {Milliseconds:0.0} ms")]
    public static partial void LogCompacted(ILogger logger, string logName, long upToOffset, long bytesBefore, long bytesAfter, double milliseconds);

    [LoggerMessage(231, LogLevel.Warning, "Log {LogName} could not be compacted, so it grows until it can; it is tried again with each new segment: {Reason}")]
    public static partial void LogNotCompacted(ILogger logger, string logName, string reason, Exception? exception);

    [LoggerMessage(404, LogLevel.Debug, "Producer ids {First} to {Last} reserved")]
    public static partial void ProducerIdsReserved(ILogger logger, long first, long last);

    [LoggerMessage(405, LogLevel.Error, "{TopicPartition}: a batch could not be checked")]
    public static partial void CheckFailed(ILogger logger, string topicPartition, Exception exception);

    [LoggerMessage(503, LogLevel.Warning, "Topic {Topic} was created with {Remark}")]
    public static partial void TopicConfigWithoutEffect(ILogger logger, string topic, string remark);

    [LoggerMessage(500, LogLevel.Information, "Topic {Topic} created with {Partitions} partitions, id {TopicId}")]
    public static partial void TopicCreated(ILogger logger, string topic, int partitions, Semel.Protocol.TopicId topicId);

    [LoggerMessage(501, LogLevel.Information, "Topic {Topic} deleted, id {TopicId}")]
    public static partial void TopicDeleted(ILogger logger, string topic, Semel.Protocol.TopicId topicId);

    [LoggerMessage(502, LogLevel.Information, "{TopicPartition}: records below offset {Offset} deleted")]
    public static partial void RecordsDeleted(ILogger logger, string topicPartition, long offset);

    [LoggerMessage(504, LogLevel.Error, "Topic {Topic}, which the broker needs for itself, could not be made: {Reason}")]
    public static partial void StateTopicNotMade(ILogger logger, string topic, string? reason);

    [LoggerMessage(505, LogLevel.Warning, "Topic {Topic} has {Partitions} partitions and keeps them: the setting says {Wanted}, which counts when the topic is made")]
    public static partial void StateTopicKeepsPartitions(ILogger logger, string topic, int partitions, int wanted);

    [LoggerMessage(600, LogLevel.Warning, "Transaction of '{TransactionalId}' (producer {ProducerId} epoch {Epoch}) was open for {OpenMs} ms, longer than its producer asked for: it is aborted in {Participants} participants, and the epoch is raised")]
    public static partial void TransactionTimedOut(ILogger logger, Semel.Protocol.TransactionalId transactionalId, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, long openMs, int participants);

    [LoggerMessage(601, LogLevel.Information, "Transaction of '{TransactionalId}' (producer {ProducerId} epoch {Epoch}), open for {OpenMs} ms, is aborted in {Participants} participants: its producer was initialised again")]
    public static partial void TransactionReplaced(ILogger logger, Semel.Protocol.TransactionalId transactionalId, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, long openMs, int participants);

    [LoggerMessage(602, LogLevel.Warning, "Transaction of '{TransactionalId}' (producer {ProducerId} epoch {Epoch}), open for {OpenMs} ms, is aborted in {Participants} participants: a marker for it was asked for from outside")]
    public static partial void TransactionAborted(ILogger logger, Semel.Protocol.TransactionalId transactionalId, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, long openMs, int participants);

    [LoggerMessage(603, LogLevel.Debug, "Transactional id '{TransactionalId}' (producer {ProducerId}) was not used for {IdleMs} ms and is forgotten")]
    public static partial void TransactionalIdExpired(ILogger logger, Semel.Protocol.TransactionalId transactionalId, Semel.Protocol.ProducerId producerId, long idleMs);

    [LoggerMessage(604, LogLevel.Warning, "Transaction of '{TransactionalId}' (producer {ProducerId} epoch {Epoch}): {Topic}-{Partition} knows a newer epoch already, so nothing of it can be open there: somebody else has written a marker for this producer")]
    public static partial void ParticipantMovedOn(ILogger logger, Semel.Protocol.TransactionalId transactionalId, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, string topic, int partition);

    [LoggerMessage(605, LogLevel.Error, "Transaction of '{TransactionalId}' (producer {ProducerId} epoch {Epoch}) is decided and cannot be ended in {Topic}-{Partition}, which answers {Error}: the id takes no more until the broker is started again, which tries it once more")]
    public static partial void TransactionHalted(ILogger logger, Semel.Protocol.TransactionalId transactionalId, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, string topic, int partition, Semel.Protocol.ErrorCode error);

    [LoggerMessage(606, LogLevel.Error, "Transaction of '{TransactionalId}': {Topic}-{Partition} could not be told its end; it is tried again")]
    public static partial void ParticipantFailed(ILogger logger, Semel.Protocol.TransactionalId transactionalId, string topic, int partition, Exception exception);

    [LoggerMessage(607, LogLevel.Error, "Log {LogName}: what its coordinator asked for could not be carried out")]
    public static partial void EffectFailed(ILogger logger, string logName, Exception exception);

    [LoggerMessage(608, LogLevel.Warning, "Transaction of '{TransactionalId}' (producer {ProducerId} epoch {Epoch}) is decided, and could not be ended yet in {Topic}-{Partition}, which answers {Error}: it is tried on, and the id takes nothing else meanwhile")]
    public static partial void TransactionDelayed(ILogger logger, Semel.Protocol.TransactionalId transactionalId, Semel.Protocol.ProducerId producerId, Semel.Protocol.ProducerEpoch epoch, string topic, int partition, Semel.Protocol.ErrorCode error);
}
