namespace Semel.Testing.Simulation;

/// <summary>A run of producers without transactions.</summary>
internal sealed class ProduceWorld : SimulatedWorld
{
    public ProduceWorld(ulong seed, SimulationFault fault, bool keepsLines) : base(seed, keepsLines)
    {
        Fault = fault;
        Plan = SimulationPlan.Drawn(Random);
        Disk = Plan.Disk;
        Oracle = new Oracle(this);
    }

    public SimulationFault Fault { get; }
    public SimulationPlan Plan { get; }
    public Oracle Oracle { get; }
}
