namespace Semel.Client.Connections;

/// <summary>
/// A broker answers the requests of one connection one after the other, so a request that waits at the broker delays all behind it.
/// Requests that wait on purpose (fetches) therefore have connections of their own.
/// </summary>
internal enum ConnectionLane
{
    Requests,
    Fetches,
    /// <summary>Fetches that must not stand behind a waiting one.</summary>
    UrgentFetches,
    /// <summary>A group's member waits for the others there.</summary>
    Joins,
    /// <summary>A heartbeat that stood behind anything that waits would come too late.</summary>
    Heartbeats,
}
