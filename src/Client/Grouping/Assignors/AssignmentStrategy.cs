namespace Semel.Client.Grouping.Assignors;

/// <summary>How the leader of a classic group shares partitions out.</summary>
internal enum AssignmentStrategy
{
    Range,
    RoundRobin,
    Sticky,
    CooperativeSticky,
}

/// <summary>The names by which members offer strategies to each other: those of Java's clients.</summary>
internal static class AssignmentStrategies
{
    static readonly string[] Names = ["range", "roundrobin", "sticky", "cooperative-sticky"];

    public static string Name(AssignmentStrategy strategy) => Names[(int)strategy];

    public static AssignmentStrategy? Find(string name) => Array.IndexOf(Names, name) is var at && at >= 0 ? (AssignmentStrategy)at : null;

    /// <summary>Whether members keep what they have while they join (KIP-429).</summary>
    public static bool IsCooperative(AssignmentStrategy strategy) => strategy == AssignmentStrategy.CooperativeSticky;

    public static IReadOnlyList<string> All => Names;
}
