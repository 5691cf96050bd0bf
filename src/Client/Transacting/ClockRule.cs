using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// The client's own clock of a transaction. It starts with the first request that may add something, so never later than the coordinator's; when 80 % are
/// over no more records are taken, so that the application gets an error that can be aborted instead of being fenced.
/// </summary>
internal static class ClockRule
{
    const double Guard = 0.8;

    public static void Start(ProducerTurn turn, OpenTransaction open)
    {
        open.StartedAt ??= turn.Now;
        open.MayBeKnown = true;
    }

    public static void Apply(ProducerTurn turn, TransactionContext context)
    {
        if (context is not { State: TransactionState.InTransaction, Open: { StartedAt: { } started, IsTooLong: false } open }) return;
        var timeout = turn.State.Options.TransactionTimeout;
        var guard = started + Guard * timeout;
        if (guard > turn.Now)
        {
            turn.WakeAt(guard);
            return;
        }
        open.IsTooLong = true;
        turn.Add(new RefuseRecords(context.Number, TransactionTexts.TooLong(timeout)));
    }

    /// <summary>When the coordinator aborts by itself, at the earliest; null when nothing was added.</summary>
    public static TimeSpan? Deadline(ProducerTurn turn, OpenTransaction open) => open.StartedAt + turn.State.Options.TransactionTimeout;

    public static bool IsOver(ProducerTurn turn, OpenTransaction open) => Deadline(turn, open) <= turn.Now;

    /// <summary>
    /// No end is waited for beyond the moment at which the coordinator decides by itself; where that has passed, one answer is waited for all the same.
    /// </summary>
    public static TransactionCall Limit(ProducerTurn turn, OpenTransaction open, TransactionCall call)
    {
        if (Deadline(turn, open) is not { } deadline) return call;
        var latest = deadline > turn.Now ? deadline : turn.Now + turn.State.Options.AnswerTimeout;
        return call.Until is { } until && until < latest ? call : call with { Until = latest };
    }
}
