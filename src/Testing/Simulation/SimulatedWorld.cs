using Semel.Log.Memory;

namespace Semel.Testing.Simulation;

/// <summary>What all parts of one run share: its clock, its chance, its trace, its counts, its oracle, and whether faults are still to come.</summary>
internal sealed class SimulatedWorld : IDisposable
{
    public SimulatedWorld(ulong seed, SimulationFault fault, bool keepsLines)
    {
        Seed = seed;
        Fault = fault;
        Random = new SimulatedRandom(seed);
        Clock = new SimulatedClock();
        Trace = new EventTrace(Clock, keepsLines);
        Plan = SimulationPlan.Drawn(Random);
        Store = new MemoryLogStore(Clock);
        Oracle = new Oracle(this);
        Logger = new SimulatedLogger(this);
    }

    public ulong Seed { get; }
    public SimulationFault Fault { get; }
    public SimulatedRandom Random { get; }
    public SimulatedClock Clock { get; }
    public EventTrace Trace { get; }
    public SimulationPlan Plan { get; }
    public SimulationCounts Counts { get; } = new();
    public Oracle Oracle { get; }

    public SimulatedLogger Logger { get; }

    /// <summary>The first promise that was broken; the broker's own parts would go on after it.</summary>
    public SimulationFailedException? Failure { get; private set; }

    public void Failed(SimulationFailedException failure) => Failure ??= failure;

    /// <summary>The broker's disk: it outlives the broker.</summary>
    public MemoryLogStore Store { get; }

    /// <summary>Once true, nothing fails any more.</summary>
    public bool IsHealed { get; set; }

    /// <summary>Whether a fault that comes once in so many times comes now.</summary>
    public bool Strikes(int oneIn) => !IsHealed && Random.OneIn(oneIn);

    public void Note(string what, long first = 0, long second = 0, long third = 0)
    {
        Trace.Add(what, first, second, third);
        Counts.Add(what);
    }

    public void Dispose() => Trace.Dispose();
}
