namespace Semel.Client;

/// <summary>Something that happened inside a producer and that no single record's result tells.</summary>
public abstract record ProducerEvent;

/// <summary>A broker seems to have lost records that it had acknowledged (unclean election, truncation).</summary>
/// <param name="LastAcknowledgedOffset">-1 when it is not known.</param>
public sealed record DataLossSuspected(TopicPartition TopicPartition, long LastAcknowledgedOffset, string Reason) : ProducerEvent;

/// <summary>The brokers do not offer idempotence, and it was not asked for by name: records may be stored twice from here on.</summary>
public sealed record IdempotenceDisabled(string Reason) : ProducerEvent;

/// <summary>The topic was deleted and created again. The producer asks for a new id.</summary>
public sealed record TopicRecreated(string Topic, TopicId Was, TopicId Is) : ProducerEvent;

/// <summary>
/// The brokers belong to another cluster than before: theirs came back empty, or their addresses lead elsewhere. The producer asks for a new id; a record that
/// may be in the old cluster's log is reported as such and never sent to the new one.
/// </summary>
public sealed record ClusterReplaced(string Was, string Is) : ProducerEvent;

/// <summary>The producer began its sequences anew because one partition could not go on.</summary>
public sealed record EpochBumped(TopicPartition TopicPartition, ProducerId ProducerId, ProducerEpoch Epoch) : ProducerEvent;

/// <summary>A batch reported as possibly persisted turned out to be in the log.</summary>
public sealed record LateAcknowledgement(TopicPartition TopicPartition, int RecordCount, Offset BaseOffset) : ProducerEvent;

/// <summary>A batch was too large for the broker and is sent in parts.</summary>
public sealed record BatchSplit(TopicPartition TopicPartition, int RecordCount, int SizeInBytes) : ProducerEvent;

/// <summary>
/// A partition cannot be written to, and not only for a moment: the producer goes on trying until delivery.timeout.ms. Told once per reason until a record of the
/// partition is acknowledged.
/// </summary>
/// <param name="TopicPartition">Its partition is -1 while the topic itself is not known.</param>
/// <param name="Code">What the broker answered; LeaderNotAvailable when the cluster names no leader.</param>
/// <param name="Reason">The broker's own words where it has any.</param>
public sealed record PartitionUnavailable(TopicPartition TopicPartition, ErrorCode Code, string Reason) : ProducerEvent;

/// <summary>
/// Brokers give no producer id, and not only for a moment, so nothing can be sent; the producer goes on asking. Told once per reason until one is given.
/// </summary>
public sealed record ProducerIdUnavailable(ErrorCode Code, string Reason) : ProducerEvent;

/// <summary>
/// The producer was closed, and close.timeout.ms did not suffice to deliver all that had been taken from callers. Each of these records has its own report as
/// well.
/// </summary>
/// <param name="NotPersisted">Records that certainly were not delivered.</param>
/// <param name="PossiblyPersisted">Records of which nobody knows.</param>
public sealed record RecordsGivenUp(long NotPersisted, long PossiblyPersisted) : ProducerEvent;

/// <summary>An attempt failed and is repeated.</summary>
public sealed record DeliveryRetried(TopicPartition TopicPartition, ErrorCode Code, string Reason) : ProducerEvent;
