namespace Semel.Machines.Producers;

/// <summary>
/// Where the numbers of guards come from (<see cref="Verifications"/>). It outlives the machine, so that one that was folded anew gives none that its predecessor gave.
/// Used by one turn at a time; not thread safe.
/// </summary>
public sealed class GuardNumbers
{
    /// <summary>The greatest number that was given; 0 when none was.</summary>
    public long Last { get; private set; }

    internal long Next() => ++Last;
}
