namespace Semel.Broker.Door;

/// <summary>The limits of connections. Validated where they are read from the broker's options.</summary>
internal sealed record DoorSettings
{
    public int MaxRequestBytes { get; init; } = 104_857_600;
    /// <summary>Of all arrays of one request together: what no client needs, whatever it asks for.</summary>
    public int MaxRequestElements { get; init; } = 100_000;
    public int MaxConnections { get; init; } = int.MaxValue;
    public int MaxConnectionsPerAddress { get; init; } = int.MaxValue;
    /// <summary>A connection without a request for this long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>A frame that has begun and gets on by less than a kilobyte, or less than a sixteenth of it, in this time closes its connection.</summary>
    public TimeSpan RequestReadTimeout { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>A peer that takes nothing of its answer for this long is dropped.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
