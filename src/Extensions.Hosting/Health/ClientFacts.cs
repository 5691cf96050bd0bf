using Semel.Client;

namespace Semel.Extensions.Hosting.Health;

/// <summary>What a client knows of itself: nothing is asked of a broker for it.</summary>
internal sealed record ClientFacts
{
    public required ConnectionSummary Connections { get; init; }
    /// <summary>Another instance has taken over, or the client is of no use any more; null when it is well.</summary>
    public string? Ended { get; init; }
    /// <summary>Partitions that are assigned; null of what is no consumer.</summary>
    public int? Assigned { get; init; }
    /// <summary>Partitions that are not read any more until somebody seeks.</summary>
    public int Stopped { get; init; }
    /// <summary>Offsets between what was finished and the ends, as far as both are known; null of what is no consumer.</summary>
    public long? Lag { get; init; }
    /// <summary>Why whoever reads has stopped; null while it reads.</summary>
    public Exception? Failure { get; init; }
    /// <summary>What an operator should know though nothing is wrong.</summary>
    public string? Hint { get; init; }
}
