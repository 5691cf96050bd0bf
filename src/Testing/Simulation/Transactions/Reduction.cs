namespace Semel.Testing.Simulation.Transactions;

/// <summary>What is left out of a run, to find the least in which a promise is broken still.</summary>
internal sealed record Reduction
{
    public static readonly Reduction None = new();

    /// <summary>Slots of the plan that nobody takes.</summary>
    public IReadOnlySet<int> Slots { get; init; } = new HashSet<int>();
    /// <summary>Faults that do not strike.</summary>
    public IReadOnlySet<FaultKey> Faults { get; init; } = new HashSet<FaultKey>();
    /// <summary>The process does not die, appends do not fail, connections are not cut, and so on.</summary>
    public TroubleKinds Troubles { get; init; }
    /// <summary>How many transactions each writer makes at most.</summary>
    public int MostTransactions { get; init; } = int.MaxValue;

    public override string ToString() => $"without slots [{string.Join(' ', Slots.Order())}], without {Troubles}, without {Faults.Count} single faults, "
        + $"at most {(MostTransactions == int.MaxValue ? "all" : MostTransactions)} transactions each";
}

/// <summary>Kinds of trouble that a run may have.</summary>
[Flags]
internal enum TroubleKinds
{
    None = 0,
    Crashes = 1,
    FailedAppends = 2,
    Cuts = 4,
    Pauses = 8,
    Takeovers = 16,
    WallClock = 32,
    Remakes = 64,
    Snapshots = 128,
    Aborts = 256,
    Holds = 512,
    SlowThreads = 1024,
    RepeatedMarkers = 2048,
}
