using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming.Reading;

/// <summary>The fetchers of all brokers, and where they come for something to do and bring what they got. Thread safe.</summary>
internal sealed class FetchDesk(GuardedMachine guarded, ClusterConnections connections, ConsumerOptions options, CancellationToken closing) : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly Dictionary<NodeId, BrokerFetcher> _fetchers = [];
    readonly List<Task> _ending = [];
    long _version;
    bool _isDisposed;

    /// <summary>What to ask a broker for next; null when nothing, and then how long to wait unless woken.</summary>
    public FetchPlan? Plan(BrokerFetcher fetcher, ConnectionLane lane, out TimeSpan wait)
    {
        using var turn = guarded.Enter();
        var plan = turn.Machine.Plan(fetcher.Node, lane, guarded.Now, out var pause);
        wait = pause ?? Timeout.InfiniteTimeSpan;
        return plan;
    }

    /// <summary>Takes in a broker's answer, and with it the frame.</summary>
    /// <returns>False when it said nothing at all.</returns>
    public bool Answered(FetchPlan plan, List<PlannedAnswer> answers, ResponseFrame frame)
    {
        var shared = new FetchedFrame(frame, guarded.Memory.ReleaseFetched);
        guarded.Memory.AddFetched(shared.SizeInBytes);
        bool anything;
        using (var turn = guarded.Enter()) anything = turn.Machine.Answered(plan, answers, shared, guarded.Moment);
        shared.Release();
        return anything;
    }

    /// <summary>A request did not come back.</summary>
    public void Lost(FetchPlan plan)
    {
        using var turn = guarded.Enter();
        turn.Machine.Lost(plan, guarded.Now);
    }

    /// <summary>One fetcher for each of these brokers; the others end.</summary>
    public void FetchFrom(FetchNodes nodes)
    {
        lock (_gate)
        {
            if (_isDisposed || nodes.Version <= _version) return;
            _version = nodes.Version;
            foreach (var node in nodes.Nodes)
                if (!_fetchers.ContainsKey(node)) _fetchers[node] = BrokerFetcher.Start(node, this, connections, options, closing);
            foreach (var (node, fetcher) in _fetchers.Where(fetcher => !nodes.Nodes.Contains(fetcher.Key)).ToArray())
            {
                _fetchers.Remove(node);
                _ending.RemoveAll(static task => task.IsCompleted);
                _ending.Add(Task.Run(async () => await fetcher.DisposeAsync().ConfigureAwait(false), CancellationToken.None));
            }
        }
    }

    /// <summary>The broker may be asked for something.</summary>
    public void Wake(NodeId node)
    {
        lock (_gate)
            if (_fetchers.TryGetValue(node, out var fetcher)) fetcher.Wake();
    }

    public void WakeAll()
    {
        lock (_gate)
            foreach (var fetcher in _fetchers.Values) fetcher.Wake();
    }

    public async ValueTask DisposeAsync()
    {
        Task[] ending;
        lock (_gate)
        {
            _isDisposed = true;
            ending = [.. _ending, .. _fetchers.Values.Select(static fetcher => fetcher.DisposeAsync().AsTask())];
        }
        await Task.WhenAll(ending).ConfigureAwait(false);
    }
}
