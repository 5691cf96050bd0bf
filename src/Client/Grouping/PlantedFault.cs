namespace Semel.Client.Grouping;

/// <summary>Rules of a member that are broken on purpose, so that a simulation can be seen to find them.</summary>
internal enum PlantedFault
{
    None,
    /// <summary>An eager member joins again before it has given back what it has, and delivers it meanwhile (C-10, C-11).</summary>
    DeliversDuringRevocation,
    /// <summary>A generation that the coordinator refused costs nothing, and reading goes on.</summary>
    KeepsPartitionsAfterIllegalGeneration,
    /// <summary>The coordinator is told that partitions are given up before the owner has ended with them (C-19).</summary>
    AcknowledgesRevocationEarly,
    /// <summary>An OffsetFetch that failed is taken for a partition without an offset.</summary>
    TakesFailedFetchForNoOffset,
    /// <summary>The end of the session by our own clock is not looked at (C-15).</summary>
    IgnoresSessionEnd,
}
