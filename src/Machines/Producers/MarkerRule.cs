using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>What becomes of a marker, in the order in which it is asked.</summary>
public enum MarkerDecision : byte
{
    /// <summary>It is appended: it ends an open transaction, or only raises the epoch, which fences.</summary>
    Appended,
    /// <summary>It names no producer or no epoch.</summary>
    Malformed,
    /// <summary>A higher epoch was seen here.</summary>
    StaleEpoch,
    /// <summary>It belongs to the transaction before the one that is open (KIP-1228).</summary>
    Late,
    /// <summary>A later coordinator has spoken here.</summary>
    StaleCoordinator,
    /// <summary>It is here already, and was sent again because its answer was lost.</summary>
    AlreadyThere,
}

/// <summary>
/// Whether a marker is appended (KIP-98, KIP-890, KIP-1228). Under the second protocol a marker has the epoch of the <em>next</em> transaction's data, so one that meets this epoch
/// was here before: if a transaction is open it is the next one and must not be ended; if none is, the marker is a repeated one and answered with success
/// (KAFKA-19999; Kafka appends a second one).
/// </summary>
internal static class MarkerRule
{
    public static MarkerDecision Judge(LogProducers producers, in EndMarker marker)
    {
        if (marker.ProducerId.IsNone || marker.Epoch.IsNone) return MarkerDecision.Malformed;
        var position = producers.Table.Find(marker.ProducerId);
        return position < 0 ? MarkerDecision.Appended : Judge(producers.Table[position], marker);
    }

    static MarkerDecision Judge(in ProducerState state, in EndMarker marker)
    {
        if (marker.Epoch < state.Epoch) return MarkerDecision.StaleEpoch;
        // Nobody writes data in the last epoch under this protocol: what is open in it can only be what the marker is meant for (KAFKA-20090).
        var isRepeated = marker.TransactionVersion >= 2 && marker.Epoch == state.Epoch && (marker.Epoch.Value < short.MaxValue || !state.HasOpenTransaction);
        if (isRepeated && state.HasOpenTransaction) return MarkerDecision.Late;
        if (marker.CoordinatorEpoch < state.CoordinatorEpoch) return MarkerDecision.StaleCoordinator;
        return isRepeated ? MarkerDecision.AlreadyThere : MarkerDecision.Appended;
    }

    /// <summary>What the coordinator is told.</summary>
    public static ErrorCode ErrorOf(MarkerDecision decision) => decision switch
    {
        MarkerDecision.Appended or MarkerDecision.AlreadyThere => ErrorCode.None,
        MarkerDecision.Malformed => ErrorCode.UnknownServerError,
        MarkerDecision.StaleCoordinator => ErrorCode.TransactionCoordinatorFenced,
        _ => ErrorCode.InvalidProducerEpoch,
    };
}
