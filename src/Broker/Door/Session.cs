using System.Net;
using System.Net.Sockets;
using Semel.Broker.Sequencing;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Broker.Door;

/// <summary>
/// One connection. It reads a frame, dispatches it, and reads the next: requests are dispatched in order, and answered in order by its
/// <see cref="AnswerQueue"/>, while up to 64 Produce requests may wait for their logs at once.
///
/// It ends in one of three ways. The peer closes, or the broker stops: what was dispatched is answered, then the socket is closed.
/// A request cannot be answered (no frame, not decodable, unknown API or version): nothing more is read, what came before is answered, one line in
/// the log says why. Something is broken or takes too long (the sweep of the listener sees it): the socket is closed at once, and whatever is
/// still in a mailbox ends unsent. In each case the frames' buffers go back only when nothing refers to them any more.
/// </summary>
internal sealed class Session : IThreadPoolWorkItem
{
    readonly Socket _socket;
    readonly Listener _listener;
    readonly FrameReader _frames;
    readonly AnswerQueue _answers;
    readonly CancellationTokenSource _closing = new();
    readonly List<IHeldTurns> _heldTurns = [];
    long _activeAt, _lateSince;
    volatile bool _isStopping;
    volatile string? _refusal, _abortion, _loss;

    public Session(Socket socket, IPEndPoint peer, long ordinal, Listener listener)
    {
        (_socket, _listener, Peer, Ordinal) = (socket, listener, peer, ordinal);
        _frames = new FrameReader(socket, listener.Settings.MaxRequestBytes, listener.Memory, listener.Time);
        _answers = new AnswerQueue(socket, listener.Time, Lose);
        _activeAt = listener.Time.GetTimestamp();
    }

    public IPEndPoint Peer { get; }

    /// <summary>Grows with each connection that is taken, from 1 on; begins anew with the process. Of two connections of one client, the later one has the larger.</summary>
    public long Ordinal { get; }

    /// <summary>Whether the peer is known to have closed the connection; what it had sent before may not be read yet.</summary>
    internal bool HasPeerEnded => PeerEnd.HasCome(_socket);

    /// <summary>Where a handler puts turns that are to wait for the next request; null when none is at hand.</summary>
    internal List<IHeldTurns>? HeldTurns { get; private set; }

    /// <summary>How many elements the arrays of one request may have.</summary>
    internal int MostElements => _listener.Settings.MaxRequestElements;

    /// <summary>Memory beyond a request's frame, if there is any now; disposed of, it goes back.</summary>
    internal IDisposable? TakeMemory(int bytes) => _listener.Memory.TryTake(bytes) ? new TakenMemory(_listener.Memory, bytes) : null;

    sealed class TakenMemory(RequestMemory memory, int bytes) : IDisposable
    {
        public void Dispose() => memory.Return(bytes);
    }

    /// <summary>Limits what one connection may ask of producer ids.</summary>
    public RateLimit ProducerIdRate { get; } = new(perSecond: 100, atOnce: 1000);

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    async Task RunAsync()
    {
        var reason = "the peer closed it";
        try
        {
            await ServeAsync();
            await WaitForAnswersAsync(0);
            reason = _refusal ?? (_isStopping ? "the broker stops" : reason);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            reason = exception.Message;
        }
        catch (Exception exception)
        {
            _listener.RequestFailed(this, default, exception);
            reason = "a request failed";
        }
        try
        {
            Close();
            // Commands of this connection may still be in mailboxes: their frames are theirs until they have been answered.
            await WaitForAnswersAsync(0);
            _answers.Dispose();
            _frames.Dispose();
        }
        catch (Exception exception)
        {
            _listener.NotEnded(this, exception);
        }
        // Whatever went wrong: a connection that nobody counts out would keep its place, and the broker from stopping, for ever.
        _listener.Ended(this, _abortion ?? _loss ?? reason, isRefused: _refusal is not null || _abortion is not null);
    }

    async Task ServeAsync()
    {
        while (!_isStopping && _refusal is null)
        {
            var reading = _frames.ReadAsync(_closing.Token);
            // It may be memory that the next request waits for, and the turns that are held may be what gives it back.
            if (!reading.IsCompleted) Release();
            var read = await reading;
            Volatile.Write(ref _activeAt, _listener.Time.GetTimestamp());
            if (read.Outcome == FrameReadOutcome.Ended) return;
            if (read.Outcome == FrameReadOutcome.Refused)
            {
                if (!_isStopping && _refusal is null) Refuse(read.Reason);
                return;
            }
            if (_refusal is not null)
            {
                read.Frame.Return();
                return;
            }
            if (_answers.UnansweredCount >= AnswerQueue.Capacity) await WaitForAnswersAsync(AnswerQueue.Capacity - 1);
            if (_frames.HasWholeFrame) Hold();
            await DispatchAsync(_answers.Begin(this, read.Frame));
            if (!_frames.HasWholeFrame) Release();
        }
    }

