namespace Semel.Client.Grouping.Assignors;

/// <summary>
/// C-13: a partition that is to move is nobody's until its member has given it up, which that member does as soon as it sees that it was not given it; then it
/// joins again, and the partition is free. What two members say they have is given to nobody.
/// </summary>
internal static class CooperativeRule
{
    public static void Withhold(Claims claims, Dictionary<string, List<TopicPartition>> result)
    {
        foreach (var (member, own) in result)
            own.RemoveAll(partition => claims.IsHeldByAnother(partition, member));
    }
}
