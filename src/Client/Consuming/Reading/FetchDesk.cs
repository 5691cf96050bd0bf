using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming.Reading;

/// <summary>Where the fetchers of all brokers come for something to do and bring what they got.</summary>
internal sealed class FetchDesk(AssignedPartitions assigned, ClusterConnections connections, ConsumerOptions options, CancellationToken closing) : IAsyncDisposable
{
    readonly Dictionary<NodeId, BrokerFetcher> _fetchers = [];
    readonly List<Task> _ending = [];

    /// <summary>What to ask a broker for next; null when nothing, and then how long to wait unless woken.</summary>
    public FetchPlan? Plan(BrokerFetcher fetcher, ConnectionLane lane, out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        lock (assigned.Gate)
        {
            if (assigned.IsClosed || (lane == ConnectionLane.UrgentFetches && !fetcher.IsWaiting)) return null;
            if (Budget() is not { } maxBytes) return null;
            var now = assigned.Now;
            var limits = new FetchLimits(options.PartitionFetchMaxBytes, assigned.Line.BufferedPerPartition, options.FetchMaxWait);
            if (FetchPlan.Make(assigned.Turns, fetcher.Node, lane, limits, maxBytes, now) is not { } plan)
            {
                wait = UntilRetry(fetcher.Node, now);
                return null;
            }
            foreach (var fetch in plan.Partitions) fetch.Position.FetchSent();
            assigned.Memory.Reserve(plan.MaxBytes);
            if (lane == ConnectionLane.Fetches) fetcher.IsWaiting = true;
            return plan;
        }
    }

    int? Budget()
    {
        var requests = 2 * _fetchers.Count;
        return assigned.Memory.Budget(options.FetchMaxBytes, requests) ?? (assigned.DropPaused() ? assigned.Memory.Budget(options.FetchMaxBytes, requests) : null);
    }

    TimeSpan UntilRetry(NodeId node, TimeSpan now)
    {
        var next = TimeSpan.MaxValue;
        foreach (var feed in assigned.Turns)
            if (feed.Position.RetryAt > now && feed.Position.FetchFrom(now) == node && feed.Position.RetryAt < next) next = feed.Position.RetryAt;
        return next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : next - now;
    }

    /// <summary>Takes in a broker's answer, and with it the frame.</summary>
    /// <returns>False when it said nothing at all.</returns>
    public bool Answered(BrokerFetcher fetcher, FetchPlan plan, List<PlannedAnswer> answers, ResponseFrame frame)
    {
        var shared = new FetchedFrame(frame, assigned.Memory.ReleaseFetched);
        assigned.Memory.AddFetched(shared.SizeInBytes);
        var anything = false;
        lock (assigned.Gate)
        {
            var now = assigned.Now;
            foreach (var answer in answers)
            {
                anything |= answer.Answer.Error != ErrorCode.None || !answer.Answer.Range.IsEmpty || answer.Answer.PreferredReplica.Value >= 0 || !answer.Fetch.IsWanted;
                if (answer.Fetch.IsWanted) Answer(answer, shared, now);
            }
            // What a broker leaves out it must not be asked for again at once.
            if (answers.Count < plan.Partitions.Count)
                foreach (var fetch in plan.Partitions)
                    if (fetch.IsWanted && !answers.Exists(answer => answer.Fetch.Feed == fetch.Feed)) fetch.Position.FetchLost(now, options.Pauses);
            End(fetcher, plan);
            if (plan.Partitions.Exists(fetch => !_fetchers.ContainsKey(fetch.Position.FetchFrom(now)))) EnsureFetchers();
        }
        shared.Release();
        return anything;
    }

    void End(BrokerFetcher fetcher, FetchPlan plan)
    {
        foreach (var fetch in plan.Partitions) fetch.Position.FetchEnded(fetch.Ticket);
        if (plan.Lane == ConnectionLane.Fetches) fetcher.IsWaiting = false;
        // The lane that may wait takes over what was fetched beside it.
        else fetcher.Wake();
        assigned.Memory.Unreserve(plan.MaxBytes);
    }

    void Answer(in PlannedAnswer planned, FetchedFrame frame, TimeSpan now)
    {
        var feed = planned.Fetch.Feed;
        var position = feed.Position;
        var outcome = position.Answer(planned.Answer, options.Isolation, now, options.Pauses);
        if (outcome.Fault is { } fault) assigned.Tell(fault);
        if (outcome.Has(FetchActions.Refresh)) assigned.Metadata.RequestRefresh(position.Partition.Topic);
        if (outcome.Has(FetchActions.Diverges)) Diverge(feed, planned.Answer);
        if (outcome.Has(FetchActions.Data)) Enqueue(planned, frame);
        else if (outcome.Has(FetchActions.Ending)) Enqueue(feed, planned.Fetch.Offset, outcome.Ending);
        else if (outcome.Has(FetchActions.AtEnd) && IsEndNews(position)) Enqueue(feed, planned.Fetch.Offset, ChunkEnding.AtEnd);
    }

