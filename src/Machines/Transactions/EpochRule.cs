using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>The epochs of one producer id: which is the last that a producer may have, and what comes after it.</summary>
internal static class EpochRule
{
    /// <summary>The last epoch that a producer is ever given. One more is left for markers, which fence it.</summary>
    public const short LastGiven = short.MaxValue - 1;

    public static bool IsExhausted(ProducerEpoch epoch) => epoch.Value >= LastGiven;

    public static ProducerEpoch After(ProducerEpoch epoch) => new((short)(epoch.Value + 1));

    /// <summary>
    /// The end of a transaction raises the epoch (KIP-890), whoever decided it: what the ended one still sends is of an older epoch. With the last epoch the markers
    /// carry the one that is left, and a fresh producer id is held ready for what comes after.
    /// </summary>
    public static TransactionFacts WithRaisedEnd(in TransactionFacts facts, ProducerId fresh) => facts with
    {
        Epoch = After(facts.Epoch),
        LastEpoch = facts.Epoch,
        NextProducerId = IsExhausted(facts.Epoch) ? fresh : ProducerId.None,
    };

    /// <summary>Who held the epoch before this one, by whichever id: the holder that may ask again for what it was answered.</summary>
    public static bool IsLastHolder(in TransactionFacts facts, ProducerId producerId, ProducerEpoch epoch) =>
        !epoch.IsNone && epoch == facts.LastEpoch && (producerId == facts.ProducerId ? facts.Epoch.Value == epoch.Value + 1 : HeldBeforeRotation(facts, producerId, epoch));

    /// <summary>The present id was given at its first epoch because this one had come to its last.</summary>
    public static bool HeldBeforeRotation(in TransactionFacts facts, ProducerId producerId, ProducerEpoch epoch) =>
        !producerId.IsNone && producerId == facts.PreviousProducerId && epoch.Value == LastGiven && facts.Epoch.Value == 0;
}
