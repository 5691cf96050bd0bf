using Semel.Client.Errors;
using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>
/// What answers mean. An answer's fact (appended, not appended, nobody knows) is kept with its batch at once; what is done about it is decided at the
/// partition's head only, so that a batch is never judged before those in front of it.
/// </summary>
internal static class AnswerRule
{
    /// <summary>How often an answer that explains nothing, or that finds damaged bytes, is met with another attempt.</summary>
    const int FewTimes = 3;

    public static void Take(ProducerTurn turn, ProduceAnswered input)
    {
        if (End(turn, input.RequestId) is not { } request) return;
        if (input.Throttle > TimeSpan.Zero) turn.State.Broker(request.Node).MutedUntil = turn.Now + input.Throttle;
        for (var index = 0; index < request.Batches.Count; index++) Note(turn, request.Batches[index], input.Answers[index]);
        SettleAll(turn, request);
    }

    public static void Take(ProducerTurn turn, RequestLost input)
    {
        if (End(turn, input.RequestId) is not { } request) return;
        var isPlanted = turn.State.Transaction is { Fault: PlantedFault.LostRecordTakenAsWritten };
        foreach (var batch in request.Batches)
            Note(turn, batch, isPlanted ? PartitionAnswer.Appended(-1) : PartitionAnswer.Unanswered(input.WasWritten, input.Reason));
        SettleAll(turn, request);
    }

    public static void Take(ProducerTurn turn, RequestWritten input)
    {
        if (End(turn, input.RequestId) is not { } request) return;
        foreach (var batch in request.Batches)
        {
            if (Forget(turn, batch) is not { } partition) continue;
            partition.Window.Remove(batch);
            partition.IsProbing = false;
            turn.ReportAndRelease(partition, batch, Verdict.Unacknowledged);
        }
        SettleAll(turn, request);
    }

    /// <returns>Null when the request has ended already.</returns>
    public static RequestState? End(ProducerTurn turn, long requestId)
    {
        if (!turn.State.Requests.Remove(requestId, out var request)) return null;
        turn.State.Broker(request.Node).InFlightCount--;
        return request;
    }

    /// <summary>The batch's attempt has ended.</summary>
    /// <returns>Null when the batch had its end before.</returns>
    public static PartitionState? Forget(ProducerTurn turn, ProducerBatch batch)
    {
        if (!batch.IsInFlight || turn.State.Find(batch.Partition) is not { } partition) return null;
        batch.Attempt = null;
        partition.InFlightCount--;
        return partition;
    }

    static void Note(ProducerTurn turn, ProducerBatch batch, PartitionAnswer answer)
    {
        if (Forget(turn, batch) is not { } partition) return;
        RecordRule.Noted(turn, batch, answer);
        batch.Answer = answer;
        var row = RowOf(answer);
        if (row.MayBeAppended) batch.MayBeAppended = true;
        if (row.IsMetadataOld) turn.Refresh(partition.Name.Topic);
        if (answer.LeaderHint is { } hint) LeaderRule.Lead(turn, partition, hint);
    }

    static ErrorRow RowOf(PartitionAnswer answer) => answer.Kind switch
    {
        AnswerKind.Answered => ErrorTable.Of(answer.Code),
        AnswerKind.Lost => ErrorTable.Unanswered,
        _ => ErrorTable.Unsent,
    };

    static void SettleAll(ProducerTurn turn, RequestState request)
    {
        foreach (var batch in request.Batches)
            if (turn.State.Find(batch.Partition) is { } partition) Settle(turn, partition);
    }

    /// <summary>Acts on the head for as long as it is known how its last attempt ended.</summary>
    public static void Settle(ProducerTurn turn, PartitionState partition)
    {
        while (!partition.IsRewinding && partition.Head is { IsInFlight: false } head)
        {
            if (head.Answer is { } answer) Act(turn, partition, head, answer);
            // A ghost at the head that will get no answer of its own.
            else if (head.IsReported) partition.Rewind();
            else break;
        }
        RewindRule.FinishIfQuiet(turn, partition);
    }

    static void Act(ProducerTurn turn, PartitionState partition, ProducerBatch head, PartitionAnswer answer)
    {
        var row = RowOf(answer);
        if (row.Produce == ProduceReaction.Succeed)
        {
            Succeed(turn, partition, head, answer);
            return;
        }
        head.Answer = null;
        partition.LastFailure = answer;
        partition.Rewind();
        if (row.Produce != ProduceReaction.RetryUnknownTopic) partition.UnknownSince = null;
        // What becomes of a ghost is decided when the partition is quiet; there is nothing to try again.
        if (head.IsReported) return;
        React(turn, partition, head, answer, row);
    }

