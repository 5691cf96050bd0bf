namespace Semel.Testing.Simulation.Transactions;

/// <summary>One fault that struck: whose chance it was, and at which draw. It keeps its name when other faults are left out.</summary>
internal readonly record struct FaultKey(ulong Row, int Draw);
