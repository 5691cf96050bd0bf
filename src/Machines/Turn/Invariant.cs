namespace Semel.Machines.Turn;

/// <summary>Checks that stay on in release: where the alternative is to acknowledge or show wrong data, stopping is better.</summary>
public static class Invariant
{
    public static void Check(bool holds, string invariant)
    {
        if (!holds) throw new InvariantBrokenException(invariant);
    }
}

/// <summary>A state that must not be. The partition concerned stops until it has been folded anew from its log.</summary>
public sealed class InvariantBrokenException(string invariant) : Exception($"invariant broken: {invariant}");
