using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// Offsets that are committed with the transaction: one call after the other, of each call only what is not confirmed yet. With the first protocol the group
/// is added before its first offsets.
/// </summary>
internal static class OffsetsRule
{
    public static void Take(ProducerTurn turn, TransactionContext context, OffsetsWanted wanted)
    {
        if (!CallRule.Admits(turn, context, TransactionCallKind.SendOffsets, wanted.Call, wanted.Transaction)) return;
        var open = context.Open!;
        foreach (var offset in wanted.Offsets)
        {
            if (!open.Offsets.TryGetValue((wanted.Group.GroupId, offset.Partition), out var was) || offset.Offset >= was) continue;
            turn.Add(new EndCall(wanted.Call.Number, new CallGoesBack(offset.Partition, was, offset.Offset)));
            return;
        }
        foreach (var offset in wanted.Offsets) open.Offsets[(wanted.Group.GroupId, offset.Partition)] = offset.Offset;
        open.OffsetsLine.Enqueue(new OffsetsJob(ClockRule.Limit(turn, open, wanted.Call), wanted.Group, wanted.Offsets));
    }

    public static void Apply(ProducerTurn turn, TransactionContext context)
    {
        if (context.Open is not { OffsetsLine.Count: > 0 } open) return;
        if (!context.IsAt(TransactionState.InTransaction, TransactionState.Committing))
        {
            GiveUp(turn, context, open);
            return;
        }
        var job = open.OffsetsLine.Peek();
        if (IsLate(turn, job))
        {
            MoveRule.Doom(turn, context, TransactionTexts.Abortable(LocalErrorCode.ConnectionLost,
                $"the offsets of group '{job.Group.GroupId}' were not confirmed in time"));
            GiveUp(turn, context, open);
            return;
        }
        if (!context.Offsets.MaySend(turn)) return;
        ClockRule.Start(turn, open);
        context.Offsets.Send(turn, open.IsRaising || open.AddedGroups.Contains(job.Group.GroupId)
            ? new CommitOffsetsRequest(turn.State.Identity, open.Version, job.Group, [.. job.Left])
            : new AddOffsetsRequest(turn.State.Identity, open.Version, job.Group.GroupId));
    }

    static bool IsLate(ProducerTurn turn, OffsetsJob job)
    {
        if (job.Call?.Until is not { } until) return false;
        if (until <= turn.Now) return true;
        turn.WakeAt(until);
        return false;
    }

    /// <summary>The transaction takes no offsets any more; the end waits for a request that is on its way.</summary>
    static void GiveUp(ProducerTurn turn, TransactionContext context, OpenTransaction open)
    {
        var cause = context.Cause ?? TransactionTexts.Abortable(LocalErrorCode.TransactionAborted, "the transaction is being aborted");
        while (open.OffsetsLine.TryDequeue(out var job))
            if (job.Call is { } call) turn.Add(new EndCall(call.Number, new CallFailed(cause)));
        // A question to the member changes nothing anywhere.
        if (!context.Offsets.HasRequest) context.Offsets.Reset();
    }

    public static void Take(ProducerTurn turn, TransactionContext context, CoordinatorAnswer answer)
    {
        var request = context.Offsets.Request!;
        context.Offsets.End();
        if (context.Open is not { } open) return;
        if (answer.Kind == AnswerKind.Lost) open.IsDirty = true;
        var failure = AnswerFailure.Of(request.Kind, answer, open.Version);
        if (failure is null && request.Kind == CoordinatorRequestKind.AddOffsets)
        {
            open.IsKnown = true;
            open.AddedGroups.Add(((AddOffsetsRequest)request).GroupId);
        }
        if (request.Kind == CoordinatorRequestKind.TxnOffsetCommit
            && answer.Partitions.Any(static partition => partition.Code == ErrorCode.None)) open.IsKnown = true;
        if (!open.OffsetsLine.TryPeek(out var job)) return;
        if (request.Kind == CoordinatorRequestKind.TxnOffsetCommit)
            job.Left.RemoveAll(left => answer.Partitions.Any(partition => partition.Partition == left.Partition && partition.Code == ErrorCode.None));
        if (failure is null) GoOn(turn, context, open, job, request.Kind);
        else if (answer is { Kind: AnswerKind.NotSent, Code: ErrorCode.UnsupportedVersion }) BeTooOld(turn, context, open, job, failure);
        else if (failure.Reaction == TransactionReaction.ConfirmMembership) Confirm(turn, context, job, failure);
        else RequestRule.React(turn, context, context.Offsets, request.Kind, failure);
    }

    static void GoOn(ProducerTurn turn, TransactionContext context, OpenTransaction open, OffsetsJob job, CoordinatorRequestKind kind)
    {
        context.Offsets.Reset();
        if (kind != CoordinatorRequestKind.TxnOffsetCommit || job.Left.Count > 0) return;
        open.OffsetsLine.Dequeue();
        if (job.Call is { } call) turn.Add(new EndCall(call.Number, new CallDone(context.Number)));
    }

    /// <summary>The coordinator knows no version that names the member: its offsets would be taken from anybody (KIP-447).</summary>
    static void BeTooOld(ProducerTurn turn, TransactionContext context, OpenTransaction open, OffsetsJob job, AnswerFailure failure)
    {
        open.OffsetsLine.Dequeue();
        context.Offsets.Reset();
        var cause = TransactionTexts.Abortable(failure.Code, failure.Text);
        if (job.Call is { } call) turn.Add(new EndCall(call.Number, new CallFailed(cause with { Class = ErrorClass.Config })));
        MoveRule.Doom(turn, context, cause);
    }

    /// <summary>
    /// A generation or member epoch that has moved on is no reason to give up while the partitions are still the member's: every change of a KIP-848 group
    /// moves the epoch.
    /// </summary>
    static void Confirm(ProducerTurn turn, TransactionContext context, OffsetsJob job, AnswerFailure failure)
    {
        if (job.Group.Standing is null) RequestRule.React(turn, context, context.Offsets, CoordinatorRequestKind.TxnOffsetCommit, failure);
        else turn.Add(new ConfirmMembership(context.Offsets.Await(turn), job.Group, job.Partitions));
    }

    public static void Take(ProducerTurn turn, TransactionContext context, MembershipConfirmed confirmed)
    {
        if (!context.Offsets.Awaits(confirmed.RequestId)) return;
        context.Offsets.End();
        if (context.Open is not { } open || !open.OffsetsLine.TryPeek(out var job)) return;
        if (confirmed.Group is { } group)
        {
            job.Group = group;
            return;
        }
        MoveRule.Doom(turn, context, TransactionTexts.Abortable(ErrorCode.IllegalGeneration,
            $"the partitions whose offsets were given are not this member's any more in group '{job.Group.GroupId}', or were not all the time since they were read"));
    }
}
