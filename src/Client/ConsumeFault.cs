namespace Semel.Client;

/// <summary>What went wrong, or was remarkable, while reading a partition.</summary>
public enum ConsumeFault
{
    /// <summary>A broker refused for a reason that is in the error code.</summary>
    Broker,
    /// <summary>A key or a value could not be turned into an object. The position stands before the record.</summary>
    Deserialization,
    /// <summary>A batch is damaged, and was again when it was fetched again.</summary>
    CorruptRecord,
    /// <summary>A batch is compressed in a way that this client cannot read.</summary>
    UnsupportedCodec,
    /// <summary>The position is not in the log: its records were deleted, or never were.</summary>
    OffsetOutOfRange,
    /// <summary>A new leader has less than what was read: records were lost in an unclean election.</summary>
    LogTruncated,
    /// <summary>The topic was deleted and created again: offsets of the old one mean nothing in the new one.</summary>
    TopicRecreated,
    /// <summary>The broker answers with data that does not lead on from the position.</summary>
    StuckPosition,
    /// <summary>The topic or the partition does not exist.</summary>
    UnknownPartition,
    /// <summary>The client may not read the topic.</summary>
    NotAuthorized,
    /// <summary>What was finished could not be committed: others will read it again, or this group after a restart. An event, which is thrown by nobody.</summary>
    CommitFailed,
}
