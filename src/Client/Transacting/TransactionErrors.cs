using Semel.Client.Errors;

namespace Semel.Client.Transacting;

/// <summary>
/// What a code means in the answer to one of a transaction's requests. Codes that mean the same everywhere are looked up in the <see cref="ErrorTable"/>;
/// here stand those whose meaning depends on the request or on the protocol. Pure.
/// </summary>
internal static class TransactionErrors
{
    public static TransactionReaction Of(CoordinatorRequestKind request, ErrorCode code, short transactionVersion) => code switch
    {
        ErrorCode.None => TransactionReaction.Succeed,
        ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator => TransactionReaction.RetryElsewhere,
        ErrorCode.CoordinatorLoadInProgress or ErrorCode.RequestTimedOut or ErrorCode.NetworkException =>
            request == CoordinatorRequestKind.TxnOffsetCommit ? TransactionReaction.RetryElsewhere : TransactionReaction.Retry,
        ErrorCode.ConcurrentTransactions => TransactionReaction.RetrySoon,
        ErrorCode.UnknownTopicOrPartition when NamesPartitions(request) => TransactionReaction.RetryUnknownTopic,
        // The topic that was read is gone, or is another one now. Its offsets mean nothing to the other (KIP-1319).
        ErrorCode.UnknownTopicId or ErrorCode.InconsistentTopicId when request == CoordinatorRequestKind.TxnOffsetCommit => TransactionReaction.Abort,
        ErrorCode.OperationNotAttempted when request == CoordinatorRequestKind.AddPartitions => TransactionReaction.Retry,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed when IsInside(request) => TransactionReaction.Abort,
        ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed =>
            request == CoordinatorRequestKind.InitProducerId ? TransactionReaction.Configure : TransactionReaction.Fail,
        ErrorCode.InvalidTransactionTimeout when request == CoordinatorRequestKind.InitProducerId => TransactionReaction.Configure,
        ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced => TransactionReaction.Fence,
        ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerIdMapping => OfUnknownProducer(request, transactionVersion),
        ErrorCode.InvalidTxnState or ErrorCode.UnsupportedForMessageFormat or ErrorCode.UnsupportedVersion => TransactionReaction.Fail,
        ErrorCode.TransactionAbortable => TransactionReaction.Abort,
        _ when request == CoordinatorRequestKind.TxnOffsetCommit && OfGroup(code) is { } reaction => reaction,
        _ => OfOthers(request, code),
    };

    static bool NamesPartitions(CoordinatorRequestKind request) => request is CoordinatorRequestKind.AddPartitions or CoordinatorRequestKind.TxnOffsetCommit;

    static bool IsInside(CoordinatorRequestKind request) => request is not (CoordinatorRequestKind.InitProducerId or CoordinatorRequestKind.EndTxn);

    /// <summary>With the first protocol an id that was idle too long is healed by an abort and a new initialisation.</summary>
    static TransactionReaction OfUnknownProducer(CoordinatorRequestKind request, short transactionVersion) =>
        request == CoordinatorRequestKind.InitProducerId || VersionLimits.Raises(transactionVersion) ? TransactionReaction.Fail
            : TransactionReaction.AbortAndBump;

    static TransactionReaction? OfGroup(ErrorCode code) => code switch
    {
        ErrorCode.IllegalGeneration or ErrorCode.StaleMemberEpoch => TransactionReaction.ConfirmMembership,
        ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId or ErrorCode.RebalanceInProgress or ErrorCode.GroupIdNotFound
            or ErrorCode.FencedMemberEpoch or ErrorCode.OffsetMetadataTooLarge or ErrorCode.InvalidCommitOffsetSize => TransactionReaction.Abort,
        _ => null,
    };

    static TransactionReaction OfOthers(CoordinatorRequestKind request, ErrorCode code)
    {
        if (ErrorTable.Of(code) is { Passes: true } row) return row.IsMetadataOld ? TransactionReaction.RetryElsewhere : TransactionReaction.Retry;
        return request switch
        {
            CoordinatorRequestKind.InitProducerId => TransactionReaction.RetryFewTimesThenFail,
            // An end that may have been carried out is asked for until it is known.
            CoordinatorRequestKind.EndTxn => TransactionReaction.Retry,
            _ => TransactionReaction.RetryFewTimesThenAbort,
        };
    }
}
