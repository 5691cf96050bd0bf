using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Semel.Protocol.Wire;

namespace Semel.Broker.Door;

/// <summary>Takes connections at one address, bounds their number, and once a second closes those that are late. Plain sockets: two to four times as fast as a web server's.</summary>
internal sealed class Listener : IAsyncDisposable
{
    const int Backlog = 1024;

    /// <summary>Between two tries to take a connection when that fails; doubled each time.</summary>
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1);

    readonly ILogger _logger;
    readonly Socket _socket;
    readonly LineLimiter _lines;
    readonly ConcurrentDictionary<long, Session> _sessions = [];
    readonly ConcurrentDictionary<IPAddress, int> _perAddress = [];
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    ITimer? _sweep;
    Task _accepting = Task.CompletedTask;
    volatile bool _isStopping;
    // Written by the loop that takes connections alone.
    long _lastOrdinal;

    /// <exception cref="SocketException">The address is in use or is none of this machine.</exception>
    public Listener(IPEndPoint endPoint, DoorSettings settings, RequestMemory memory, TimeProvider time, ILogger logger)
    {
        (Settings, Memory, Time, _logger) = (settings, memory, time, logger);
        _lines = new LineLimiter(time);
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(endPoint);
            _socket.Listen(Backlog);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    public DoorSettings Settings { get; }
    public HandlerTable Handlers { get; private set; } = new([]);
    public RequestMemory Memory { get; }
    public TimeProvider Time { get; }
    public IPEndPoint EndPoint { get; }
    public int ConnectionCount => _sessions.Count;

    /// <summary>
    /// Whether a connection is there still: one whose peer has gone counts until that was noticed. False for 0, which is no connection. Any thread.
    /// </summary>
    /// <param name="ordinal">See <see cref="Session.Ordinal"/>.</param>
    public bool IsOpen(long ordinal) => _sessions.ContainsKey(ordinal);

    /// <summary>The ordinals of all connections that are there. Any thread.</summary>
    public IReadOnlySet<long> OpenConnections() => _sessions.Keys.ToHashSet();

    /// <summary>Takes connections from now on. Until then they wait in the system's queue.</summary>
    public void Start(HandlerTable handlers)
    {
        Handlers = handlers;
        _sweep = Time.CreateTimer(_ => Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _accepting = AcceptAsync();
    }

    async Task AcceptAsync()
    {
        var pause = ShortestPause;
        while (!_isStopping)
        {
            try
            {
                Admit(await _socket.AcceptAsync());
                pause = ShortestPause;
            }
            catch (Exception exception)
            {
                if (_isStopping) return;
                // Out of descriptors, memory or threads, or a peer that was gone before it was taken: the next try may succeed, and this loop never
                // ends before the broker.
                if (_lines.MayWrite(out var suppressed)) Log.AcceptFailed(_logger, ReasonOf(exception), suppressed);
                await Task.Delay(pause, Time);
                pause = pause + pause < LongestPause ? pause + pause : LongestPause;
            }
        }
    }

    static string ReasonOf(Exception exception) => exception is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets }
        ? "too many files and connections are open; raise the limit of open files (ulimit -n, LimitNOFILE). Clients wait meanwhile."
        : $"{exception.GetType().Name}: {exception.Message}";

    void Admit(Socket socket)
    {
        if (PeerOf(socket) is not { } peer)
        {
            socket.Dispose();
            return;
        }
        var ofAddress = _perAddress.AddOrUpdate(peer.Address, 1, static (_, count) => count + 1);
        var refusal = _sessions.Count >= Settings.MaxConnections ? Settings.MaxConnectionsReason
            : ofAddress > Settings.MaxConnectionsPerAddress ? $"max.connections.per.ip, {Settings.MaxConnectionsPerAddress}, is reached" : null;
        if (refusal is not null)
        {
            Forget(peer.Address);
            socket.Dispose();
            WriteRefused(peer, refusal);
            return;
        }
        if (Begin(socket, peer) is not { } session) return;
        _sessions.TryAdd(session.Ordinal, session);
        Log.ConnectionOpened(_logger, peer);
        if (_isStopping) session.Stop();
        ThreadPool.UnsafeQueueUserWorkItem(session, preferLocal: false);
    }

    // Null when the peer was gone before its connection was one.
    Session? Begin(Socket socket, IPEndPoint peer)
    {
        try
        {
            socket.NoDelay = true;
            return new Session(socket, peer, ++_lastOrdinal, this);
        }
        catch (Exception exception)
        {
            Forget(peer.Address);
            socket.Dispose();
            if (exception is SocketException) return null;
            throw;
        }
    }

    static IPEndPoint? PeerOf(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint as IPEndPoint;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    // On a timer's thread: what it threw would end the process.
    void Sweep()
    {
        var now = Time.GetTimestamp();
        foreach (var (_, session) in _sessions)
        {
            try
            {
                session.CloseWhenLate(now, Settings, Time);
            }
            catch (Exception exception)
            {
                if (_lines.MayWrite(out _)) Log.SweepFailed(_logger, exception);
            }
        }
    }

    void Forget(IPAddress address)
    {
        if (_perAddress.AddOrUpdate(address, 0, static (_, count) => count - 1) <= 0) _perAddress.TryRemove(new(address, 0));
    }

    internal void Ended(Session session, string reason, bool isRefused)
    {
        _sessions.TryRemove(session.Ordinal, out _);
        Forget(session.Peer.Address);
        if (isRefused) WriteRefused(session.Peer, reason);
        else Log.ConnectionClosed(_logger, session.Peer, reason);
        if (_isStopping && _sessions.IsEmpty) _ended.TrySetResult();
    }

    void WriteRefused(IPEndPoint peer, string reason)
    {
        if (_lines.MayWrite(out var suppressed)) Log.ConnectionRefused(_logger, peer, reason, suppressed);
    }

    internal void NotEnded(Session session, Exception exception)
    {
        if (_lines.MayWrite(out _)) Log.SessionNotEnded(_logger, session.Peer, exception);
    }

    internal void RequestFailed(Session session, in RequestHeader header, Exception exception)
    {
        if (_lines.MayWrite(out _)) Log.RequestFailed(_logger, header.ApiKey, header.ApiVersion, session.Peer, exception);
    }

    /// <summary>Takes no more connections and reads no more requests, waits until those under way are answered, at most for <paramref name="timeout"/>.</summary>
    /// <returns>False when connections had to be cut.</returns>
    public async Task<bool> StopAsync(TimeSpan timeout)
    {
        _isStopping = true;
        _socket.Dispose();
        await _accepting;
        foreach (var (_, session) in _sessions) session.Stop();
        if (_sessions.IsEmpty) _ended.TrySetResult();
        try
        {
            await _ended.Task.WaitAsync(timeout, Time);
            return true;
        }
        catch (TimeoutException)
        {
            foreach (var (_, session) in _sessions) session.Abort("the broker stops");
            return false;
        }
        finally
        {
            if (_sweep is not null) await _sweep.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);
}
