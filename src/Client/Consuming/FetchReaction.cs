namespace Semel.Client.Consuming;

/// <summary>What a fetch answer's error code asks for.</summary>
internal enum FetchReaction
{
    Data,
    /// <summary>Another broker leads, or will: ask for the metadata and try again.</summary>
    RefreshMetadata,
    /// <summary>The same broker will know better in a moment.</summary>
    Retry,
    /// <summary>The position is not in the log.</summary>
    OutOfRange,
    /// <summary>Damage on the broker's side: worth another try or two, perhaps elsewhere.</summary>
    Corrupt,
    /// <summary>No right to read: tell the application, and look again now and then, since rights are given at run time.</summary>
    NotAuthorized,
    /// <summary>Everything else, and numbers that a newer broker may send: tell the application and try again.</summary>
    Report,
}

internal static class FetchReactions
{
    public static FetchReaction To(ErrorCode code) => code switch
    {
        ErrorCode.None => FetchReaction.Data,
        ErrorCode.OffsetOutOfRange => FetchReaction.OutOfRange,
        ErrorCode.CorruptMessage => FetchReaction.Corrupt,
        ErrorCode.TopicAuthorizationFailed => FetchReaction.NotAuthorized,
        ErrorCode.NotLeaderOrFollower or ErrorCode.LeaderNotAvailable or ErrorCode.ReplicaNotAvailable or ErrorCode.BrokerNotAvailable
            or ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId or ErrorCode.InconsistentTopicId or ErrorCode.FencedLeaderEpoch
            or ErrorCode.KafkaStorageError or ErrorCode.ListenerNotFound or ErrorCode.FetchSessionTopicIdError => FetchReaction.RefreshMetadata,
        // The broker is behind our metadata, not the other way round (KIP-320); or a follower is behind its leader (KIP-392).
        ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable or ErrorCode.RequestTimedOut or ErrorCode.ThrottlingQuotaExceeded => FetchReaction.Retry,
        _ => FetchReaction.Report,
    };
}
