namespace Semel.Cli.Demo.Transactions;

/// <summary>Which transactions there are and what happens to them: all of it follows from the seed.</summary>
public static class TransactionPlan
{
    /// <summary>Each of the rare ones happens at least so often.</summary>
    const int EachAtLeast = 2;

    static readonly TransactionScript[] Usual = [TransactionScript.Commit, TransactionScript.Commit, TransactionScript.Commit, TransactionScript.Abort, TransactionScript.CommitAnswerLost,
        TransactionScript.AbortAnswerLost, TransactionScript.HeldEndInTheNext, TransactionScript.ZombieWakesUp];

    static readonly TransactionScript[] Kills = [TransactionScript.KilledBeforeTheEnd, TransactionScript.KilledAtTheEnd];

    /// <param name="scripts">How many; at least 32, so that each kind is there under both protocols.</param>
    public static IReadOnlyList<(TransactionScript Script, TransactionProtocol Protocol)> For(int scripts, long seed)
    {
        var random = new Random(HashCode(seed));
        var planned = new List<(TransactionScript, TransactionProtocol)>();
        foreach (var script in Usual.Concat(Kills).Distinct())
            for (var time = 0; time < EachAtLeast; time++) planned.Add((script, time % 2 == 0 ? TransactionProtocol.Old : TransactionProtocol.New));
        while (planned.Count < scripts) planned.Add((Usual[random.Next(Usual.Length)], (TransactionProtocol)random.Next(2)));
        for (var last = planned.Count - 1; last > 0; last--)
        {
            var other = random.Next(last + 1);
            (planned[last], planned[other]) = (planned[other], planned[last]);
        }
        return planned;
    }

    // Not the runtime's own, which another version may change: the same seed is the same run.
    static int HashCode(long seed) => unchecked((int)(seed ^ (seed >> 32)));
}
