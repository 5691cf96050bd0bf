namespace Semel.Client.Producing;

/// <summary>
/// What has waited longer than the delivery timeout gets its report. A batch that certainly is not in the log just fails; one that may be is reported
/// as possibly persisted and stays in the window as a ghost until its fate is known, and until then the partition sends nothing new.
/// </summary>
internal static class ExpiryRule
{
    public static void Apply(ProducerTurn turn)
    {
        if (turn.State.Options.DeliveryTimeout is not { } timeout) return;
        for (var index = 0; index < turn.State.Active.Count; index++)
        {
            var partition = turn.State.Active[index];
            if (TryExpireWindow(turn, partition, timeout)) ExpireQueue(turn, partition, timeout);
        }
    }

    /// <returns>False when it is being asked of some batch whether it was written; what stands behind it is judged after the answer.</returns>
    static bool TryExpireWindow(ProducerTurn turn, PartitionState partition, TimeSpan timeout)
    {
        bool expired = false, isWaiting = false;
        for (var index = 0; index < partition.Window.Count; index++)
        {
            var batch = partition.Window[index];
            if (batch.IsReported || batch == partition.Replacing) continue;
            if (!IsDue(turn, batch, timeout)) break;
            isWaiting |= WithdrawRule.MustWait(turn, batch);
            if (isWaiting) continue;
            expired = true;
            turn.Report(partition, batch, Judge(turn, partition, batch, timeout));
        }
        if (expired) AnswerRule.Settle(turn, partition);
        return !isWaiting;
    }

    static Verdict Judge(ProducerTurn turn, PartitionState partition, ProducerBatch batch, TimeSpan timeout)
    {
        if (batch.Answer is { IsSuccess: true } answer) return Verdict.Persisted(answer.BaseOffset, answer.LogAppendTime);
        var error = Describe(turn, partition, timeout);
        return batch.IsInFlight || batch.MayBeAppended ? Verdict.PossiblyPersisted(error) : Verdict.NotPersisted(error, ErrorClass.Retriable);
    }

    static void ExpireQueue(ProducerTurn turn, PartitionState partition, TimeSpan timeout)
    {
        for (var index = 0; index < partition.Queue.Count; index++)
        {
            var batch = partition.Queue[index];
            if (batch.FailsWhenSealed is not null) continue;
            if (!IsDue(turn, batch, timeout)) break;
            CloseRule.Doom(turn, batch, Verdict.NotPersisted(Describe(turn, partition, timeout), ErrorClass.Retriable));
        }
        CloseRule.ReportDoomed(turn, partition);
    }

    static bool IsDue(ProducerTurn turn, ProducerBatch batch, TimeSpan timeout)
    {
        var due = batch.AcceptedAt + timeout;
        if (due <= turn.Now) return true;
        turn.WakeAt(due);
        return false;
    }

    static Error Describe(ProducerTurn turn, PartitionState partition, TimeSpan timeout)
    {
        var last = partition.LastFailure is { } failure ? $"the last attempt: {failure}"
            : partition.Leader == NodeId.None ? "no leader is known"
            : turn.State.LastIdentityFailure ?? "no attempt was answered";
        return new Error(LocalErrorCode.DeliveryTimeout, $"{partition.Name}: not delivered within {timeout.TotalMilliseconds:0} ms (delivery.timeout.ms); {last}");
    }
}
