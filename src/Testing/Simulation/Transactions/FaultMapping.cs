namespace Semel.Testing.Simulation.Transactions;

using InTurn = Broker.Sequencing.PlantedFault;
using OfCoordinator = Machines.Transactions.PlantedFault;
using OfGroups = Machines.Groups.PlantedFault;
using OfPartition = Machines.Partition.PlantedFault;

/// <summary>In which part of the broker, or of its client, a fault is planted.</summary>
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

    public static Client.Transacting.PlantedFault InClient(this TransactionFault fault) => fault switch
    {
        TransactionFault.ClientCommitsDespiteFailedRecord => Client.Transacting.PlantedFault.CommitDespiteFailedRecord,
        TransactionFault.ClientTakesLostEndAsDone => Client.Transacting.PlantedFault.LostEndTakenAsDone,
        TransactionFault.ClientRaisesBeforeDefiniteEnd => Client.Transacting.PlantedFault.BumpBeforeDefiniteEnd,
        TransactionFault.ClientTellsUnknownAsCommitted => Client.Transacting.PlantedFault.UnknownToldAsCommitted,
        TransactionFault.ClientBeginsBeforeDefiniteEnd => Client.Transacting.PlantedFault.BeginBeforeDefiniteEnd,
        TransactionFault.ClientEndsBeforeAnswers => Client.Transacting.PlantedFault.EndBeforeAnswers,
        TransactionFault.ClientWritesBeforeAdded => Client.Transacting.PlantedFault.WriteBeforeAdded,
        TransactionFault.ClientTakesLostRecordAsWritten => Client.Transacting.PlantedFault.LostRecordTakenAsWritten,
        TransactionFault.ClientRepeatsSequence => Client.Transacting.PlantedFault.SequenceNotAdvanced,
        TransactionFault.ClientRepeatsUnderNewSequence => Client.Transacting.PlantedFault.RepeatedUnderNewSequence,
        _ => Client.Transacting.PlantedFault.None,
    };
}