    async ValueTask DispatchAsync(Exchange exchange)
    {
        try
        {
            if (FindHandler(exchange, out var reason) is not { } handler)
            {
                exchange.Abandon(reason);
                return;
            }
            BrokerMetrics.Requested(exchange.Header.ApiKey);
            if (!handler.IsPipelined) await WaitForAnswersAsync(1);
            if (handler.EndsWithConnection && HasPeerEnded)
            {
                exchange.Abandon($"a request {exchange.Header.ApiKey} whose peer has closed the connection before it was its turn");
                return;
            }
            var handled = handler.HandleAsync(exchange);
            if (!handled.IsCompleted) Release();
            await handled;
        }
        catch (WireFormatException malformed)
        {
            exchange.Abandon($"a request {exchange.Header.ApiKey} version {exchange.Version} that cannot be decoded: {malformed.Message}");
        }
        catch (UnanswerableException unanswerable)
        {
            exchange.Abandon($"a request {exchange.Header.ApiKey} version {exchange.Version} that was not carried out: {unanswerable.Message}");
        }
        catch (Exception exception)
        {
            _listener.RequestFailed(this, exchange.Header, exception);
            exchange.Abandon($"a request {exchange.Header.ApiKey} version {exchange.Version} that failed");
        }
    }

    // With another request at hand, turns and answers wait for it. Whoever waits for anything lets go first.
    void Hold()
    {
        HeldTurns = _heldTurns;
        _answers.Hold();
    }

    void Release()
    {
        HeldTurns = null;
        foreach (var turns in _heldTurns) turns.Run();
        _heldTurns.Clear();
        _answers.Release();
    }

    ValueTask WaitForAnswersAsync(int count)
    {
        Release();
        return _answers.WaitForAnswersAsync(count);
    }

    IHandler? FindHandler(Exchange exchange, out string reason)
    {
        if (!exchange.TryPeek(out var key, out var version))
        {
            reason = "a frame that is shorter than a request's header";
            return null;
        }
        var handler = _listener.Handlers.Find(key);
        reason = handler is null ? $"a request of the API {(short)key}, which this broker does not answer"
            : $"a request {key} in version {version}; this broker answers {handler.Versions}";
        if (handler is null) return null;
        if (!handler.Versions.Contains(version) && key != ApiKey.ApiVersions) return null;
        exchange.ReadHeader();
        return handler;
    }

    /// <summary>Reads no more; what was dispatched is answered.</summary>
    public void Stop()
    {
        _isStopping = true;
        EndReading();
    }

    /// <summary>Reads no more because of what the peer sent.</summary>
    internal void Refuse(string reason)
    {
        _refusal ??= reason;
        EndReading();
    }

    void EndReading()
    {
        try
        {
            // A receive that is under way ends as if the peer had closed its side.
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            Close();
        }
    }

    /// <summary>Closes at once.</summary>
    internal void Abort(string reason)
    {
        _abortion ??= reason;
        Close();
    }

    /// <summary>The peer went away without its answers, as consumers do that wait for records when they end: nothing to complain of.</summary>
    void Lose(string reason)
    {
        _loss ??= reason;
        Close();
    }

    internal void Failed(in RequestHeader header, Exception exception)
    {
        _listener.RequestFailed(this, header, exception);
        Refuse("an answer could not be written");
    }

    /// <summary>
    /// Closes a connection that has been silent, or stuck, for too long. Called by the listener's sweep, which has to find it so twice: after the
    /// machine was halted for a while everybody looks late, and gets until the next sweep to show that it is not.
    /// </summary>
    internal void CloseWhenLate(long now, DoorSettings settings, TimeProvider time)
    {
        var (since, reason) = Lateness(now, settings, time);
        if (since != 0 && since == _lateSince) Abort(reason);
        _lateSince = since;
    }

    (long Since, string Reason) Lateness(long now, DoorSettings settings, TimeProvider time)
    {
        if (_answers.SendingSince is not 0 and var sending && time.GetElapsedTime(sending, now) >= settings.ProgressTimeout)
            return (sending, $"it has read nothing of its answer for {settings.ProgressTimeout.TotalSeconds:0} s");
        if (_frames.ProgressAt is not 0 and var progress && time.GetElapsedTime(progress, now) >= settings.ProgressTimeout)
            return (progress, $"a frame got on by {FrameReader.TooLittle} in {settings.ProgressTimeout.TotalSeconds:0} s");
        var active = Volatile.Read(ref _activeAt);
        if (_answers.UnansweredCount == 0 && _frames.ProgressAt == 0 && time.GetElapsedTime(active, now) >= settings.IdleTimeout)
            return (active, $"it was idle for {settings.IdleTimeout.TotalSeconds:0} s");
        return default;
    }

    void Close()
    {
        _closing.Cancel();
        _socket.Dispose();
    }
}
