using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

/// <summary>What is asked of a broker next, and what its answer changes.</summary>
internal static class FetchRule
{
    /// <summary>What to ask a broker for next; null when nothing, and then how long to wait unless something changes.</summary>
    public static FetchPlan? Plan(ConsumerTurn turn, NodeId node, ConnectionLane lane, TimeSpan now, out TimeSpan? wait)
    {
        var state = turn.State;
        wait = null;
        if (state.IsClosed || state.IsEnding || (lane == ConnectionLane.UrgentFetches && !state.WaitingAt.Contains(node))) return null;
        if (Budget(turn) is not { } maxBytes) return null;
        var limits = new FetchLimits(state.Options.PartitionFetchMaxBytes, turn.Line.BufferedPerPartition, state.Options.FetchMaxWait);
        if (FetchPlan.Make(state.Turns, node, lane, limits, maxBytes, now) is not { } plan)
        {
            wait = UntilRetry(state, node, now);
            return null;
        }
        foreach (var fetch in plan.Partitions) fetch.Position.FetchSent();
        state.Memory.Reserve(plan.MaxBytes);
        if (lane == ConnectionLane.Fetches) state.WaitingAt.Add(node);
        return plan;
    }

    static int? Budget(ConsumerTurn turn)
    {
        var (memory, most, requests) = (turn.State.Memory, turn.State.Options.FetchMaxBytes, 2 * turn.State.Nodes.Nodes.Count);
        return memory.Budget(most, requests) ?? (DropPaused(turn) ? memory.Budget(most, requests) : null);
    }

    /// <summary>
    /// Drops what paused partitions have in store; they fetch it again. Only when there is no memory for the others: the store would otherwise keep those from being
    /// read as long as the pause lasts.
    /// </summary>
    /// <returns>Whether there was anything.</returns>
    static bool DropPaused(ConsumerTurn turn)
    {
        var any = false;
        foreach (var feed in turn.State.Turns)
        {
            if (!feed.Position.IsPaused || feed.BufferedBytes == 0) continue;
            feed.Position.Rewind();
            turn.Line.Discard(feed);
            any = true;
        }
        return any;
    }

    static TimeSpan? UntilRetry(ConsumerState state, NodeId node, TimeSpan now)
    {
        TimeSpan? next = null;
        foreach (var feed in state.Turns)
            if (feed.Position.RetryAt > now && feed.Position.FetchFrom(now) == node && !(feed.Position.RetryAt >= next)) next = feed.Position.RetryAt;
        return next - now;
    }

    /// <summary>Takes in a broker's answer.</summary>
    /// <returns>False when it said nothing at all.</returns>
    public static bool Answered(ConsumerTurn turn, FetchPlan plan, List<PlannedAnswer> answers, FetchedFrame frame, in Moment moment)
    {
        var (state, anything) = (turn.State, false);
        foreach (var answer in answers)
        {
            anything |= answer.Answer.Error != ErrorCode.None || !answer.Answer.Range.IsEmpty || answer.Answer.PreferredReplica.Value >= 0 || !answer.Fetch.IsWanted;
            if (answer.Fetch.IsWanted) Answer(turn, answer, frame, moment);
        }
        // What a broker leaves out it must not be asked for again at once.
        if (answers.Count < plan.Partitions.Count)
            foreach (var fetch in plan.Partitions)
                if (fetch.IsWanted && !answers.Exists(answer => answer.Fetch.Feed == fetch.Feed)) fetch.Position.FetchLost(moment.Now, state.Options.Pauses);
        End(state, plan);
        foreach (var fetch in plan.Partitions)
            if (!state.Nodes.Nodes.Contains(fetch.Position.FetchFrom(moment.Now)))
            {
                ChooseNodes(state, moment.Now);
                break;
            }
        return anything;
    }

    /// <summary>A request did not come back.</summary>
    public static void Lost(ConsumerTurn turn, FetchPlan plan, TimeSpan now)
    {
        foreach (var fetch in plan.Partitions)
        {
            if (fetch.IsWanted) fetch.Position.FetchLost(now, turn.State.Options.Pauses);
            turn.State.Effects.RefreshTopic(fetch.Position.Partition.Topic);
        }
        End(turn.State, plan);
        ChooseNodes(turn.State, now);
    }

