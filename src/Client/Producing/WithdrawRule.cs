namespace Semel.Client.Producing;

/// <summary>
/// A request that was handed out may still wait for a connection, and then its batches certainly are not in the log. Only the shell knows, and what it knows may change
/// the moment after: so the machine does not ask whether a request was written, it asks for the request back. Until the answer is there, nothing is said about its batches.
/// </summary>
internal static class WithdrawRule
{
    /// <summary>Whether it is open if anything of the batch was ever written. Asks, once, where that is so.</summary>
    public static bool MustWait(ProducerTurn turn, ProducerBatch batch)
    {
        if (batch.Attempt is not { HasBegun: false } request || batch.MayBeAppended) return false;
        if (request.IsWithdrawalAsked) return true;
        request.IsWithdrawalAsked = true;
        turn.Add(new WithdrawRequest(request.Id, request.Node));
        return true;
    }

    /// <summary>The same for everything of a partition that is on its way.</summary>
    public static bool MustWait(ProducerTurn turn, PartitionState partition)
    {
        var mustWait = false;
        foreach (var batch in partition.Window) mustWait |= MustWait(turn, batch);
        return mustWait;
    }

    /// <summary>Its batches are as if they had never been handed out: what is too old will fail, the others go out again without a pause.</summary>
    public static void Take(ProducerTurn turn, RequestWithdrawn input)
    {
        if (AnswerRule.End(turn, input.RequestId) is { } request) TakeBack(turn, request, PartitionAnswer.Unanswered(wasWritten: false, input.Reason));
        EndIfClosed(turn);
    }

    static void TakeBack(ProducerTurn turn, RequestState request, PartitionAnswer answer)
    {
        foreach (var batch in request.Batches)
        {
            if (AnswerRule.Forget(turn, batch) is not { } partition) continue;
            partition.LastFailure = answer;
            partition.Rewind();
            RewindRule.FinishIfQuiet(turn, partition);
        }
    }

    public static void Take(ProducerTurn turn, RequestBegun input)
    {
        if (turn.State.Requests.TryGetValue(input.RequestId, out var request)) request.HasBegun = true;
        EndIfClosed(turn);
    }

    /// <summary>Closing waits for these answers. The request may have ended meanwhile by another one; what waited for it ends all the same.</summary>
    static void EndIfClosed(ProducerTurn turn)
    {
        if (turn.State.ClosedBy is { } reason) CloseRule.EndPartitions(turn, reason);
    }
}
