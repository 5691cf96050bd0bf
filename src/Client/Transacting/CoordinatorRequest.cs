using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>The requests of a transaction besides Produce.</summary>
internal enum CoordinatorRequestKind
{
    InitProducerId,
    AddPartitions,
    AddOffsets,
    TxnOffsetCommit,
    EndTxn,
}

/// <summary>One request to the coordinator of the transactional id, or of a group.</summary>
/// <param name="Identity">Under which it is sent; none claims the transactional id from whoever has it.</param>
/// <param name="TransactionVersion">transaction.version as the transaction has it: it limits the versions of the request.</param>
internal abstract record CoordinatorRequest(CoordinatorRequestKind Kind, ProducerIdentity Identity, short TransactionVersion);

internal sealed record InitProducerRequest(ProducerIdentity Identity, short TransactionVersion)
    : CoordinatorRequest(CoordinatorRequestKind.InitProducerId, Identity, TransactionVersion);

internal sealed record AddPartitionsRequest(ProducerIdentity Identity, short TransactionVersion, IReadOnlyList<TopicPartition> Partitions)
    : CoordinatorRequest(CoordinatorRequestKind.AddPartitions, Identity, TransactionVersion);

internal sealed record AddOffsetsRequest(ProducerIdentity Identity, short TransactionVersion, string GroupId)
    : CoordinatorRequest(CoordinatorRequestKind.AddOffsets, Identity, TransactionVersion);

internal sealed record CommitOffsetsRequest(ProducerIdentity Identity, short TransactionVersion, ConsumerGroupMetadata Group,
    IReadOnlyList<OffsetToSend> Offsets)
    : CoordinatorRequest(CoordinatorRequestKind.TxnOffsetCommit, Identity, TransactionVersion);

internal sealed record EndTransactionRequest(ProducerIdentity Identity, short TransactionVersion, bool IsCommit)
    : CoordinatorRequest(CoordinatorRequestKind.EndTxn, Identity, TransactionVersion);

/// <summary>The next offset to read of one partition.</summary>
/// <param name="TopicId">Whose offset it is; none when the broker names topics only.</param>
internal readonly record struct OffsetToSend(TopicPartition Partition, long Offset, TopicId TopicId, int LeaderEpoch = -1, string? Metadata = null);

/// <summary>What a coordinator said about one partition.</summary>
internal readonly record struct PartitionCode(TopicPartition Partition, ErrorCode Code);

/// <summary>How a request to a coordinator ended.</summary>
/// <param name="Kind">Not sent: not one byte left the process; the code says why when whoever knows the coordinators refused.</param>
internal sealed record CoordinatorAnswer(AnswerKind Kind, ErrorCode Code)
{
    public string? Message { get; init; }
    /// <summary>The id and epoch to go on with; none when the answer has none.</summary>
    public ProducerIdentity Granted { get; init; } = ProducerIdentity.None;
    /// <summary>One for each partition that the request named, where it named any.</summary>
    public IReadOnlyList<PartitionCode> Partitions { get; init; } = [];

    public static CoordinatorAnswer Of(ErrorCode code, string? message = null) => new(AnswerKind.Answered, code) { Message = message };
    public static CoordinatorAnswer Grant(ProducerIdentity identity) => new(AnswerKind.Answered, ErrorCode.None) { Granted = identity };
    public static CoordinatorAnswer Unanswered(bool wasWritten, string reason) =>
        new(wasWritten ? AnswerKind.Lost : AnswerKind.NotSent, ErrorCode.NetworkException) { Message = reason };

    /// <summary>What happened, for an error's text.</summary>
    public string Describe(ErrorCode code) => Kind switch
    {
        AnswerKind.Answered => Message is null ? $"the broker answers {code}" : $"the broker answers {code} ({Message})",
        AnswerKind.Lost => $"no answer came ({Message})",
        _ => $"it could not be sent ({Message})",
    };
}