    void Diverge(PartitionFeed feed, in FetchAnswer answer)
    {
        var (leaderEpoch, common) = answer.Diverging!.Value;
        if (feed.Position.Diverge(leaderEpoch, common, assigned.ResetQuery) is { } fault) assigned.Tell(fault);
        assigned.Line.Discard(feed);
    }

    /// <summary>Whether the application wants to hear that the end is reached, and has not yet.</summary>
    bool IsEndNews(PartitionPosition position)
    {
        if (!options.TellsPartitionEnd || position.EndTold == position.FetchedOffset || position.FetchedOffset != position.EndOffset(options.Isolation)) return false;
        position.EndTold = position.FetchedOffset;
        return true;
    }

    void Enqueue(in PlannedAnswer planned, FetchedFrame frame)
    {
        var feed = planned.Fetch.Feed;
        frame.Hold();
        if (planned.Answer.Range.HasCompressed) assigned.Memory.SawCompressed();
        feed.Fetched.Enqueue(new FetchedChunk(feed, feed.Position.FetchEpoch, planned.Fetch.Offset, planned.Answer.Records,
            options.Isolation == IsolationLevel.ReadCommitted ? planned.Aborted : [], frame, IsEndNews(feed.Position) ? ChunkEnding.AtEnd : ChunkEnding.None));
        feed.BufferedBytes += planned.Answer.Records.Length;
        // Brokers fill an answer in the order of the request: who had something waits for the others.
        assigned.Turns.Remove(feed.FetchTurn!);
        assigned.Turns.AddLast(feed.FetchTurn!);
        assigned.Decoding.Start(feed);
    }

    void Enqueue(PartitionFeed feed, long offset, in ChunkEnding ending)
    {
        feed.Fetched.Enqueue(new FetchedChunk(feed, feed.Position.FetchEpoch, offset, default, [], null, ending));
        assigned.Decoding.Start(feed);
    }

    /// <summary>A request did not come back.</summary>
    public void Lost(BrokerFetcher fetcher, FetchPlan plan)
    {
        lock (assigned.Gate)
        {
            foreach (var fetch in plan.Partitions)
                if (fetch.IsWanted) fetch.Position.FetchLost(assigned.Now, options.Pauses);
            End(fetcher, plan);
            EnsureFetchers();
            if (assigned.IsClosed) return;
        }
        foreach (var topic in plan.Partitions.Select(static fetch => fetch.Position.Partition.Topic).Distinct()) assigned.Metadata.RequestRefresh(topic);
    }

    /// <summary>One fetcher for each broker that leads, or is near to, an assigned partition; the others end. Called under the lock.</summary>
    public void EnsureFetchers()
    {
        if (assigned.IsClosed) return;
        var now = assigned.Now;
        var wanted = new HashSet<NodeId>();
        foreach (var feed in assigned.Turns)
            if (feed.Position.FetchFrom(now) is { Value: >= 0 } node) wanted.Add(node);
        foreach (var node in wanted)
            if (!_fetchers.ContainsKey(node)) _fetchers[node] = new BrokerFetcher(node, this, connections, options, closing);
        foreach (var (node, fetcher) in _fetchers.Where(fetcher => !wanted.Contains(fetcher.Key)).ToArray())
        {
            _fetchers.Remove(node);
            _ending.RemoveAll(static task => task.IsCompleted);
            _ending.Add(Task.Run(async () => await fetcher.DisposeAsync().ConfigureAwait(false), CancellationToken.None));
        }
    }

    /// <summary>A partition can be asked for. Called under the lock.</summary>
    public void Wake(PartitionFeed feed)
    {
        if (_fetchers.TryGetValue(feed.Position.FetchFrom(assigned.Now), out var fetcher)) fetcher.Wake();
    }

    public void WakeAll()
    {
        lock (assigned.Gate)
            foreach (var fetcher in _fetchers.Values) fetcher.Wake();
    }

    public async ValueTask DisposeAsync()
    {
        Task[] ending;
        lock (assigned.Gate) ending = [.. _ending, .. _fetchers.Values.Select(static fetcher => fetcher.DisposeAsync().AsTask())];
        await Task.WhenAll(ending).ConfigureAwait(false);
    }
}
