namespace Semel.Client.Grouping.Assignors;

/// <summary>A member as its subscription tells it.</summary>
/// <param name="Topics">What it wants; topics that are not there are passed over.</param>
/// <param name="Owned">What it says it has.</param>
/// <param name="Generation">Since which generation it says so; -1 when it does not say.</param>
internal sealed record AssignorMember(string MemberId, string? InstanceId, IReadOnlyCollection<string> Topics, IReadOnlyCollection<TopicPartition> Owned, int Generation);

/// <summary>Static members by their names, then the others by their ids, so that a static member keeps its place over restarts. All leaders order alike.</summary>
internal sealed class MemberOrder : IComparer<AssignorMember>
{
    public static readonly MemberOrder Instance = new();

    public int Compare(AssignorMember? left, AssignorMember? right)
    {
        if (left!.InstanceId is { } one && right!.InstanceId is { } other) return string.CompareOrdinal(one, other);
        if (left.InstanceId is not null) return -1;
        return right!.InstanceId is not null ? 1 : string.CompareOrdinal(left.MemberId, right.MemberId);
    }
}
