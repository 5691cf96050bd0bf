using Microsoft.Extensions.Logging;
using Semel.Client.Connections;
using Semel.Client.Producing;
using Semel.Client.Producing.Sending;

namespace Semel.Client.Transacting.Sending;

/// <summary>Carries out what the machine decides about transactions, on the machine's loop: hands work on and never waits.</summary>
internal sealed class TransactionEffects(ClusterConnections connections, ProducerEngine engine, ProducerLoop loop, TransactionStanding standing,
    TransactionCalls calls, ILogger logger)
{
    readonly CoordinatorClient _coordinators = new(connections, engine.Options);
    readonly CancellationTokenSource _closing = new();
    Task _asking = Task.CompletedTask;

    /// <summary>Whether the coordinator that was last given offsets was told the ids of their topics.</summary>
    public bool NamesTopicsById => _coordinators.NamesTopicsById;

    /// <summary>Ends with the producer.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <returns>Whether the effect is one of transactions.</returns>
    public bool TryPerform(ProducerEffect effect)
    {
        switch (effect)
        {
            case AskCoordinator ask: _asking = Task.WhenAll(_asking, AskAsync(ask)); break;
            case ConfirmMembership confirm: _asking = Task.WhenAll(_asking, ConfirmAsync(confirm)); break;
            case MoveTransaction move:
                standing.Take(move);
                Tell(move);
                break;
            case RefuseRecords refuse: standing.Take(refuse); break;
            case EndCall end: calls.End(end); break;
            default: return false;
        }
        return true;
    }

    void Tell(MoveTransaction move)
    {
        var reason = move.Cause?.Error.Reason ?? "";
        if (move.State is TransactionState.Fenced or TransactionState.Fatal && move.Cause!.Error.LocalCode != LocalErrorCode.Closed) Log.TransactionsEnded(logger, move.State, reason);
        else Log.TransactionMoved(logger, move.State, move.Transaction, reason);
    }

    async Task AskAsync(AskCoordinator ask)
    {
        // The loop goes on at once, whatever the connection needs.
        await Task.Yield();
        var answer = await _coordinators.AskAsync(ask.Request, ask.LooksUp, _closing.Token).ConfigureAwait(false);
        loop.PostFromPool(new CoordinatorAnswered(ask.RequestId, answer));
    }

    async Task ConfirmAsync(ConfirmMembership confirm)
    {
        await Task.Yield();
        ConsumerGroupMetadata? group = null;
        try
        {
            group = await confirm.Since.Standing!.ConfirmAsync(confirm.Since, confirm.Partitions, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // Whoever cannot say that the partitions are his has lost them.
            Log.MembershipUnconfirmed(logger, confirm.Since.GroupId, failure.Message);
        }
        loop.PostFromPool(new MembershipConfirmed(confirm.RequestId, group));
    }

    /// <summary>Ends once nothing that was asked is on its way. The connections are closed, or about to be.</summary>
    public async Task CompleteAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _asking.ConfigureAwait(false);
    }
}
