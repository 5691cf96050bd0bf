using Semel.Machines.Partition;

namespace Semel.Testing.Simulation;

/// <summary>A rule that is broken on purpose, to see that the simulation notices.</summary>
public enum SimulationFault
{
    None,
    /// <summary>After an append that failed, the machine goes on with what it believed instead of being folded anew from the log.</summary>
    StateKeptAfterFailedAppend,
    /// <summary>A repeated batch is judged as if it were new.</summary>
    NoDuplicateCheck,
    /// <summary>A repeated batch is acknowledged at the end of the log.</summary>
    DuplicateAnsweredWithNewOffset,
    /// <summary>Only the four last batches are recognised.</summary>
    WindowOfFour,
    /// <summary>Sequences never begin again at 0.</summary>
    SequenceNotWrapped,
    /// <summary>A wall clock that is set forward makes producers forgotten.</summary>
    SilenceByTheWallClock,
    /// <summary>After a refusal a later batch is taken as a producer's first.</summary>
    LaterSequencesTaken,
}

internal static class SimulationFaults
{
    public static Broker.Sequencing.PlantedFault PlantedInTurns(this SimulationFault fault) =>
        fault == SimulationFault.StateKeptAfterFailedAppend ? Broker.Sequencing.PlantedFault.MachineKeptAfterFailure : Broker.Sequencing.PlantedFault.None;

    public static PlantedFault Planted(this SimulationFault fault) => fault switch
    {
        SimulationFault.NoDuplicateCheck => PlantedFault.NoDuplicateCheck,
        SimulationFault.DuplicateAnsweredWithNewOffset => PlantedFault.DuplicateAnsweredWithNewOffset,
        SimulationFault.WindowOfFour => PlantedFault.WindowOfFour,
        SimulationFault.SequenceNotWrapped => PlantedFault.SequenceNotWrapped,
        SimulationFault.SilenceByTheWallClock => PlantedFault.SilenceByTheWallClock,
        SimulationFault.LaterSequencesTaken => PlantedFault.LaterSequencesTaken,
        _ => PlantedFault.None,
    };
}
