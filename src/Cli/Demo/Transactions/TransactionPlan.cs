namespace Semel.Cli.Demo.Transactions;

/// <summary>One scene, and how many inputs of each partition the job takes in it.</summary>
public readonly record struct PlannedScene(TransactionScene Scene, int First, int Second);

/// <summary>Which scenes there are, in which order, with how many inputs: all of it follows from the seed.</summary>
public static class TransactionPlan
{
    /// <summary>The fewest scenes there may be: each kind is among them.</summary>
    public const int Fewest = 10;

    const int MostInputs = 5;

    static readonly TransactionScene[] All = Enum.GetValues<TransactionScene>();

    /// <param name="scenes">At least <see cref="Fewest"/>.</param>
    public static IReadOnlyList<PlannedScene> For(int scenes, long seed)
    {
        var random = new Random(HashCode(seed));
        var planned = All.ToList();
        while (planned.Count < scenes) planned.Add(All[random.Next(All.Length)]);
        for (var last = planned.Count - 1; last > 0; last--)
        {
            var other = random.Next(last + 1);
            (planned[last], planned[other]) = (planned[other], planned[last]);
        }
        return [.. planned.Select(scene => new PlannedScene(scene, random.Next(1, MostInputs + 1), random.Next(1, MostInputs + 1)))];
    }

    // Not the runtime's own, which another version may change: the same seed is the same run.
    static int HashCode(long seed) => unchecked((int)(seed ^ (seed >> 32)));
}
