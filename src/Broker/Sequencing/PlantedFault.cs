namespace Semel.Broker.Sequencing;

/// <summary>Rules that can be broken on purpose, so that the simulation proves that it notices. Never outside of tests.</summary>
internal enum PlantedFault : byte
{
    None,
    /// <summary>After a turn that failed, the machine goes on with what it believed instead of being folded anew from the log.</summary>
    MachineKeptAfterFailure,
    /// <summary>A view is shown when the append of what it counts has begun.</summary>
    ViewBeforeDurable,
}
