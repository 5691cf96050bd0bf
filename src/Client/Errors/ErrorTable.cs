using System.Collections.Frozen;
using static Semel.Client.ErrorClass;

namespace Semel.Client.Errors;

/// <summary>
/// Every error code that a broker may answer, and what it means to this client: one row each, read by whoever gets an answer. Where a producer or a consumer
/// deliberately does otherwise than a question would, the row says so. A code that is not here came from a newer broker: it is never success, it is not taken
/// to pass, and nothing is known about what was done.
/// </summary>
internal static class ErrorTable
{
    // What may pass, and what does not.
    static readonly ErrorRow InAMoment = new(Passes: true, IsMetadataOld: false, Retriable);
    static readonly ErrorRow Elsewhere = new(Passes: true, IsMetadataOld: true, Retriable);
    static readonly ErrorRow NotAsConfigured = new(Passes: false, IsMetadataOld: false, Config);
    static readonly ErrorRow OfThisTransaction = new(Passes: false, IsMetadataOld: false, Abortable);
    static readonly ErrorRow OfTheseSequences = new(Passes: false, IsMetadataOld: false, Retriable);
    static readonly ErrorRow Final = new(Passes: false, IsMetadataOld: false, Application);

    static readonly FrozenDictionary<ErrorCode, ErrorRow> Rows = new Dictionary<ErrorCode, ErrorRow>
    {
        [ErrorCode.None] = Final.WhenProducing(ProduceReaction.Succeed).WhenFetching(FetchReaction.Data).InGroups(MemberReaction.Confirmed, CommitReaction.Succeed),
        // The broker cannot say what is wrong. A question is not repeated for it: nobody would wait that long. Records are worth a few attempts.
        [ErrorCode.UnknownServerError] = Final.WhenProducing(ProduceReaction.RetryFewTimes, appended: true),

        // Who leads, and which topic it is.
        [ErrorCode.UnknownTopicOrPartition] = Elsewhere.WhenProducing(ProduceReaction.RetryUnknownTopic),
        [ErrorCode.UnknownTopicId] = Elsewhere.WhenProducing(ProduceReaction.RetryUnknownTopic).InGroups(MemberReaction.FindCoordinator, CommitReaction.LookUpTopic),
        [ErrorCode.InconsistentTopicId] = Elsewhere.WhenProducing(ProduceReaction.RetryUnknownTopic).InGroups(MemberReaction.FindCoordinator, CommitReaction.LookUpTopic),
        [ErrorCode.LeaderNotAvailable] = Elsewhere.NotAppended(),
        // A leader that appends, waits for its followers and is deposed meanwhile answers this too, and the new leader may have the batch.
        [ErrorCode.NotLeaderOrFollower] = Elsewhere,
        [ErrorCode.FencedLeaderEpoch] = Elsewhere.NotAppended(),
        // The broker is behind our metadata, not the other way round (KIP-320). A producer names no epoch: it is the one who is out of date.
        [ErrorCode.UnknownLeaderEpoch] = Elsewhere.NotAppended().WhenFetching(FetchReaction.Retry),
        [ErrorCode.BrokerNotAvailable] = Elsewhere,
        [ErrorCode.ReplicaNotAvailable] = Elsewhere,
        [ErrorCode.ListenerNotFound] = Elsewhere,
        [ErrorCode.PreferredLeaderNotAvailable] = Elsewhere,
        [ErrorCode.EligibleLeadersNotAvailable] = Elsewhere,
        [ErrorCode.FetchSessionTopicIdError] = Elsewhere,
        [ErrorCode.NotController] = Elsewhere,
        // Other disks, or another broker, may have it.
        [ErrorCode.KafkaStorageError] = Elsewhere,

        // The same broker will know better.
        [ErrorCode.RequestTimedOut] = InAMoment,
        [ErrorCode.NetworkException] = InAMoment.InGroups(MemberReaction.FindCoordinator, CommitReaction.FindCoordinator),
        [ErrorCode.CoordinatorLoadInProgress] = InAMoment.InGroups(MemberReaction.Wait, CommitReaction.Retry),
        [ErrorCode.CoordinatorNotAvailable] = InAMoment.InGroups(MemberReaction.FindCoordinator, CommitReaction.FindCoordinator),
        [ErrorCode.NotCoordinator] = InAMoment.InGroups(MemberReaction.FindCoordinator, CommitReaction.FindCoordinator),
        [ErrorCode.NotEnoughReplicas] = InAMoment.NotAppended(),
        [ErrorCode.NotEnoughReplicasAfterAppend] = InAMoment,
        [ErrorCode.ThrottlingQuotaExceeded] = InAMoment.NotAppended(),
        // A follower is behind its leader (KIP-392).
        [ErrorCode.OffsetNotAvailable] = InAMoment,
        [ErrorCode.UnstableOffsetCommit] = InAMoment,
        [ErrorCode.FetchSessionIdNotFound] = InAMoment,
        [ErrorCode.InvalidFetchSessionEpoch] = InAMoment,

        // A position in a log. No other answer moves one.
        [ErrorCode.OffsetOutOfRange] = Final.WhenFetching(FetchReaction.OutOfRange),
        [ErrorCode.OffsetMovedToTieredStorage] = Final,
        [ErrorCode.PositionOutOfRange] = Final,
        // Bytes that were damaged on their way are sent again; bytes that are damaged in the log are fetched again, perhaps from elsewhere; a question only
        // gets the same answer.
        [ErrorCode.CorruptMessage] = Final.WhenProducing(ProduceReaction.Reencode).WhenFetching(FetchReaction.Corrupt),

        // Records that the broker does not take.
        [ErrorCode.MessageTooLarge] = Final.WhenProducing(ProduceReaction.Split),
        [ErrorCode.RecordListTooLarge] = Final.WhenProducing(ProduceReaction.Split),
        [ErrorCode.InvalidTimestamp] = Final.WhenProducing(ProduceReaction.RejectRecords),
        [ErrorCode.UnsupportedForMessageFormat] = Final.WhenProducing(ProduceReaction.RejectRecords),
        [ErrorCode.UnsupportedCompressionType] = Final.WhenProducing(ProduceReaction.RejectRecords),
        [ErrorCode.InvalidRecord] = Final.WhenProducing(ProduceReaction.RejectRecords),
        // Of a producer the records, of everybody else the request is against a policy.
        [ErrorCode.PolicyViolation] = NotAsConfigured.WhenProducing(ProduceReaction.RejectRecords),

        // Sequences. The answer says what the broker expected; only a producer can make something of it.
        [ErrorCode.OutOfOrderSequenceNumber] = OfTheseSequences.WhenProducing(ProduceReaction.OutOfOrder),
        [ErrorCode.UnknownProducerId] = OfTheseSequences.WhenProducing(ProduceReaction.OutOfOrder),
        [ErrorCode.InvalidProducerIdMapping] = OfTheseSequences.WhenProducing(ProduceReaction.OutOfOrder),
        [ErrorCode.DuplicateSequenceNumber] = Final.WhenProducing(ProduceReaction.Succeed),
        [ErrorCode.InvalidProducerEpoch] = OfTheseSequences.WhenProducing(ProduceReaction.StaleEpoch),
        [ErrorCode.ProducerFenced] = new ErrorRow(Passes: false, IsMetadataOld: false, Fenced).NotAppended(),

        // Transactions.
        [ErrorCode.InvalidTxnState] = OfThisTransaction.NotAppended(),
        [ErrorCode.TransactionAbortable] = OfThisTransaction.NotAppended(),
        [ErrorCode.ConcurrentTransactions] = OfThisTransaction.WhenProducing(ProduceReaction.AwaitEnd),
        [ErrorCode.TransactionCoordinatorFenced] = Final,
        [ErrorCode.TransactionalIdNotFound] = Final,

        // Rights, names and settings: nothing changes before somebody changes something.
        [ErrorCode.TopicAuthorizationFailed] = NotAsConfigured.NotAppended().WhenFetching(FetchReaction.NotAuthorized),
        [ErrorCode.GroupAuthorizationFailed] = NotAsConfigured,
        // No topic is written to without this right, and perhaps none is read: it is not one batch's trouble.
        [ErrorCode.ClusterAuthorizationFailed] = NotAsConfigured.WhenProducing(ProduceReaction.FailEverything),
        [ErrorCode.TransactionalIdAuthorizationFailed] = NotAsConfigured.NotAppended(),
        [ErrorCode.DelegationTokenAuthorizationFailed] = NotAsConfigured,
        [ErrorCode.SaslAuthenticationFailed] = NotAsConfigured,
        [ErrorCode.SecurityDisabled] = NotAsConfigured,
        [ErrorCode.UnsupportedSaslMechanism] = NotAsConfigured,
        [ErrorCode.IllegalSaslState] = NotAsConfigured,
        [ErrorCode.InvalidTopicException] = NotAsConfigured.NotAppended(),
        [ErrorCode.InvalidRequiredAcks] = NotAsConfigured.NotAppended(),
        [ErrorCode.UnsupportedVersion] = NotAsConfigured.NotAppended().InGroups(MemberReaction.OtherProtocol, CommitReaction.Surface),
        [ErrorCode.InvalidConfig] = NotAsConfigured,
        [ErrorCode.InvalidGroupId] = NotAsConfigured,
        [ErrorCode.InvalidSessionTimeout] = NotAsConfigured,
        [ErrorCode.InvalidTransactionTimeout] = NotAsConfigured,
        [ErrorCode.InvalidPrincipalType] = NotAsConfigured,
        [ErrorCode.UnacceptableCredential] = NotAsConfigured,
        [ErrorCode.InvalidRegularExpression] = NotAsConfigured,
        [ErrorCode.TopicDeletionDisabled] = NotAsConfigured,
        [ErrorCode.DelegationTokenAuthDisabled] = NotAsConfigured,

        // What was asked for is refused, and asking again brings the same; the application may know why.
        [ErrorCode.InvalidRequest] = Final,
        [ErrorCode.InvalidFetchSize] = Final,
        [ErrorCode.TopicAlreadyExists] = Final,
        [ErrorCode.InvalidPartitions] = Final,
        [ErrorCode.InvalidReplicationFactor] = Final,
        [ErrorCode.InvalidReplicaAssignment] = Final,
        [ErrorCode.OperationNotAttempted] = Final,
        [ErrorCode.ResourceNotFound] = Final,
        [ErrorCode.DuplicateResource] = Final,
        [ErrorCode.LogDirNotFound] = Final,
        [ErrorCode.ReassignmentInProgress] = Final,
        [ErrorCode.NoReassignmentInProgress] = Final,
        [ErrorCode.ElectionNotNeeded] = Final,
        [ErrorCode.FeatureUpdateFailed] = Final,
        [ErrorCode.InvalidUpdateVersion] = Final,
        [ErrorCode.PrincipalDeserializationFailure] = Final,
        [ErrorCode.MismatchedEndpointType] = Final,
        [ErrorCode.UnsupportedEndpointType] = Final,
        [ErrorCode.RebootstrapRequired] = Final,
        [ErrorCode.InconsistentClusterId] = Final,
        [ErrorCode.DelegationTokenNotFound] = Final,
        [ErrorCode.DelegationTokenOwnerMismatch] = Final,
        [ErrorCode.DelegationTokenRequestNotAllowed] = Final,
        [ErrorCode.DelegationTokenExpired] = Final,

        // Groups: answers to members and to those who commit; to a question about a group they are final.
        [ErrorCode.OffsetMetadataTooLarge] = Final,
        [ErrorCode.InvalidCommitOffsetSize] = Final,
        [ErrorCode.IllegalGeneration] = Final.InGroups(MemberReaction.LoseEpoch, CommitReaction.Fail),
        [ErrorCode.InconsistentGroupProtocol] = Final.InGroups(MemberReaction.OtherProtocol, CommitReaction.Surface),
        [ErrorCode.UnknownMemberId] = Final.InGroups(MemberReaction.LoseMember, CommitReaction.Fail),
        [ErrorCode.RebalanceInProgress] = Final.InGroups(MemberReaction.Rejoin, CommitReaction.AwaitRebalance),
        [ErrorCode.NonEmptyGroup] = Final,
        [ErrorCode.GroupIdNotFound] = Final.InGroups(MemberReaction.OtherProtocol, CommitReaction.Fail),
        [ErrorCode.MemberIdRequired] = Final.InGroups(MemberReaction.TakeMemberId, CommitReaction.Surface),
        [ErrorCode.GroupMaxSizeReached] = Final,
        [ErrorCode.FencedInstanceId] = Final,
        [ErrorCode.GroupSubscribedToTopic] = Final,
        [ErrorCode.FencedMemberEpoch] = Final.InGroups(MemberReaction.LoseEpoch, CommitReaction.Fail),
        [ErrorCode.UnreleasedInstanceId] = Final.InGroups(MemberReaction.AwaitRelease, CommitReaction.Surface),
        [ErrorCode.UnsupportedAssignor] = Final,
        [ErrorCode.StaleMemberEpoch] = Final.InGroups(MemberReaction.Wait, CommitReaction.AwaitEpoch),
        [ErrorCode.GroupDeletionFailed] = Final,
        [ErrorCode.InvalidRecordState] = Final,
        [ErrorCode.ShareSessionNotFound] = Final,
        [ErrorCode.InvalidShareSessionEpoch] = Final,
        [ErrorCode.ShareSessionLimitReached] = Final,
        [ErrorCode.FencedStateEpoch] = Final,
        [ErrorCode.StreamsInvalidTopology] = Final,
        [ErrorCode.StreamsInvalidTopologyEpoch] = Final,
        [ErrorCode.StreamsTopologyFenced] = Final,
        [ErrorCode.StreamsTopologyDescriptionUpdateFailed] = Final,

        // What brokers and controllers say to each other.
        [ErrorCode.StaleControllerEpoch] = Final,
        [ErrorCode.StaleBrokerEpoch] = Final,
        [ErrorCode.InconsistentVoterSet] = Final,
        [ErrorCode.SnapshotNotFound] = Final,
        [ErrorCode.DuplicateBrokerRegistration] = Final,
        [ErrorCode.BrokerIdNotRegistered] = Final,
        [ErrorCode.IneligibleReplica] = Final,
        [ErrorCode.NewLeaderElected] = Final,
        [ErrorCode.UnknownControllerId] = Final,
        [ErrorCode.ControllerIdNotRegistered] = Final,
        [ErrorCode.UnknownSubscriptionId] = Final,
        [ErrorCode.TelemetryTooLarge] = Final,
        [ErrorCode.InvalidRegistration] = Final,
        [ErrorCode.InvalidVoterKey] = Final,
        [ErrorCode.DuplicateVoter] = Final,
        [ErrorCode.VoterNotFound] = Final,
    }.ToFrozenDictionary();

    /// <summary>No answer came to a request that may have been carried out.</summary>
    public static readonly ErrorRow Unanswered = Elsewhere;

    /// <summary>Not one byte of the request was written.</summary>
    public static readonly ErrorRow Unsent = Elsewhere.NotAppended();

    public static ErrorRow Of(ErrorCode code) => Rows.GetValueOrDefault(code, Final);

    /// <summary>Whether the code has a row of its own.</summary>
    public static bool Knows(ErrorCode code) => Rows.ContainsKey(code);
}
