using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>What follows from a participant's answer to the end of a transaction.</summary>
public enum ParticipantOutcome : byte
{
    /// <summary>It has ended there, or there is nothing left that could.</summary>
    Ended,
    /// <summary>It is asked again after a pause.</summary>
    Later,
    /// <summary>
    /// A newer epoch of the producer is there already. What this transaction had there is ended: no newer epoch is taken beside an open transaction. So there is nothing
    /// left to end, but somebody wrote a marker that was not ours.
    /// </summary>
    MovedOn,
    /// <summary>It must never be: nothing more is done for this id until the broker is started again, and it is never taken as ended.</summary>
    Halted,
}

/// <summary>Participants' answers, one row for each.</summary>
internal static class ParticipantAnswerRule
{
    public static ParticipantOutcome Of(ErrorCode answer) => answer switch
    {
        ErrorCode.None or ErrorCode.UnsupportedForMessageFormat => ParticipantOutcome.Ended,
        ErrorCode.UnknownTopicOrPartition or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderOrFollower or ErrorCode.RequestTimedOut
            or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.KafkaStorageError
            or ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator => ParticipantOutcome.Later,
        ErrorCode.InvalidProducerEpoch => ParticipantOutcome.MovedOn,
        _ => ParticipantOutcome.Halted,
    };
}
