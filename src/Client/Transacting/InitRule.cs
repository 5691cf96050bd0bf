using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// How a transactional id is claimed, and how its epoch is raised later. The claim is the only request that names no identity: it takes the id from whoever
/// had it. A raise names the present one, so that a zombie cannot take the id back.
/// </summary>
internal static class InitRule
{
    /// <summary>How often an answer that explains nothing is met with another attempt.</summary>
    public const int FewTimes = 3;

    public static void Take(ProducerTurn turn, TransactionContext context, InitWanted wanted)
    {
        if (!CallRule.Admits(turn, context, TransactionCallKind.Init, wanted.Call)) return;
        context.Waiting.Add(new WaitingCall(TransactionCallKind.Init, wanted.Call));
        if (context.State == TransactionState.Uninitialized) MoveRule.To(turn, context, TransactionState.Initializing);
    }

    public static void Apply(ProducerTurn turn, TransactionContext context)
    {
        if (context.State == TransactionState.Rebumping)
        {
            CallRule.Expire(turn, context, _ => new CallFailed(TransactionTexts.InTime(context.TransactionalId, "the begin of a transaction", Last(turn))));
            if (context.Init.MaySend(turn)) context.Init.Send(turn, new InitProducerRequest(turn.State.Identity, context.ClusterVersion));
        }
        else if (context.State == TransactionState.Initializing)
        {
            var isWanted = CallRule.Expire(turn, context,
                _ => new CallFailed(TransactionTexts.InTime(context.TransactionalId, "the initialisation of transactions", Last(turn))));
            if (!isWanted) MoveRule.To(turn, context, TransactionState.Uninitialized);
            else if (context.Init.MaySend(turn)) context.Init.Send(turn, new InitProducerRequest(ProducerIdentity.None, context.ClusterVersion));
        }
    }

    static string Last(ProducerTurn turn) => turn.State.LastIdentityFailure ?? "no attempt was answered";

    public static void Take(ProducerTurn turn, TransactionContext context, CoordinatorAnswer answer)
    {
        context.Init.End();
        // Nobody waits for it any more. The epoch that it may have brought is used by nobody, and whoever initialises next gets a later one.
        if (!context.IsAt(TransactionState.Initializing, TransactionState.Rebumping)) return;
        var code = answer is { Code: ErrorCode.None, Granted.IsNone: true } ? ErrorCode.UnknownServerError : answer.Code;
        if (code == ErrorCode.None)
        {
            Grant(turn, context, answer.Granted);
            return;
        }
        var described = answer.Describe(code);
        turn.State.LastIdentityFailure = $"InitProducerId: {described}";
        var reaction = answer.Kind == AnswerKind.Lost ? TransactionReaction.RetryElsewhere
            : TransactionErrors.Of(CoordinatorRequestKind.InitProducerId, code, context.ClusterVersion);
        React(turn, context, reaction, code, described);
    }

    static void React(ProducerTurn turn, TransactionContext context, TransactionReaction reaction, ErrorCode code, string described)
    {
        switch (reaction)
        {
            // While it is claimed nothing can be changed by it but the call's end.
            case TransactionReaction.Configure when context.State == TransactionState.Initializing:
                context.Init.Reset();
                MoveRule.To(turn, context, TransactionState.Uninitialized);
                MoveRule.EndWaiting(turn, context, new CallFailed(TransactionTexts.Refused(context.TransactionalId, code, described,
                    turn.State.Options.TransactionTimeout)));
                break;
            case TransactionReaction.Fence:
                MoveRule.End(turn, context, TransactionTexts.Fenced(context.TransactionalId, code, described, CoordinatorRequestKind.InitProducerId));
                break;
            case TransactionReaction.Configure or TransactionReaction.Fail:
            case TransactionReaction.RetryFewTimesThenFail when ++context.Init.UnexplainedAnswers > FewTimes:
                MoveRule.End(turn, context, TransactionTexts.Fatal(context.TransactionalId, code, described, CoordinatorRequestKind.InitProducerId));
                break;
            default:
                // Nothing is open that could be aborted: what says so passes as well.
                context.Init.Pause(turn, reaction);
                break;
        }
    }

    static void Grant(ProducerTurn turn, TransactionContext context, ProducerIdentity identity)
    {
        context.Init.Reset();
        turn.State.LastIdentityFailure = null;
        turn.State.Identity = identity;
        context.IdentityVersion = context.ClusterVersion;
        context.NeedsBump = false;
        var isFirst = context.State == TransactionState.Initializing;
        MoveRule.To(turn, context, TransactionState.Ready);
        if (isFirst) MoveRule.EndWaiting(turn, context, new CallDone(context.Number));
        else BeginRule.ServeWaiting(turn, context);
    }
}
