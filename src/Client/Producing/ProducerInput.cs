namespace Semel.Client.Producing;

/// <summary>What happens to a producer, as values. The moment is given beside it.</summary>
internal abstract record ProducerInput;

/// <summary>A batch has got its first record. Batches of one partition are told in the order of their records.</summary>
internal sealed record BatchOpened(ProducerBatch Batch) : ProducerInput;

/// <summary>A batch takes no more records and its bytes are ready to be stamped and sent.</summary>
internal sealed record BatchSealed(ProducerBatch Batch, int RecordCount, int SizeInBytes) : ProducerInput;

/// <summary>The answer to <see cref="ReplaceBatch"/>: what is to be sent in its place, in order. Each is sealed.</summary>
internal sealed record BatchReplaced(ProducerBatch Original, IReadOnlyList<ProducerBatch> Fragments) : ProducerInput;

/// <summary>Which cluster the brokers say they belong to. Told before what they say about its topics.</summary>
internal sealed record ClusterSeen(string ClusterId) : ProducerInput;

/// <summary>What a broker said about a topic.</summary>
internal sealed record TopicSeen(string Topic, TopicId TopicId, ErrorCode Error, IReadOnlyList<PartitionLeader> Leaders) : ProducerInput;

/// <summary>A request was answered: one answer for each of its batches, in the request's order.</summary>
internal sealed record ProduceAnswered(long RequestId, IReadOnlyList<PartitionAnswer> Answers, TimeSpan Throttle) : ProducerInput;

/// <summary>A request will not be answered: its connection is gone, or never was there.</summary>
internal sealed record RequestLost(long RequestId, bool WasWritten, string Reason) : ProducerInput;

/// <summary>A request that asks for no answer (acks=0) was written.</summary>
internal sealed record RequestWritten(long RequestId) : ProducerInput;

/// <summary>An answer to <see cref="WithdrawRequest"/>: not one byte of the request was written, and none will be.</summary>
/// <param name="Reason">What it was waiting for.</param>
internal sealed record RequestWithdrawn(long RequestId, string Reason) : ProducerInput;

/// <summary>The other answer to <see cref="WithdrawRequest"/>: something of the request may have been written.</summary>
internal sealed record RequestBegun(long RequestId) : ProducerInput;

internal sealed record ProducerIdGranted(ProducerIdentity Identity) : ProducerInput;

/// <param name="Code">NetworkException when there was no answer.</param>
internal sealed record ProducerIdRefused(ErrorCode Code, string Reason) : ProducerInput;

/// <summary>The broker does not know the request: it is older than idempotence.</summary>
internal sealed record ProducerIdNotOffered : ProducerInput;

/// <summary>Whether somebody waits for memory: then no batch lingers.</summary>
internal sealed record MemoryWanted(bool IsWanted) : ProducerInput;

/// <summary>Everything that is left ends now, by its true state.</summary>
internal sealed record Closed(Error Reason) : ProducerInput;