    static void End(ConsumerState state, FetchPlan plan)
    {
        foreach (var fetch in plan.Partitions) fetch.Position.FetchEnded(fetch.Ticket);
        if (plan.Lane == ConnectionLane.Fetches) state.WaitingAt.Remove(plan.Node);
        // The lane that may wait takes over what was fetched beside it.
        else state.Effects.WakeFetcher(plan.Node);
        state.Memory.Unreserve(plan.MaxBytes);
    }

    static void Answer(ConsumerTurn turn, in PlannedAnswer planned, FetchedFrame frame, in Moment moment)
    {
        var (state, feed) = (turn.State, planned.Fetch.Feed);
        var position = feed.Position;
        var outcome = position.Answer(planned.Answer, state.Options.Isolation, moment.Now, state.Options.Pauses);
        if (outcome.Fault is { } fault) state.Tell(fault);
        if (outcome.Has(FetchActions.Refresh)) state.Effects.RefreshTopic(position.Partition.Topic);
        if (outcome.Has(FetchActions.Diverges)) Diverge(turn, feed, planned.Answer, moment);
        if (outcome.Has(FetchActions.Data)) Enqueue(turn, planned, frame);
        else if (outcome.Has(FetchActions.Ending)) Enqueue(turn, feed, planned.Fetch.Offset, outcome.Ending);
        else if (outcome.Has(FetchActions.AtEnd) && IsEndNews(state, position)) Enqueue(turn, feed, planned.Fetch.Offset, ChunkEnding.AtEnd);
    }

    static void Diverge(ConsumerTurn turn, PartitionFeed feed, in FetchAnswer answer, in Moment moment)
    {
        var (leaderEpoch, common) = answer.Diverging!.Value;
        if (feed.Position.Diverge(leaderEpoch, common, turn.State.Options.Reset.Query(moment.Wall)) is { } fault) turn.State.Tell(fault);
        turn.Line.Discard(feed);
        turn.State.Effects.LookUp();
    }

    /// <summary>Whether the application wants to hear that the end is reached, and has not yet.</summary>
    static bool IsEndNews(ConsumerState state, PartitionPosition position)
    {
        if (!state.Options.TellsPartitionEnd || position.EndTold == position.FetchedOffset || position.FetchedOffset != position.EndOffset(state.Options.Isolation)) return false;
        position.EndTold = position.FetchedOffset;
        return true;
    }

    static void Enqueue(ConsumerTurn turn, in PlannedAnswer planned, FetchedFrame frame)
    {
        var (state, feed) = (turn.State, planned.Fetch.Feed);
        frame.Hold();
        if (planned.Answer.Range.HasCompressed) state.Memory.SawCompressed();
        feed.Fetched.Enqueue(new FetchedChunk(feed, feed.Position.FetchEpoch, planned.Fetch.Offset, planned.Answer.Records,
            state.Options.Isolation == IsolationLevel.ReadCommitted ? planned.Aborted : [], frame, IsEndNews(state, feed.Position) ? ChunkEnding.AtEnd : ChunkEnding.None)
        {
            Filter = state.Fault == PlantedFault.DeliversAbortedRecords ? new ReadCommittedFilter([]) : null,
        });
        feed.BufferedBytes += planned.Answer.Records.Length;
        feed.Counter.Bytes += planned.Answer.Records.Length;
        // Brokers fill an answer in the order of the request: who had something waits for the others.
        state.Turns.Remove(feed.FetchTurn!);
        state.Turns.AddLast(feed.FetchTurn!);
        turn.Decoding.Start(feed);
    }

    static void Enqueue(ConsumerTurn turn, PartitionFeed feed, long offset, in ChunkEnding ending)
    {
        feed.Fetched.Enqueue(new FetchedChunk(feed, feed.Position.FetchEpoch, offset, default, [], null, ending));
        turn.Decoding.Start(feed);
    }

    /// <summary>One fetcher for each broker that leads, or is near to, a partition that is read.</summary>
    public static void ChooseNodes(ConsumerState state, TimeSpan now)
    {
        if (state.IsClosed) return;
        var wanted = new HashSet<NodeId>();
        foreach (var feed in state.Turns)
            if (feed.Position.FetchFrom(now) is { Value: >= 0 } node) wanted.Add(node);
        if (wanted.SetEquals(state.Nodes.Nodes)) return;
        state.Nodes = new FetchNodes(state.Nodes.Version + 1, wanted);
        state.Effects.FetchFrom(state.Nodes);
    }
}
