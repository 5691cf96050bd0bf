namespace Semel.Testing.Simulation;

/// <summary>A promise was broken in a run. The message has the seed, how to run it again, and what happened last.</summary>
public sealed class SimulationFailedException(string message, Exception? inner = null) : Exception(message, inner);
