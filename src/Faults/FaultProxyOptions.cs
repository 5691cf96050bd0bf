using System.Net;

namespace Semel.Faults;

/// <summary>How a proxy runs. Immutable.</summary>
public sealed record FaultProxyOptions
{
    /// <summary>Where the broker listens: an address, or a name with a port (<see cref="DnsEndPoint"/>). It need not be there yet.</summary>
    public required EndPoint Upstream { get; init; }

    /// <summary>Where clients connect; port 0 takes any that is free.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The rules to begin with, asked in this order.</summary>
    public IReadOnlyList<FaultRule> Rules { get; init; } = [];

    /// <summary>What the draws of rules with a probability come from.</summary>
    public long Seed { get; init; }

    /// <summary>For delays and for the times of events.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether broker addresses inside answers are replaced by the proxy's own, so that clients come back through it.</summary>
    public bool RewriteAddresses { get; init; } = true;

    /// <summary>A larger frame closes its connection: 1 KiB to 2 GiB - 1. Each connection holds at most one frame in each direction.</summary>
    public int MaxFrameBytes { get; init; } = 128 << 20;

    /// <summary>How many of the latest events are kept: at least 1.</summary>
    public int EventsKept { get; init; } = 10_000;

    /// <summary>Called with each event as it happens, from the connection's own flow: it must return soon and not throw.</summary>
    public Action<FaultEvent>? OnEvent { get; init; }

    /// <summary>How long a connection to the broker may take to open, and a request that is delivered later to be answered.</summary>
    public TimeSpan UpstreamTimeout { get; init; } = TimeSpan.FromSeconds(10);

    internal FaultProxyOptions Validated()
    {
        ArgumentNullException.ThrowIfNull(Upstream);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFrameBytes, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(EventsKept, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(UpstreamTimeout, TimeSpan.Zero);
        return this;
    }
}
