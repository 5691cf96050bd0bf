using Microsoft.Extensions.Logging;
using Semel.Client.Metadata;
using Semel.Protocol;

namespace Semel.Client.Connections;

/// <summary>
/// The connections to one cluster: at most one for each broker and lane, made when first asked for and made anew when broken.
///
/// Where a broker listens is told by the metadata; before there is any, the bootstrap servers are asked. One call makes one attempt (after whatever
/// is left of the broker's reconnect backoff) and then throws: how long to go on trying is for the caller to say, who knows what waits for it.
///
/// All members are thread safe.
/// </summary>
internal sealed class ClusterConnections : IAsyncDisposable
{
    readonly ConnectionOptions _options;
    readonly Dialer _dialer;
    readonly CancellationTokenSource _closing = new();
    readonly Lock _gate = new();
    readonly Dictionary<(NodeId Node, ConnectionLane Lane), ConnectionSlot> _slots = [];
    readonly Dictionary<BrokerAddress, ConnectionSlot> _bootstrap = [];
    long? _silentSince;
    bool _isDisposed;

    public ClusterConnections(ConnectionOptions options)
    {
        _options = options;
        _dialer = new Dialer(options);
        Outages = new Outages(options.Logger);
        Features = new ClusterFeatures();
        Metadata = new MetadataCache(this, options);
    }

    public ConnectionOptions Options => _options;
    public MetadataCache Metadata { get; }
    public Outages Outages { get; }
    public ClusterFeatures Features { get; }

    /// <summary>The connection to a broker of the cluster.</summary>
    /// <exception cref="BrokerConnectionException">The broker is not in the metadata, or it cannot be reached.</exception>
    public ValueTask<BrokerConnection> GetAsync(NodeId node, CancellationToken cancellation = default) => GetAsync(node, ConnectionLane.Requests, cancellation);

    /// <inheritdoc cref="GetAsync(NodeId, CancellationToken)"/>
    public ValueTask<BrokerConnection> GetAsync(NodeId node, ConnectionLane lane, CancellationToken cancellation = default)
    {
        if (!Metadata.View.Brokers.TryGetValue(node, out var address))
            throw new BrokerConnectionException($"broker {node} is not among the brokers that the cluster names", wasWritten: false);
        return Slot(node, lane, address).GetAsync(cancellation);
    }

    /// <summary>A connection to whichever broker answers.</summary>
    /// <exception cref="BrokerConnectionException">None does; the message names each that was tried and why it failed.</exception>
    public async ValueTask<BrokerConnection> GetAnyAsync(CancellationToken cancellation = default)
    {
        var candidates = Candidates();
        foreach (var slot in candidates)
            if (slot.Current is { } open) return open;
        List<string> reasons = [];
        foreach (var slot in candidates)
        {
            try
            {
                var connection = await slot.GetAsync(cancellation).ConfigureAwait(false);
                lock (_gate) _silentSince = null;
                return connection;
            }
            catch (BrokerConnectionException failure)
            {
                reasons.Add(failure.Message);
            }
        }
        lock (_gate) _silentSince ??= _options.TimeProvider.GetTimestamp();
        throw new BrokerConnectionException($"no broker can be reached: {string.Join("; ", reasons)}", wasWritten: false);
    }

    ConnectionSlot[] Candidates()
    {
        var known = Metadata.View.Brokers;
        var silence = Silence();
        var rebootstrap = known.Count > 0 && _options.RebootstrapAfter is { } after && silence >= after;
        if (rebootstrap) ConnectionLog.Rebootstrap(_options.Logger, silence);
        var slots = known.Count > 0 && !rebootstrap
            ? known.Select(broker => Slot(broker.Key, ConnectionLane.Requests, broker.Value)).ToArray()
            : _options.BootstrapServers.Select(Bootstrap).ToArray();
        // All clients of a cluster have the same list: without the shuffle its first entry would get all the work.
        Random.Shared.Shuffle(slots);
        return slots;
    }

    /// <summary>How long no known broker could be reached (P-20).</summary>
    TimeSpan Silence()
    {
        lock (_gate) return _silentSince is { } since ? _options.TimeProvider.GetElapsedTime(since) : TimeSpan.Zero;
    }

    ConnectionSlot Slot(NodeId node, ConnectionLane lane, BrokerAddress address)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_slots.TryGetValue((node, lane), out var slot) && slot.Address == address) return slot;
            slot?.Retire();
            return _slots[(node, lane)] = new ConnectionSlot(node, address, _dialer, Outages, Features, _options, _closing.Token);
        }
    }

    ConnectionSlot Bootstrap(BrokerAddress address)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_bootstrap.TryGetValue(address, out var slot))
                _bootstrap[address] = slot = new ConnectionSlot(NodeId.None, address, _dialer, Outages, Features, _options, _closing.Token);
            return slot;
        }
    }

    /// <summary>What is open and what cannot be reached, now.</summary>
    public ConnectionSummary Summary()
    {
        lock (_gate) return new ConnectionSummary(_slots.Values.Concat(_bootstrap.Values).Count(static slot => slot.Current is not null), Outages.All());
    }

    /// <summary>Closes every connection. Requests without an answer fail.</summary>
    public async ValueTask DisposeAsync()
    {
        ConnectionSlot[] slots;
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            slots = [.. _slots.Values, .. _bootstrap.Values];
        }
        await _closing.CancelAsync().ConfigureAwait(false);
        await Metadata.DisposeAsync().ConfigureAwait(false);
        foreach (var slot in slots) await slot.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }
}
