using Semel.Protocol;

namespace Semel.Broker.Handlers.Produce;

/// <summary>What a producer is told when its transaction's coordinator said no. A code that the version does not know, or that ends a client without need, is told as one that does not.</summary>
internal static class AdmissionErrors
{
    /// <summary>From here on the partition is added to the transaction by the write (KIP-890).</summary>
    public const short FirstThatAdds = 12;

    const short FirstWithAbortable = 11;

    public static ErrorCode Of(ErrorCode coordinator, short version) => coordinator switch
    {
        // Produce never carries 90: clients know 47, which they recover from where they can.
        ErrorCode.ProducerFenced => ErrorCode.InvalidProducerEpoch,
        ErrorCode.TransactionAbortable when version < FirstWithAbortable => ErrorCode.InvalidTxnState,
        // Old clients know no 51 here; what they are told they try again.
        ErrorCode.ConcurrentTransactions when version < FirstThatAdds => ErrorCode.NotEnoughReplicas,
        ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator or ErrorCode.NetworkException
            or ErrorCode.RequestTimedOut or ErrorCode.KafkaStorageError => ErrorCode.NotEnoughReplicas,
        _ => coordinator,
    };

    /// <summary>For a person; null where the code says it all.</summary>
    public static string? Sentence(ErrorCode coordinator) => coordinator switch
    {
        ErrorCode.ProducerFenced => "the transaction's coordinator knows a newer epoch of this producer",
        ErrorCode.TransactionAbortable => "the partition is not in the transaction: it was ended, or the partition was never added",
        ErrorCode.ConcurrentTransactions => "the producer's last transaction is still being ended",
        ErrorCode.InvalidProducerIdMapping => "the transactional id has another producer id, or is not known any more",
        ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator or ErrorCode.NetworkException
            or ErrorCode.RequestTimedOut or ErrorCode.KafkaStorageError => $"the transaction's coordinator could not be asked ({coordinator})",
        _ => null,
    };
}
