namespace Semel.Client.Grouping.Classic;

/// <summary>How far a classic member has come in its present round.</summary>
internal enum ClassicStage
{
    Unjoined,
    /// <summary>What has to be given back before joining is being given back.</summary>
    Preparing,
    Joining,
    /// <summary>We lead, and have to know the topics of all members before partitions can be shared out.</summary>
    Leading,
    Syncing,
    /// <summary>The assignment is known; the owner may still be taking it in.</summary>
    Stable,
}
