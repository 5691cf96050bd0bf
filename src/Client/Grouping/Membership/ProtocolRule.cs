using Semel.Client.Errors;

namespace Semel.Client.Grouping.Membership;

/// <summary>Which protocol is spoken, decided once each time a group is joined.</summary>
internal static class ProtocolRule
{
    /// <returns>Null while the coordinator has not said what it offers.</returns>
    public static GroupProtocol? Apply(MemberTurn turn)
    {
        var state = turn.State;
        if (turn.Options.Protocol != GroupProtocol.Auto) return turn.Options.Protocol;
        if (state.ClassicBecause is not null) return GroupProtocol.Classic;
        if (state.OffersConsumer is { } offers)
        {
            state.OffersConsumer = null;
            return offers ? GroupProtocol.Consumer : GroupProtocol.Classic;
        }
        if (state.Question is null && turn.IsDue(state.Retry.Until)) state.Question = turn.Send(static (id, anew) => new AskProtocol(id, anew));
        return null;
    }

    public static void Take(MemberTurn turn, ProtocolTold told)
    {
        var state = turn.State;
        if (state.Question?.Id != told.RequestId) return;
        state.Question = null;
        state.OffersConsumer = told.OffersConsumer;
        state.Retry.Clear();
    }

    /// <summary>The question was not answered.</summary>
    public static void Take(MemberTurn turn, MemberAnswer answer)
    {
        turn.State.Question = null;
        turn.Tell(new RequestFailed("FindCoordinator", answer.Error, answer.Message));
        if (ErrorTable.Of(answer.Error).Passes) turn.Retry(turn.State.Retry, anew: true);
        else turn.Fail(MemberFailure.Of(answer.Error, answer.Message, turn.Options));
    }

    /// <summary>The coordinator would not have the protocol of KIP-848, and nobody asked for it by name.</summary>
    /// <returns>False when somebody did.</returns>
    public static bool TryFallBack(MemberTurn turn, string reason)
    {
        if (turn.Options.Protocol != GroupProtocol.Auto) return false;
        turn.State.ClassicBecause = reason;
        turn.Tell(new FallsBackToClassic(reason));
        (turn.State.MemberId, turn.State.Epoch, turn.State.Phase) = ("", -1, MemberPhase.Choosing);
        return true;
    }
}
