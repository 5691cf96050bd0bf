using Semel.Client;

namespace Semel.Extensions.Hosting.Health;

/// <summary>What a producer of transactions knows of itself. Pure.</summary>
internal static class TransactionFacts
{
    /// <summary>From this transaction.version on each transaction has an epoch of its own (KIP-890).</summary>
    const short EpochPerTransaction = 2;

    public static ClientFacts Of(TransactionState state, ConnectionSummary connections) => new()
    {
        Connections = connections,
        Ended = state switch
        {
            TransactionState.Fenced => "fenced: another instance has the transactional id, or a transaction timed out. Stop one of the instances, or start this one again",
            TransactionState.Fatal => "the producer cannot go on: an exception said why. Start it again",
            _ => null,
        },
        Hint = connections.TransactionVersion < EpochPerTransaction
            ? $"The cluster has transaction.version {connections.TransactionVersion}, which lets a request of one transaction that comes late into the next (KAFKA-17754); this client raises its epoch where that could be. Raise the feature to {EpochPerTransaction}"
            : null,
    };
}
