using System.Text;
using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>InitProducerId of a transactional id: a new incarnation of its producer, or the same one again with its id and epoch (KIP-360).</summary>
internal static class InitProducerIdRule
{
    /// <summary>What a record's key can name, in bytes of UTF-8.</summary>
    const int LongestId = short.MaxValue;

    /// <summary>What can be refused without knowing the id.</summary>
    public static ErrorCode Refusal(TransactionCommand.InitProducerId asked, TimeSpan longestTimeout) =>
        asked.TransactionalId.Value.Length == 0 || Encoding.UTF8.GetByteCount(asked.TransactionalId.Value) > LongestId ? ErrorCode.InvalidRequest
        : asked.ProducerId.IsNone != asked.Epoch.IsNone ? ErrorCode.InvalidRequest
        : asked.TimeoutMs <= 0 || asked.TimeoutMs > longestTimeout.TotalMilliseconds ? ErrorCode.InvalidTransactionTimeout
        : ErrorCode.None;

    /// <param name="facts">Null when nobody has used the id.</param>
    /// <param name="clusterVersion">transaction.version of the cluster.</param>
    public static Ruling Decide(in TransactionFacts? facts, TransactionCommand.InitProducerId asked, short clusterVersion, Instant now) => facts switch
    {
        null => asked.NewProducerId.IsNone ? Ruling.NeedsProducerId : Ruling.Record(First(asked.NewProducerId, asked, now)),
        { } known when IsStrange(known, asked) => Ruling.Refuse(ErrorCode.ProducerFenced),
        { State: TransactionState.Ongoing } known => Fence(known, asked, clusterVersion, now),
        { } known when known.State.IsAtRest() => Next(known, asked, now),
        _ => Ruling.Refuse(ErrorCode.ConcurrentTransactions),
    };

    static bool IsOwn(TransactionCommand.InitProducerId asked) => !asked.ProducerId.IsNone;

    /// <summary>The id is neither the present nor the last one. While an end is under way the id is about to change, so who asks then is told to ask again.</summary>
    static bool IsStrange(in TransactionFacts facts, TransactionCommand.InitProducerId asked) =>
        IsOwn(asked) && !facts.State.IsPrepared() && !facts.Epoch.IsNone && asked.ProducerId != facts.ProducerId
        && !(asked.ProducerId == facts.PreviousProducerId && EpochRule.IsExhausted(asked.Epoch));

    /// <summary>Only the present holder aborts its own transaction by this, and a new incarnation anybody's. A late or replaced one must not end its successor's.</summary>
    static Ruling Fence(in TransactionFacts facts, TransactionCommand.InitProducerId asked, short clusterVersion, Instant now) =>
        IsOwn(asked) && !facts.IsHeldBy(asked.ProducerId, asked.Epoch) ? Ruling.Refuse(ErrorCode.ProducerFenced)
        : FenceRule.Decide(facts, EndReason.Replaced, asked.NewProducerId, clusterVersion, now);

    static Ruling Next(in TransactionFacts facts, TransactionCommand.InitProducerId asked, Instant now)
    {
        // Nobody has had an epoch of it yet.
        if (facts.Epoch.IsNone) return Ruling.Record(First(facts.ProducerId, asked, now));
        if (!IsOwn(asked)) return Raised(facts, ProducerEpoch.None, asked, now);
        if (facts.IsHeldBy(asked.ProducerId, asked.Epoch)) return Raised(facts, facts.Epoch, asked, now);
        if (!EpochRule.IsLastHolder(facts, asked.ProducerId, asked.Epoch)) return Ruling.Refuse(ErrorCode.ProducerFenced);
        // The answer was lost, and is given again; but the epoch that is left for markers is never given to anybody.
        return facts.Epoch.Value > EpochRule.LastGiven ? Raised(facts, asked.Epoch, asked, now) : Ruling.Record(AtRest(facts, asked, now));
    }

    /// <param name="last">The epoch of the one who asked as its holder; none for a new incarnation, after which no earlier holder may come back.</param>
    static Ruling Raised(in TransactionFacts facts, ProducerEpoch last, TransactionCommand.InitProducerId asked, Instant now)
    {
        if (!EpochRule.IsExhausted(facts.Epoch))
            return Ruling.Record(AtRest(facts, asked, now) with { Epoch = EpochRule.After(facts.Epoch), LastEpoch = last, PreviousProducerId = ProducerId.None });
        if (asked.NewProducerId.IsNone) return Ruling.NeedsProducerId;
        return Ruling.Record(First(asked.NewProducerId, asked, now) with { LastEpoch = last, PreviousProducerId = facts.ProducerId });
    }

    static TransactionFacts AtRest(in TransactionFacts facts, TransactionCommand.InitProducerId asked, Instant now) =>
        First(facts.ProducerId, asked, now) with
        {
            Epoch = facts.Epoch,
            LastEpoch = facts.LastEpoch,
            PreviousProducerId = facts.PreviousProducerId,
            TransactionVersion = facts.TransactionVersion,
        };

    static TransactionFacts First(ProducerId producerId, TransactionCommand.InitProducerId asked, Instant now) => new()
    {
        State = TransactionState.Empty,
        ProducerId = producerId,
        Epoch = new ProducerEpoch(0),
        PreviousProducerId = ProducerId.None,
        NextProducerId = ProducerId.None,
        LastEpoch = ProducerEpoch.None,
        TimeoutMs = asked.TimeoutMs,
        Participants = ParticipantSet.Empty,
        StartMs = -1,
        UpdatedMs = now.UnixMilliseconds,
    };
}
