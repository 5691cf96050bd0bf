using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Semel.Faults.Connections;

namespace Semel.Faults;

/// <summary>
/// A TCP proxy that understands Kafka's frames and does to chosen ones what networks do: loses, delays, repeats, reorders, cuts. Clients reach the broker through
/// <see cref="EndPoint"/>, and the addresses inside answers are replaced so that they come back. Each connection of a client has a connection to the broker of its own, and
/// both end together. A broker that is away shows as connections that are reset at once; it may come back, elsewhere too (<see cref="Upstream"/>). A broker of the same cluster
/// that an answer tells of gets a port of its own. Thread safe.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    /// <summary>An answer that tells more addresses than any cluster has brokers does not make the proxy open ports without end.</summary>
    const int MostListeners = 256;

    readonly FaultProxyOptions _options;
    readonly FaultLedger _ledger;
    readonly LateDeliveries _late;
    readonly CancellationTokenSource _stop = new();
    readonly ProxyListener _first;
    readonly ConcurrentDictionary<int, (ProxyConnection Connection, Task Run)> _connections = new();
    readonly Lock _listenersLock = new();
    readonly Dictionary<(string Host, int Port), ProxyListener> _listeners = [];
    readonly List<Task> _accepting = [];
    int _lastConnection;
    bool _isDisposed;

    FaultProxy(FaultProxyOptions options)
    {
        _options = options;
        _ledger = new FaultLedger(options);
        _late = new LateDeliveries(options, _ledger, _stop.Token);
        _first = new ProxyListener(options.Listen, options.Upstream);
        _accepting.Add(AcceptAsync(_first));
    }

    /// <summary>Begins to listen. The broker need not be there.</summary>
    /// <exception cref="SocketException">The address to listen on is not this machine's or is in use.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static Task<FaultProxy> StartAsync(FaultProxyOptions options) => Task.FromResult(new FaultProxy(options.Validated()));

    /// <summary>Where clients connect.</summary>
    public IPEndPoint EndPoint => _first.EndPoint;

    /// <summary>Where new connections through <see cref="EndPoint"/> go; may be changed while the proxy runs.</summary>
    public EndPoint Upstream
    {
        get => _first.Upstream;
        set => _first.Upstream = value;
    }

    /// <summary>The rules that are in force. Setting them begins their counts anew, and strikes from the next frame on.</summary>
    public IReadOnlyList<FaultRule> Rules
    {
        get => _ledger.Rules;
        set => _ledger.Rules = value;
    }

    /// <summary>Live counts.</summary>
    public FaultCounters Counters => _ledger.Counters;

    /// <summary>The latest events, oldest first; as many as the options say are kept.</summary>
    public IReadOnlyList<FaultEvent> Events => _ledger.Events;

    /// <summary>How many requests wait for <see cref="ReleaseHeldAsync"/>.</summary>
    public int HeldCount => _late.HeldCount;

    /// <summary>How many connections of clients are open.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Delivers the requests that are held without a time, in their order; completes when each was answered or given up.</summary>
    public Task<IReadOnlyList<LateDelivery>> ReleaseHeldAsync() => _late.ReleaseAsync();

    /// <summary>Closes every connection of now.</summary>
    public void CutAll()
    {
        foreach (var (connection, _) in _connections.Values) connection.Cut();
    }

    /// <summary>Closes everything; completes when nothing runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_listenersLock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
        }
        await _stop.CancelAsync().ConfigureAwait(false);
        _first.Dispose();
        foreach (var listener in _listeners.Values) listener.Dispose();
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        await Task.WhenAll(_connections.Values.Select(one => one.Run)).ConfigureAwait(false);
        await _late.DrainAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    async Task AcceptAsync(ProxyListener listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                client.NoDelay = true;
                Begin(listener, client);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException) { return; }
            catch (SocketException failure)
            {
                // The client was gone before it was accepted, or the process has no descriptor left: later there may be one.
                _ledger.Note(0, $"a connection was not accepted: {failure.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(10), _options.TimeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    void Begin(ProxyListener listener, Socket client)
    {
        var number = Interlocked.Increment(ref _lastConnection);
        var context = new ConnectionContext(number, listener.Upstream, _options, _ledger, _late);
        var connection = new ProxyConnection(client, context, (local, host, port, alone) => Map(listener, local, host, port, alone));
        var begin = new TaskCompletionSource();
        _connections[number] = (connection, RunAsync(connection, number, begin.Task));
        begin.SetResult();
    }

    /// <summary>Runs only when it is listed, so that it can never end before that and stay listed.</summary>
    async Task RunAsync(ProxyConnection connection, int number, Task listed)
    {
        await listed.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try { await connection.RunAsync(_stop.Token).ConfigureAwait(false); }
        finally { _connections.TryRemove(number, out _); }
    }

    /// <summary>The address to tell a client instead of a broker's: that by which the client reached the proxy, with the port that stands for the broker.</summary>
    /// <param name="alone">The answer names no other broker, so it is the one behind <paramref name="asked"/>, whatever it calls itself.</param>
    (string Host, int Port) Map(ProxyListener asked, IPAddress local, string host, int port, bool alone)
    {
        if (local.IsIPv4MappedToIPv6) local = local.MapToIPv4();
        lock (_listenersLock)
        {
            if (_isDisposed) return (host, port);
            if (alone || asked.StandsFor(host, port)) _listeners.TryAdd((host, port), asked);
            else if (_first.StandsFor(host, port)) _listeners.TryAdd((host, port), _first);
            if (!_listeners.TryGetValue((host, port), out var listener) && (listener = TryListenFor(host, port)) is null) return (host, port);
            return (local.ToString(), listener.EndPoint.Port);
        }
    }

    ProxyListener? TryListenFor(string host, int port)
    {
        if (_listeners.Count >= MostListeners)
        {
            _ledger.Note(0, $"{host}:{port} gets no port: {MostListeners} brokers have one already");
            return null;
        }
        EndPoint upstream = IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
        try
        {
            var listener = new ProxyListener(new IPEndPoint(_options.Listen.Address, 0), upstream);
            _listeners.Add((host, port), listener);
            _accepting.Add(AcceptAsync(listener));
            _ledger.Note(0, $"{listener.EndPoint} stands for {host}:{port}");
            return listener;
        }
        catch (SocketException failure)
        {
            _ledger.Note(0, $"{host}:{port} gets no port: {failure.Message}");
            return null;
        }
    }
}
