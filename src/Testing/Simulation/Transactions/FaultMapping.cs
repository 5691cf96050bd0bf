namespace Semel.Testing.Simulation.Transactions;

using InTurn = Broker.Sequencing.PlantedFault;
using OfCoordinator = Machines.Transactions.PlantedFault;
using OfGroups = Machines.Groups.PlantedFault;
using OfPartition = Machines.Partition.PlantedFault;

/// <summary>In which part of the broker a fault is planted.</summary>
internal static class FaultMapping
{
    public static OfPartition InPartition(this TransactionFault fault) => fault switch
    {
        TransactionFault.AbortedListEmpty => OfPartition.AbortedListEmpty,
        TransactionFault.OpenTransactionsShown => OfPartition.OpenTransactionsShown,
        TransactionFault.GuardNotRechecked => OfPartition.GuardNotRechecked,
        TransactionFault.StaleMarkerAccepted => OfPartition.StaleMarkerAccepted,
        TransactionFault.LateMarkerAccepted => OfPartition.LateMarkerAccepted,
        TransactionFault.StaleCoordinatorAccepted => OfPartition.StaleCoordinatorAccepted,
        TransactionFault.WindowForgottenAtRestart => OfPartition.WindowForgottenAtRestart,
        _ => OfPartition.None,
    };

    public static OfCoordinator InCoordinator(this TransactionFault fault) => fault switch
    {
        TransactionFault.PrepareNotPersisted => OfCoordinator.PrepareNotRecorded,
        TransactionFault.EndsForgottenAtRestart => OfCoordinator.EndsForgottenAtRestart,
        TransactionFault.OneParticipantForgotten => OfCoordinator.OneParticipantForgotten,
        TransactionFault.CompleteBeforeLastMarker => OfCoordinator.CompleteBeforeAnswers,
        TransactionFault.EpochNotRaised => OfCoordinator.EpochNotRaised,
        TransactionFault.EpochNotRaisedByFence => OfCoordinator.EpochNotRaisedByFence,
        TransactionFault.AnyEpochHeard => OfCoordinator.AnyEpochHeard,
        TransactionFault.LateConnectionHeard => OfCoordinator.LateConnectionHeard,
        TransactionFault.TimeoutAbortsDecided => OfCoordinator.TimeoutAbortsDecided,
        TransactionFault.TimeoutOfEarlierTransaction => OfCoordinator.TimeoutOfEarlierTransaction,
        TransactionFault.LastEpochNotPersisted => OfCoordinator.LastEpochForgotten,
        TransactionFault.NextProducerIdNotPersisted => OfCoordinator.NextProducerIdForgotten,
        _ => OfCoordinator.None,
    };

    public static OfGroups InGroups(this TransactionFault fault) => fault switch
    {
        TransactionFault.PendingPromotedOnAbort => OfGroups.PendingPromotedOnAbort,
        TransactionFault.CommittedOffsetRegresses => OfGroups.OlderPendingPromoted,
        TransactionFault.OffsetsWithoutTopicId => OfGroups.OffsetsWithoutTopicId,
        TransactionFault.OffsetGuardNotRechecked => OfGroups.GuardNotRechecked,
        TransactionFault.PendingNotAsked => OfGroups.PendingNotAsked,
        TransactionFault.GenerationNotChecked => OfGroups.GenerationNotChecked,
        TransactionFault.PendingForgottenInSnapshot => OfGroups.PendingForgottenInSnapshot,
        _ => OfGroups.None,
    };

    public static InTurn InTurns(this TransactionFault fault) => fault switch
    {
        TransactionFault.StateKeptAfterFailedAppend => InTurn.MachineKeptAfterFailure,
        TransactionFault.ViewBeforeDurable => InTurn.ViewBeforeDurable,
        _ => InTurn.None,
    };
}