    static void React(ProducerTurn turn, PartitionState partition, ProducerBatch head, PartitionAnswer answer, ErrorRow row)
    {
        switch (row.Produce)
        {
            case ProduceReaction.Retry:
                Retry(turn, partition, head, answer, row);
                break;
            case ProduceReaction.RetryUnknownTopic:
                partition.UnknownSince ??= turn.Now;
                if (turn.Now - partition.UnknownSince >= turn.State.Options.TopicPropagation) Fail(turn, partition, head, answer, row);
                else Retry(turn, partition, head, answer, row);
                break;
            case ProduceReaction.RetryFewTimes when ++head.UnexplainedErrors <= FewTimes:
            case ProduceReaction.Reencode when ++head.CorruptErrors <= FewTimes:
                Retry(turn, partition, head, answer, row);
                break;
            case ProduceReaction.Split when head.RecordCount > 1 && !head.MayBeAppended:
                ReplaceRule.WantSplit(turn, partition, head);
                break;
            case ProduceReaction.RejectRecords when answer.Refusals.Count > 0 && !head.MayBeAppended:
                ReplaceRule.WantWithout(turn, partition, head, answer, row);
                break;
            case ProduceReaction.AwaitEnd when turn.State.Transaction is not null:
                AwaitEnd(turn, partition);
                break;
            case ProduceReaction.FailEverything:
                FailEverything(turn, partition, head, answer, row);
                break;
            case ProduceReaction.OutOfOrder when turn.State.IsIdempotent:
                OutOfOrderRule.Apply(turn, partition, head, answer);
                break;
            case ProduceReaction.StaleEpoch when turn.State.IsIdempotent:
                BumpRule.Want(turn, partition, head, Describe(partition, answer));
                break;
            default:
                Fail(turn, partition, head, answer, row);
                break;
        }
    }

    /// <summary>The transaction before is still being ended: soon, and as often as it takes.</summary>
    static void AwaitEnd(ProducerTurn turn, PartitionState partition)
    {
        partition.ConcurrentSince ??= turn.Now;
        partition.RetryAt = turn.Now + ConcurrentPause.After(++partition.FailuresInARow, turn.Now - partition.ConcurrentSince.Value);
    }

    static void FailEverything(ProducerTurn turn, PartitionState partition, ProducerBatch head, PartitionAnswer answer, ErrorRow row)
    {
        Fail(turn, partition, head, answer, row);
        CloseRule.FailQueues(turn, Verdict.NotPersisted(Describe(partition, answer), row.ClassOfRecord));
        // One of a transactional id is the coordinator's to give, and the transaction has its end by the failure.
        if (turn.State.Transaction is not null) return;
        turn.State.Identity = ProducerIdentity.None;
        turn.State.IdentityRetryAt = turn.Now + turn.RetryDelay(++turn.State.IdentityFailures);
    }

    /// <summary>Takes the head out of the window as appended.</summary>
    public static void Succeed(ProducerTurn turn, PartitionState partition, ProducerBatch head, PartitionAnswer answer)
    {
        partition.Window.RemoveAt(0);
        partition.ExpectedSequence = head.NextSequence;
        if (!partition.IsRewinding && partition.InFlightNode == partition.Leader) partition.IsProbing = false;
        partition.FailuresInARow = 0;
        partition.UnknownSince = null;
        partition.ConcurrentSince = null;
        partition.LastFailure = null;
        partition.Trouble = null;
        partition.HasAcknowledged = true;
        if (answer.BaseOffset >= 0) partition.LastAcknowledgedOffset = answer.BaseOffset + head.RecordCount - 1;
        if (head.IsReported) turn.Add(new Tell(new LateAcknowledgement(partition.Name, head.RecordCount, answer.BaseOffset < 0 ? Offset.Unset : answer.BaseOffset)));
        turn.ReportAndRelease(partition, head, Verdict.Persisted(answer.BaseOffset, answer.LogAppendTime));
    }

    static void Retry(ProducerTurn turn, PartitionState partition, ProducerBatch head, PartitionAnswer answer, ErrorRow row)
    {
        // An attempt of which no byte left the process is none.
        if (answer.Kind != AnswerKind.NotSent && ++head.Attempts > turn.State.Options.Retries)
        {
            Fail(turn, partition, head, answer, row);
            return;
        }
        partition.FailuresInARow++;
        // When it is known already that another broker leads, there is nothing to wait for.
        var hasMoved = partition.Leader != NodeId.None && partition.Leader != partition.InFlightNode;
        partition.RetryAt = hasMoved ? turn.Now : turn.Now + turn.RetryDelay(partition.FailuresInARow);
        if (answer.Kind == AnswerKind.Answered) TroubleRule.Note(turn, partition, answer.Code, answer.Message ?? $"the broker answers {answer.Code}");
        turn.Add(new Tell(new DeliveryRetried(partition.Name, answer.Code, answer.ToString())));
    }

    /// <summary>
    /// Gives the head up. One that was never appended leaves the window, and those behind it will take its sequences; one that may have been
    /// becomes a ghost, and the rewinding partition decides what that means for those behind it.
    /// </summary>
    static void Fail(ProducerTurn turn, PartitionState partition, ProducerBatch head, PartitionAnswer answer, ErrorRow row)
    {
        if (head.MayBeAppended)
        {
            turn.Report(partition, head, Verdict.PossiblyPersisted(Describe(partition, answer)));
            return;
        }
        turn.ReportAndRelease(partition, head, Verdict.NotPersisted(Describe(partition, answer), row.ClassOfRecord));
        partition.Window.RemoveAt(0);
    }

    public static Error Describe(PartitionState partition, PartitionAnswer answer)
    {
        var reason = $"{partition.Name}: {answer}";
        return answer.Kind == AnswerKind.Answered ? new Error(answer.Code, reason) : new Error(LocalErrorCode.ConnectionLost, reason);
    }
}
