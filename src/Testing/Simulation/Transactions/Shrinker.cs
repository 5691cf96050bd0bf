namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// Finds the least of a run in which the same promise is broken still: clients, kinds of trouble, transactions and single faults are left out for as long as
/// it is. Bounded in its tries.
/// </summary>
internal sealed class Shrinker(ulong seed, TransactionFault fault)
{
    const int MostTries = 150, LinesShown = 80;
    int _tries;

    /// <summary>What was left out, and every event of what remains.</summary>
    public string Story(string failure)
    {
        var least = Shrink(RuleOf(failure));
        var lines = TransactionRun.Transcript(seed, fault, least);
        var begin = lines.Count > LinesShown ? lines.Count - LinesShown : 0;
        return $"the least of it ({least}), {(begin > 0 ? $"its last {LinesShown} of {lines.Count} lines" : "whole")}:\n{string.Join('\n', lines.Skip(begin))}";
    }

    /// <summary>Two failures are of the same promise when they say the same but for names and numbers.</summary>
    public static string RuleOf(string failure) => new([.. failure.Split('\n')[0].Where(static letter => !char.IsDigit(letter))]);

    public Reduction Shrink(string rule)
    {
        var least = Reduction.None;
        foreach (var kind in Enum.GetValues<TroubleKinds>()) least = Better(least, least with { Troubles = least.Troubles | kind }, rule);
        for (var slot = 0; slot < 8; slot++) least = Better(least, least with { Slots = least.Slots.Append(slot).ToHashSet() }, rule);
        foreach (var most in (ReadOnlySpan<int>)[1, 2, 4])
        {
            var fewer = least with { MostTransactions = most };
            if (!Breaks(fewer, rule, out _)) continue;
            least = fewer;
            break;
        }
        return WithoutFaults(least, rule);
    }

    Reduction Better(Reduction present, Reduction less, string rule) => Breaks(less, rule, out _) ? less : present;

    /// <summary>Single faults, in halves, quarters, and so on.</summary>
    Reduction WithoutFaults(Reduction least, string rule)
    {
        if (!Breaks(least, rule, out var struck)) return least;
        for (var size = (struck.Count + 1) / 2; size > 0 && _tries < MostTries; size = size == 1 ? 0 : (size + 1) / 2)
        {
            for (var from = 0; from < struck.Count && _tries < MostTries;)
            {
                var less = least with { Faults = least.Faults.Concat(struck.Skip(from).Take(size)).ToHashSet() };
                if (Breaks(less, rule, out var left)) (least, struck) = (less, left);
                else from += size;
            }
        }
        return least;
    }

    bool Breaks(Reduction without, string rule, out IReadOnlyList<FaultKey> struck)
    {
        struck = [];
        if (++_tries > MostTries) return false;
        using var world = new TransactionWorld(seed, fault, keepsLines: false, without);
        try
        {
            new TransactionRun(world).Run();
            return false;
        }
        catch (Exception exception)
        {
            struck = [.. world.Struck];
            return RuleOf(exception.Message) == rule;
        }
    }
}
