using Semel.Client.Errors;

namespace Semel.Client.Producing;

/// <summary>How the producer gets its id, and what happens when it does not.</summary>
internal static class IdentityRule
{
    /// <summary>Asks for an id as soon as there is anything to send, so that the answer comes while the batch still lingers.</summary>
    public static void Apply(ProducerTurn turn)
    {
        var state = turn.State;
        if (!state.IsIdempotent || state.Transaction is not null || !state.Identity.IsNone || state.IsIdentityAsked || state.ClosedBy is not null || state.IdentityDenied is not null) return;
        if (!state.Active.Exists(partition => partition.HasWork)) return;
        if (turn.Now < state.IdentityRetryAt)
        {
            turn.WakeAt(state.IdentityRetryAt);
            return;
        }
        state.IsIdentityAsked = true;
        turn.Add(new RequestProducerId());
    }

    public static void Take(ProducerTurn turn, ProducerInput input)
    {
        turn.State.IsIdentityAsked = false;
        var isOutdated = turn.State.IsIdentityOutdated;
        turn.State.IsIdentityOutdated = false;
        if (isOutdated && input is ProducerIdGranted) return;
        switch (input)
        {
            case ProducerIdGranted granted:
                turn.State.Identity = granted.Identity;
                turn.State.IdentityFailures = 0;
                turn.State.LastIdentityFailure = null;
                turn.State.IdentityTrouble = null;
                break;
            case ProducerIdRefused refused:
                Refuse(turn, refused);
                break;
            case ProducerIdNotOffered:
                GoWithout(turn);
                break;
        }
    }

    static void Refuse(ProducerTurn turn, ProducerIdRefused refused)
    {
        var state = turn.State;
        state.LastIdentityFailure = $"InitProducerId: {refused.Code}, {refused.Reason}";
        state.IdentityRetryAt = turn.Now + turn.RetryDelay(++state.IdentityFailures);
        // That no broker can be reached is told where it is found.
        if (refused.Code != ErrorCode.NetworkException && TroubleRule.IsNews(state.IdentityTrouble ??= new Trouble(), refused.Code, refused.Reason, turn.Now))
            turn.Add(new Tell(new ProducerIdUnavailable(refused.Code, refused.Reason)));
        if (ErrorTable.Of(refused.Code) is { Passes: false, Class: ErrorClass.Config })
            CloseRule.FailQueues(turn, Verdict.NotPersisted(new Error(refused.Code, $"no producer id was given: {refused.Reason}"), ErrorClass.Config));
    }

    /// <summary>A broker older than idempotence: asked for by name it fails, otherwise the producer goes without and says so.</summary>
    static void GoWithout(ProducerTurn turn)
    {
        var state = turn.State;
        const string reason = "the broker does not offer InitProducerId";
        if (!state.Options.IdempotenceIsRequired)
        {
            state.IsIdempotent = false;
            turn.Add(new Tell(new IdempotenceDisabled(reason)));
            return;
        }
        state.IdentityDenied = new Error(LocalErrorCode.NotOffered, $"{reason}, and enable.idempotence=true asks not to go without");
        CloseRule.FailQueues(turn, Verdict.NotPersisted(state.IdentityDenied, ErrorClass.Config));
    }

    /// <summary>Begins sequences anew: the next epoch without asking, or another id when the epochs are used up.</summary>
    public static void Bump(ProducerTurn turn, PartitionState because)
    {
        var state = turn.State;
        state.Identity = state.Identity.CanBump ? state.Identity.Bumped() : ProducerIdentity.None;
        turn.Add(new Tell(new EpochBumped(because.Name, state.Identity.Id, state.Identity.Epoch)));
    }
}
