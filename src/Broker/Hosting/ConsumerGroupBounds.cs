namespace Semel.Broker.Hosting;

/// <summary>Between what the settings of KIP-848 groups have to lie (group.consumer.min and max). The broker does not start when they do not.</summary>
public sealed record ConsumerGroupBounds
{
    public TimeSpan MinSessionTimeout { get; init; } = TimeSpan.FromSeconds(45);
    public TimeSpan MaxSessionTimeout { get; init; } = TimeSpan.FromSeconds(60);
    public TimeSpan MinHeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);
    public TimeSpan MaxHeartbeatInterval { get; init; } = TimeSpan.FromSeconds(15);
    public TimeSpan MinAssignmentInterval { get; init; } = TimeSpan.Zero;
    public TimeSpan MaxAssignmentInterval { get; init; } = TimeSpan.FromSeconds(15);
}
