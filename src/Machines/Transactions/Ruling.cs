using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>What a rule says to a request: refuse it, answer it as the state is, ask again with a fresh producer id, or record what it made of the state.</summary>
internal readonly record struct Ruling
{
    public enum Verdict : byte { Refused, AsItIs, NeedsProducerId, Recorded }

    public Verdict Kind { get; private init; }
    public ErrorCode Error { get; private init; }
    public TransactionFacts Next { get; private init; }

    public static Ruling Refuse(ErrorCode error) => new() { Kind = Verdict.Refused, Error = error };
    public static readonly Ruling AsItIs = new() { Kind = Verdict.AsItIs };
    public static readonly Ruling NeedsProducerId = new() { Kind = Verdict.NeedsProducerId };
    public static Ruling Record(in TransactionFacts next) => new() { Kind = Verdict.Recorded, Next = next };
}
