using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Client.Connections;

/// <summary>
/// One connection to one broker.
///
/// Requests leave in the order of the calls and are answered in that order; the broker works on them one after the other. A connection is good until
/// the first thing goes wrong: the peer closes it, a request's time is up, or bytes arrive that are no answer. Then it is broken for ever, and
/// every request without an answer fails in the order in which it was sent, with the one fact its sender needs: whether anything of it was written.
/// After a time-out the connection is not used again, because an answer that comes late could only be told from the next one by trust.
///
/// All members are thread safe.
/// </summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    readonly Socket _socket;
    readonly FrameReceiver _receiver;
    readonly ConnectionOptions _options;
    readonly ITimer _timer;
    readonly Lock _gate = new();
    readonly Queue<PendingRequest> _unsent = new();
    readonly Queue<PendingRequest> _unanswered = new();
    readonly Stack<WireWriter> _writers = new();
    readonly List<ArraySegment<byte>> _segments = [];
    Dictionary<ApiKey, VersionRange> _offered = [];
    Task _writing = Task.CompletedTask;
    Task _receiving = Task.CompletedTask;
    bool _isWriting;
    int _nextCorrelationId;
    long _armedFor = long.MaxValue;
    long _lastUse;
    BrokerConnectionException? _failure;

    /// <param name="socket">Connected. It belongs to the connection from now on.</param>
    public BrokerConnection(NodeId node, BrokerAddress address, Socket socket, ConnectionOptions options)
    {
        Node = node;
        Address = address;
        _socket = socket;
        _options = options;
        _receiver = new FrameReceiver(socket, options.MaxResponseBytes);
        _lastUse = Time.GetTimestamp();
        _timer = Time.CreateTimer(static state => ((BrokerConnection)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_gate) ArmForIdleness();
        _receiving = ReceiveAsync();
    }

    TimeProvider Time => _options.TimeProvider;

    /// <summary><see cref="NodeId.None"/> on a connection to a bootstrap server, whose node is not known.</summary>
    public NodeId Node { get; }
    public BrokerAddress Address { get; }
    public bool IsBroken => Volatile.Read(ref _failure) is not null;

    /// <summary>The levels of the cluster's features that are in force (KIP-584), empty when the broker tells none.</summary>
    public IReadOnlyDictionary<string, short> FinalizedFeatures { get; private set; } = new Dictionary<string, short>();

    /// <summary>Grows with each change of <see cref="FinalizedFeatures"/>; -1 when the broker tells none.</summary>
    public long FinalizedFeaturesEpoch { get; private set; } = -1;

    /// <summary>The cluster that the broker named on this connection; null when it was not asked, or did not say.</summary>
    public string? ClusterId { get; set; }

    /// <summary>The handshake's result; set once, before the connection is given to anybody.</summary>
    public void Offer(Dictionary<ApiKey, VersionRange> offered, IReadOnlyDictionary<string, short> finalizedFeatures, long finalizedFeaturesEpoch)
    {
        _offered = offered;
        FinalizedFeatures = finalizedFeatures;
        FinalizedFeaturesEpoch = finalizedFeaturesEpoch;
    }

    /// <summary>The highest version that the broker offers, this client knows and the caller wants; null when there is none.</summary>
    public short? BestVersion<TRequest, TResponse>(short highest = short.MaxValue)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        if (!_offered.TryGetValue(TRequest.ApiKey, out var offered)) return null;
        var lowest = Math.Max(offered.Lowest, TRequest.Versions.Lowest);
        var best = Math.Min(highest, Math.Min(offered.Highest, TRequest.Versions.Highest));
        return best >= lowest ? best : null;
    }

    /// <summary>Sends one request and waits for its answer, whose byte fields live as long as the answer does.</summary>
    /// <param name="timeout">Counted from this call. When it is over the connection is closed.</param>
    /// <exception cref="BrokerConnectionException">There is no answer.</exception>
    /// <exception cref="InvalidOperationException">The request has a value that this version cannot carry; nothing was sent.</exception>
    public async ValueTask<TResponse> SendAsync<TRequest, TResponse>(TRequest request, short version, TimeSpan timeout, CancellationToken cancellation = default)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var pending = new PendingRequest<TResponse>(TRequest.ApiKey, version, pool: null);
        Enqueue(pending, request, timeout);
        return (await pending.WaitAsync(cancellation).ConfigureAwait(false)).Response;
    }

    /// <summary>As <see cref="SendAsync"/>, with the answer in pooled memory that the caller releases.</summary>
    public ValueTask<OwnedResponse<TResponse>> SendOwnedAsync<TRequest, TResponse>(TRequest request, short version, TimeSpan timeout, CancellationToken cancellation = default)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var pending = new PendingRequest<TResponse>(TRequest.ApiKey, version, FramePool.Shared);
        Enqueue(pending, request, timeout);
        return pending.WaitAsync(cancellation);
    }

    /// <summary>
    /// As <see cref="SendAsync"/>, for code that awaits the answer and neither blocks nor waits afterwards: it goes on on the connection's receiving loop, or where the
    /// connection breaks.
    /// </summary>
    public Task<OwnedResponse<TResponse>> SendAndContinueHereAsync<TRequest, TResponse>(TRequest request, short version, TimeSpan timeout)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var pending = new PendingRequest<TResponse>(TRequest.ApiKey, version, pool: null, continuesHere: true);
        try
        {
            Enqueue(pending, request, timeout);
        }
        catch (Exception failure)
        {
            pending.Fail(failure);
        }
        return pending.Task;
    }

    /// <summary>Sends one request that is not answered, and waits until it was written.</summary>
    /// <exception cref="BrokerConnectionException">It was not written, or not wholly.</exception>
    public ValueTask SendOneWayAsync<TRequest, TResponse>(TRequest request, short version, TimeSpan timeout, CancellationToken cancellation = default)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var pending = new PendingOneWayRequest(TRequest.ApiKey, version);
        Enqueue(pending, request, timeout);
        return pending.WaitAsync(cancellation);
    }

    internal void Enqueue(PendingRequest pending, IMessage request, TimeSpan timeout)
    {
        lock (_gate)
        {
            if (_failure is { } failure) throw new BrokerConnectionException(failure.Message, wasWritten: false, failure.InnerException);
            pending.CorrelationId = _nextCorrelationId++ & int.MaxValue;
            pending.Frame = WriteFrame(pending, request);
            pending.Timeout = timeout;
            _lastUse = Time.GetTimestamp();
            pending.Deadline = Later(_lastUse, timeout);
            _unsent.Enqueue(pending);
            if (pending.IsAnswered) _unanswered.Enqueue(pending);
            Arm(pending.Deadline);
            if (_isWriting) return;
            _isWriting = true;
        }
        var writing = WriteAsync();
        // Mostly all was written at once. A writer that came after this one is not to be forgotten for it.
        if (writing.IsCompleted) return;
        lock (_gate) _writing = writing;
    }

    WireWriter WriteFrame(PendingRequest pending, IMessage request)
    {
        var writer = _writers.TryPop(out var free) ? free : new WireWriter();
        try
        {
            Frame.WriteRequest(writer, new RequestHeader(pending.ApiKey, pending.Version, pending.CorrelationId, _options.ClientId), request);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Writes what is in line and ends when nothing is. Only one runs at a time (<see cref="_isWriting"/>).</summary>
    async Task WriteAsync()
    {
        while (TakeUnsent() is { } next)
        {
            try
            {
                await SendFrameAsync(next.Frame!).ConfigureAwait(false);
                Recycle(next);
                if (!next.IsAnswered) next.Complete();
            }
            catch (Exception failure)
            {
                Break($"writing to the broker at {Address} failed: {failure.Message}", failure);
                if (!next.IsAnswered) next.Fail(Failure(next));
            }
        }
    }

    PendingRequest? TakeUnsent()
    {
        lock (_gate)
        {
            if (_failure is null && _unsent.TryDequeue(out var next))
            {
                next.WriteStarted = true;
                return next;
            }
            _isWriting = false;
            if (_failure is null) return null;
        }
        FailAll();
        return null;
    }

    async ValueTask SendFrameAsync(WireWriter frame)
    {
        if (frame.TryGetSinglePiece(out var piece))
        {
            for (; piece.Length > 0; piece = piece[await _socket.SendAsync(piece, SocketFlags.None).ConfigureAwait(false)..]) ;
            return;
        }
        if (TryGather(frame))
        {
            await _socket.SendAsync(_segments, SocketFlags.None).ConfigureAwait(false);
            return;
        }
        foreach (var part in frame.Pieces())
            for (var left = part; left.Length > 0; left = left[await _socket.SendAsync(left, SocketFlags.None).ConfigureAwait(false)..]) ;
    }

    /// <summary>Collects the pieces for one gathering write, so that a small piece does not become a packet of its own.</summary>
    bool TryGather(WireWriter frame)
    {
        _segments.Clear();
        foreach (var piece in frame.Pieces())
        {
            if (!System.Runtime.InteropServices.MemoryMarshal.TryGetArray(piece, out var segment)) return false;
            _segments.Add(segment);
        }
        return true;
    }

    void Recycle(PendingRequest written)
    {
        lock (_gate)
        {
            var frame = written.Frame!;
            written.Frame = null;
            frame.Reset();
            _writers.Push(frame);
        }
    }

    async Task ReceiveAsync()
    {
        // The constructor's caller goes on before the first byte is here.
        await Task.Yield();
        try
        {
            while (true)
            {
                var (size, correlationId) = await _receiver.ReadStartAsync().ConfigureAwait(false);
                var pending = Expect(correlationId);
                var frame = await _receiver.ReadBodyAsync(size, pending.Pool).ConfigureAwait(false);
                Answer(pending, frame);
            }
        }
        catch (Exception failure)
        {
            if (failure is WireFormatException or ArgumentException or OverflowException or InvalidOperationException && !IsBroken)
                ConnectionLog.BadResponse(_options.Logger, Node, Address, failure.Message);
            Break($"the connection to the broker at {Address} was lost: {failure.Message}", failure);
        }
    }

    PendingRequest Expect(int correlationId)
    {
        lock (_gate)
        {
            if (!_unanswered.TryPeek(out var pending))
                throw new WireFormatException($"a response with correlation id {correlationId} came though no request waits for one; it begins with {_receiver.FirstBytes()}");
            if (pending.CorrelationId != correlationId)
                throw new WireFormatException($"a response has correlation id {correlationId}, but {pending} is the next to be answered; it begins with {_receiver.FirstBytes()}");
            return pending;
        }
    }

    void Answer(PendingRequest pending, ResponseFrame frame)
    {
        try
        {
            pending.ReadAnswer(frame);
        }
        catch (Exception failure)
        {
            var first = Convert.ToHexString(frame.Bytes.Span[..Math.Min(64, frame.Length)]);
            frame.Release();
            throw new WireFormatException($"the response to {pending} cannot be read: {failure.Message}; it begins with {first}");
        }
        lock (_gate)
        {
            // Broken in the meantime: the request has failed, or is about to.
            if (!_unanswered.TryPeek(out var first) || first != pending)
            {
                frame.Release();
                return;
            }
            _unanswered.Dequeue();
            _lastUse = Time.GetTimestamp();
        }
        pending.Complete();
    }

    /// <summary>Closes the connection; what is unanswered fails once nothing of it is being written any more.</summary>
    void Break(string reason, Exception? cause)
    {
        lock (_gate)
        {
            if (_failure is not null) return;
            Volatile.Write(ref _failure, new BrokerConnectionException(reason, wasWritten: true, cause));
            _timer.Dispose();
            _socket.Dispose();
            if (_isWriting) return;
        }
        FailAll();
    }

    void FailAll()
    {
        while (true)
        {
            PendingRequest? next;
            lock (_gate)
                if (!_unanswered.TryDequeue(out next) && !_unsent.TryDequeue(out next)) break;
            next.Fail(Failure(next));
        }
        lock (_gate)
            while (_writers.TryPop(out var writer)) writer.Dispose();
    }

    BrokerConnectionException Failure(PendingRequest request) =>
        new($"{request.ApiKey} got no answer: {_failure!.Message}", request.WriteStarted, _failure.InnerException);

    void OnTimer()
    {
        PendingRequest? late = null;
        lock (_gate)
        {
            if (_failure is not null) return;
            _armedFor = long.MaxValue;
            var now = Time.GetTimestamp();
            foreach (var pending in _unanswered) late = Check(pending, now) ?? late;
            foreach (var pending in _unsent) late = Check(pending, now) ?? late;
            if (late is null && _unanswered.Count == 0 && _unsent.Count == 0 && !ArmForIdleness())
            {
                // Nobody waits for anything, so nobody sees this failure but a sender who comes now and may try elsewhere.
                Volatile.Write(ref _failure, new BrokerConnectionException($"the connection to the broker at {Address} was closed because it was not used", wasWritten: false));
                _timer.Dispose();
                _socket.Dispose();
                return;
            }
        }
        if (late is not null) Break($"the broker at {Address} did not answer {late} within {late.Timeout.TotalMilliseconds:0} ms", null);
    }

    PendingRequest? Check(PendingRequest pending, long now)
    {
        if (pending.Deadline <= now) return pending;
        Arm(pending.Deadline);
        return null;
    }

    /// <returns>False when the connection has been idle for too long.</returns>
    bool ArmForIdleness()
    {
        if (_options.ConnectionMaxIdle <= TimeSpan.Zero) return true;
        var idleAt = Later(_lastUse, _options.ConnectionMaxIdle);
        if (idleAt <= Time.GetTimestamp()) return false;
        Arm(idleAt);
        return true;
    }

    void Arm(long at)
    {
        if (at >= _armedFor) return;
        _armedFor = at;
        var wait = Time.GetElapsedTime(Time.GetTimestamp(), at);
        // Rounded up: a timer that fires a little early would only have to be armed again.
        _timer.Change(wait <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    long Later(long timestamp, TimeSpan by) => timestamp + (long)(by.TotalSeconds * Time.TimestampFrequency);

    public async ValueTask DisposeAsync()
    {
        Break($"the connection to the broker at {Address} was closed by this client", null);
        Task writing;
        lock (_gate) writing = _writing;
        await writing.ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }
}
