namespace Semel.Broker.Hosting;

/// <summary>What the settings of transactions and groups have to keep to together, as single values cannot tell.</summary>
internal static class CoordinatorConsistency
{
    /// <returns>The first contradiction, by the names of both settings; null when there is none.</returns>
    public static string? Refusal(BrokerOptions options)
    {
        var (groups, bounds) = (options.Groups, options.ConsumerGroupBounds);
        return NotBelow("add.partitions.to.txn.retry.backoff.max.ms", options.AddPartitionsLongestWait, "add.partitions.to.txn.retry.backoff.ms", options.AddPartitionsPause)
            ?? NotBelow("group.max.session.timeout.ms", groups.MaxSessionTimeout, "group.min.session.timeout.ms", groups.MinSessionTimeout)
            ?? Between("group.consumer", "session.timeout.ms", groups.ConsumerSessionTimeout, bounds.MinSessionTimeout, bounds.MaxSessionTimeout)
            ?? Between("group.consumer", "heartbeat.interval.ms", groups.ConsumerHeartbeatInterval, bounds.MinHeartbeatInterval, bounds.MaxHeartbeatInterval)
            ?? Between("group.consumer", "assignment.interval.ms", groups.ConsumerAssignmentInterval, bounds.MinAssignmentInterval, bounds.MaxAssignmentInterval)
            ?? (groups.ConsumerHeartbeatInterval < groups.ConsumerSessionTimeout ? null
                : $"group.consumer.heartbeat.interval.ms ({Ms(groups.ConsumerHeartbeatInterval)}) must be less than group.consumer.session.timeout.ms ({Ms(groups.ConsumerSessionTimeout)}): every member would be given up between two heartbeats");
    }

    static string? NotBelow(string name, TimeSpan value, string lowerName, TimeSpan lower) =>
        value >= lower ? null : $"{name} ({Ms(value)}) must not be less than {lowerName} ({Ms(lower)})";

    static string? Between(string prefix, string name, TimeSpan value, TimeSpan min, TimeSpan max) =>
        NotBelow($"{prefix}.max.{name}", max, $"{prefix}.min.{name}", min)
        ?? NotBelow($"{prefix}.{name}", value, $"{prefix}.min.{name}", min)
        ?? NotBelow($"{prefix}.max.{name}", max, $"{prefix}.{name}", value);

    static long Ms(TimeSpan time) => (long)time.TotalMilliseconds;
}
