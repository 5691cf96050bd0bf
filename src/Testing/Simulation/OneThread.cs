namespace Semel.Testing.Simulation;

/// <summary>A simulated run stays on the thread that began it.</summary>
internal static class OneThread
{
    /// <summary>Runs without the caller's context, which would send what follows upon an append to another thread.</summary>
    public static SimulationReport Run(Func<SimulationReport> run)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
