namespace Semel.Client.Grouping.Assignors;

/// <summary>The names by which members offer strategies to each other: those of Java's clients.</summary>
internal static class AssignmentStrategies
{
    static readonly string[] Names = ["range", "roundrobin", "sticky", "cooperative-sticky"];

    public static string Name(PartitionAssignmentStrategy strategy) => Names[(int)strategy];

    public static PartitionAssignmentStrategy? Find(string name) => Array.IndexOf(Names, name) is var at && at >= 0 ? (PartitionAssignmentStrategy)at : null;

    /// <summary>Whether members keep what they have while they join (KIP-429).</summary>
    public static bool IsCooperative(PartitionAssignmentStrategy strategy) => strategy == PartitionAssignmentStrategy.CooperativeSticky;

    public static IReadOnlyList<string> All => Names;
}
