namespace Semel.Testing.Simulation;

/// <summary>What happened in one run, counted.</summary>
public sealed record SimulationReport
{
    public required ulong Seed { get; init; }
    /// <summary>Over all events, in order: equal for equal runs.</summary>
    public required string Sha256 { get; init; }
    public required int Events { get; init; }
    public required SimulationCounts Counts { get; init; }
}

/// <summary>How often each thing happened: a thing that never happens is not tested.</summary>
public sealed class SimulationCounts
{
    readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long this[string what] => _counts.GetValueOrDefault(what);
    public IReadOnlyDictionary<string, long> All => _counts;

    internal void Add(string what, long count = 1) => _counts[what] = this[what] + count;

    public void Add(SimulationCounts others)
    {
        foreach (var (what, count) in others._counts) Add(what, count);
    }
}
