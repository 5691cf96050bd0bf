namespace Semel.Client.Errors;

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
