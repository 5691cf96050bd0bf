namespace Semel.Testing.Simulation;

/// <summary>A producer of a run: it starts by itself and writes what the plan says.</summary>
internal interface ISimulatedProducer
{
    /// <summary>All records are written and all that will be known of them is known.</summary>
    bool IsDone { get; }
}
