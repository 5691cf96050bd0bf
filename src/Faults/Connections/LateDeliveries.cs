using System.Net;
using System.Net.Sockets;

namespace Semel.Faults.Connections;

/// <summary>Requests that reach the broker later than they were sent, each on a connection of its own: held ones and second deliveries. Thread safe.</summary>
sealed class LateDeliveries(FaultProxyOptions options, FaultLedger ledger, CancellationToken stop)
{
    /// <summary>More requests than this are not kept: each may be as large as a frame can be.</summary>
    const int MostHeld = 1000;

    readonly Lock _lock = new();
    readonly List<(byte[] Frame, FrameFacts Facts, EndPoint Upstream)> _held = [];
    readonly HashSet<Task> _scheduled = [];

    public int HeldCount
    {
        get
        {
            lock (_lock) return _held.Count;
        }
    }

    /// <summary>Keeps a copy of the request until <see cref="ReleaseAsync"/>.</summary>
    public void Hold(ReadOnlyMemory<byte> frame, in FrameFacts facts, EndPoint upstream)
    {
        lock (_lock)
        {
            if (_held.Count < MostHeld)
            {
                _held.Add((frame.ToArray(), facts, upstream));
                return;
            }
        }
        ledger.Note(facts.Connection, $"{MostHeld} requests are held already: this one is dropped", facts);
    }

    /// <summary>Delivers a copy of the request after some time.</summary>
    public void Schedule(ReadOnlyMemory<byte> frame, FrameFacts facts, EndPoint upstream, TimeSpan later)
    {
        lock (_lock)
        {
            if (_scheduled.Count < MostHeld)
            {
                var delivery = DeliverLaterAsync(frame.ToArray(), facts, upstream, later);
                _scheduled.Add(delivery);
                _ = delivery.ContinueWith(done => Forget(done), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                return;
            }
        }
        ledger.Note(facts.Connection, $"{MostHeld} requests wait for their delivery already: this one is dropped", facts);
    }

    /// <summary>Delivers everything that is held now, one after the other in the order in which it came.</summary>
    public async Task<IReadOnlyList<LateDelivery>> ReleaseAsync()
    {
        (byte[] Frame, FrameFacts Facts, EndPoint Upstream)[] held;
        lock (_lock)
        {
            held = [.. _held];
            _held.Clear();
        }
        var deliveries = new List<LateDelivery>();
        foreach (var (frame, facts, upstream) in held) deliveries.Add(await DeliverAsync(frame, facts, upstream).ConfigureAwait(false));
        return deliveries;
    }

    /// <summary>Completes when nothing is scheduled any more; what waits for its time ends at once after a stop.</summary>
    public Task DrainAsync()
    {
        lock (_lock) return Task.WhenAll(_scheduled);
    }

    void Forget(Task done)
    {
        lock (_lock) _scheduled.Remove(done);
    }

    async Task DeliverLaterAsync(byte[] frame, FrameFacts facts, EndPoint upstream, TimeSpan later)
    {
        try { await Task.Delay(later, options.TimeProvider, stop).ConfigureAwait(false); }
        catch (OperationCanceledException) { return; }
        await DeliverAsync(frame, facts, upstream).ConfigureAwait(false);
    }

    async Task<LateDelivery> DeliverAsync(byte[] frame, FrameFacts facts, EndPoint upstream)
    {
        var (answer, outcome) = await ExchangeAsync(frame, facts, upstream).ConfigureAwait(false);
        ledger.Note(facts.Connection, outcome, facts);
        return new LateDelivery(facts, answer is null ? (ReadOnlyMemory<byte>?)null : answer, outcome);
    }

    async Task<(byte[]? Answer, string Outcome)> ExchangeAsync(byte[] frame, FrameFacts facts, EndPoint upstream)
    {
        using var limit = new CancellationTokenSource(options.UpstreamTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            using var socket = await SocketWriting.ConnectAsync(upstream, options, either.Token).ConfigureAwait(false);
            ledger.Passed(facts);
            await socket.SendAllAsync(frame, either.Token).ConfigureAwait(false);
            if (!FrameFacts.IsAnswered(frame)) return (null, "delivered late; it has no answer");
            using var reader = new FrameReader(socket, options.MaxFrameBytes);
            var answer = await reader.ReadAsync(either.Token).ConfigureAwait(false);
            return answer.IsEmpty ? (null, "delivered late; the broker closed the connection without an answer") : (answer.ToArray(), $"delivered late; answered with {answer.Length} bytes");
        }
        catch (Exception failure) when (failure is SocketException or FrameException) { return (null, $"could not be delivered late: {failure.Message}"); }
        catch (OperationCanceledException) { return (null, stop.IsCancellationRequested ? "not delivered: the proxy ended" : "delivered late; no answer came in time"); }
    }
}
