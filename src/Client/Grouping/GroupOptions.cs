using Semel.Client.Configuration;
using Semel.Client.Grouping.Assignors;

namespace Semel.Client.Grouping;

/// <summary>What a member of a group, or whoever commits for one, runs with: every value checked, related to the others and final.</summary>
internal sealed record GroupOptions
{
    public required string GroupId { get; init; }
    /// <summary>A static member's name (KIP-345).</summary>
    public string? InstanceId { get; init; }
    public GroupProtocol Protocol { get; init; } = GroupProtocol.Auto;
    /// <summary>The broker's assignor (KIP-848); null leaves it to the broker.</summary>
    public string? RemoteAssignor { get; init; }
    /// <summary>Of a classic group, best first; at least one.</summary>
    public IReadOnlyList<PartitionAssignmentStrategy> Strategies { get; init; } = [PartitionAssignmentStrategy.Range, PartitionAssignmentStrategy.CooperativeSticky];
    /// <summary>Of a classic member. A KIP-848 member's is the broker's, which does not tell it: 45 seconds are taken then (C-21).</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(45);
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(3);
    /// <summary>Keys that were set and have no effect in a group of KIP-848, told when one is joined.</summary>
    public IReadOnlyList<string> OnlyClassicKeys { get; init; } = [];
    public TimeSpan MaxPollInterval { get; init; } = TimeSpan.FromMinutes(5);
    public string? Rack { get; init; }
    public bool AllowAutoCreate { get; init; }
    public Backoff Retrying { get; init; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));
    /// <summary>For commits, and for other calls of the application.</summary>
    public TimeSpan ApiTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
