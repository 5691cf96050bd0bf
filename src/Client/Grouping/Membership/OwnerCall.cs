namespace Semel.Client.Grouping.Membership;

internal enum OwnerCallKind
{
    Assigned,
    Revoked,
    Lost,
}

/// <summary>One call to whoever reads what the group assigns.</summary>
internal sealed record OwnerCall(OwnerCallKind Kind, IReadOnlyList<AssignedPartition> Partitions)
{
    /// <summary>From when its time counts.</summary>
    public TimeSpan Since { get; init; }
}
