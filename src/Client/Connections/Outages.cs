using Microsoft.Extensions.Logging;

namespace Semel.Client.Connections;

/// <summary>
/// Which addresses cannot be reached at the moment, and why. Whoever uses the client is told at once, and of each address and cause once until the broker is
/// reached again: attempts go on in a loop, telling does not. Thread safe.
/// </summary>
internal sealed class Outages(ILogger logger)
{
    readonly Lock _gate = new();
    readonly Dictionary<BrokerAddress, Outage> _outages = [];

    /// <summary>Raised on the thread pool, each handler by itself.</summary>
    public event Action<BrokerUnreachable>? Told;

    sealed class Outage
    {
        public HashSet<UnreachableCause> Told { get; } = [];
        public string LastReason { get; set; } = "";
        public NodeId Node { get; set; }
        public UnreachableCause LastCause { get; set; }
    }

    public void Failed(NodeId node, BrokerAddress address, UnreachableCause cause, string reason)
    {
        lock (_gate)
        {
            if (!_outages.TryGetValue(address, out var outage)) _outages[address] = outage = new Outage();
            (outage.Node, outage.LastCause, outage.LastReason) = (node, cause, reason);
            if (!outage.Told.Add(cause)) return;
        }
        var told = UnreachableRule.Describe(node, address, cause, reason);
        ConnectionLog.BrokerUnreachable(logger, node, reason, told.Remedy);
        foreach (var handler in Delegate.EnumerateInvocationList(Told))
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.Outages.Run(work.Handler, work.Told), (Outages: this, Handler: handler, Told: told),
                preferLocal: false);
    }

    void Run(Action<BrokerUnreachable> handler, BrokerUnreachable told)
    {
        try { handler(told); }
        catch (Exception failure) { Log.HandlerFailed(logger, failure); }
    }

    public void Reached(BrokerAddress address)
    {
        lock (_gate) _outages.Remove(address);
    }

    /// <summary>Every address to which the last attempt failed.</summary>
    public IReadOnlyList<BrokerUnreachable> All()
    {
        lock (_gate) return [.. _outages.Select(static outage => UnreachableRule.Describe(outage.Value.Node, outage.Key, outage.Value.LastCause, outage.Value.LastReason))];
    }

    /// <summary>What the last attempts at these addresses failed with; null when none of them did.</summary>
    public string? Describe(IEnumerable<BrokerAddress> addresses)
    {
        lock (_gate)
        {
            string[] reasons = [.. addresses.Select(_outages.GetValueOrDefault).OfType<Outage>().Select(static outage => outage.LastReason)];
            return reasons.Length == 0 ? null : string.Join("; ", reasons);
        }
    }
}
