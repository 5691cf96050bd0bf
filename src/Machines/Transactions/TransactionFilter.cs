using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>Which transactional ids are listed (KIP-664, KIP-994). All conditions must hold; one that is not given always does.</summary>
public sealed record TransactionFilter
{
    /// <summary>Null: any state.</summary>
    public IReadOnlySet<TransactionState>? States { get; init; }

    /// <summary>Null: any producer.</summary>
    public IReadOnlySet<ProducerId>? ProducerIds { get; init; }

    /// <summary>Those whose transaction began longer ago than this, in milliseconds; negative: whenever. What never began is not among them.</summary>
    public long RunningLongerThanMs { get; init; } = -1;

    internal bool LetsThrough(in TransactionFacts facts, Instant now) =>
        (States is null || States.Contains(facts.State))
        && (ProducerIds is null || ProducerIds.Contains(facts.ProducerId))
        && (RunningLongerThanMs < 0 || (facts.StartMs >= 0 && now.UnixMilliseconds - facts.StartMs > RunningLongerThanMs));
}
