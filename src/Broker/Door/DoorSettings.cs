namespace Semel.Broker.Door;

/// <summary>The limits of connections: what of the broker's options concerns them, checked there.</summary>
internal sealed record DoorSettings
{
    /// <summary>The largest frame; a larger one closes its connection.</summary>
    public required int MaxRequestBytes { get; init; }
    /// <summary>Of all arrays of one request together: what no client needs, whatever it asks for.</summary>
    public required int MaxRequestElements { get; init; }
    public required int MaxConnections { get; init; }
    /// <summary>Why a connection above that is refused, and what helps.</summary>
    public required string MaxConnectionsReason { get; init; }
    public required int MaxConnectionsPerAddress { get; init; }
    /// <summary>A connection without a request for this long is closed.</summary>
    public required TimeSpan IdleTimeout { get; init; }
    /// <summary>A frame that has begun and gets on too little in this time closes its connection (<see cref="FrameReader"/>); so does a peer that takes nothing of its answer.</summary>
    public required TimeSpan ProgressTimeout { get; init; }
}
