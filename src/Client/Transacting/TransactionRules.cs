using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>Which rule takes what, and the order in which they apply when time passes.</summary>
internal static class TransactionRules
{
    /// <returns>Whether the input is one of transactions.</returns>
    public static bool TryTake(ProducerTurn turn, ProducerInput input)
    {
        if (turn.State.Transaction is not { } context) return false;
        switch (input)
        {
            case FeaturesSeen seen: FeatureRule.Take(context, seen); break;
            case InitWanted wanted: InitRule.Take(turn, context, wanted); break;
            case BeginWanted wanted: BeginRule.Take(turn, context, wanted); break;
            case OffsetsWanted wanted: OffsetsRule.Take(turn, context, wanted); break;
            case CommitWanted wanted: EndRule.Take(turn, context, wanted); break;
            case AbortWanted wanted: EndRule.Take(turn, context, wanted); break;
            case ResolveWanted wanted: ResolveRule.Take(turn, context, wanted); break;
            case RecordsSealed records: EndRule.Take(context, records); break;
            case TransactionDoomed doomed: Doom(turn, context, doomed); break;
            case CoordinatorAnswered answered: Take(turn, context, answered); break;
            case MembershipConfirmed confirmed: OffsetsRule.Take(turn, context, confirmed); break;
            default: return false;
        }
        return true;
    }

    static void Doom(ProducerTurn turn, TransactionContext context, TransactionDoomed doomed)
    {
        if (doomed.Transaction == context.Number) MoveRule.Doom(turn, context, doomed.Failure);
    }

    /// <summary>An answer for which nobody waits any more changes nothing.</summary>
    static void Take(ProducerTurn turn, TransactionContext context, CoordinatorAnswered answered)
    {
        if (context.Init.Awaits(answered.RequestId)) InitRule.Take(turn, context, answered.Answer);
        else if (context.Adding.Awaits(answered.RequestId)) ParticipantsRule.Take(turn, context, answered.Answer);
        else if (context.Offsets.Awaits(answered.RequestId)) OffsetsRule.Take(turn, context, answered.Answer);
        else if (context.End.Awaits(answered.RequestId)) EndAnswerRule.Take(turn, context, answered.Answer);
    }

    /// <summary>Before anything is sent.</summary>
    public static void Apply(ProducerTurn turn)
    {
        if (turn.State.Transaction is not { } context || turn.State.ClosedBy is not null) return;
        ClockRule.Apply(turn, context);
        AbandonRule.Apply(turn, context);
        InitRule.Apply(turn, context);
        ParticipantsRule.Apply(turn, context);
        OffsetsRule.Apply(turn, context);
    }

    /// <summary>After what could be sent was sent.</summary>
    public static void ApplyEnd(ProducerTurn turn)
    {
        if (turn.State.Transaction is { } context && turn.State.ClosedBy is null) EndRule.Apply(turn, context);
    }
}
