using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Semel.Broker.Sequencing;

namespace Semel.Broker.Door;

/// <summary>
/// The unanswered requests of one connection, in order. Answers come in any order and from any thread; they leave in the order of the requests.
/// Whoever completes the oldest sends it, and with it all that were completed behind it: small ones in one piece. So that there is more than one, answers
/// wait for each other while the replies of one turn are released, and while the reader has more requests at hand (<see cref="Hold"/>).
/// At most <see cref="Capacity"/> requests wait for their answers; then no more are read.
/// </summary>
internal sealed class AnswerQueue(Socket socket, TimeProvider time, Action<string> broken) : IAfterReplies, IDisposable
{
    public const int Capacity = 64;

    /// <summary>Answers that fit together are copied into one buffer of this size: one call for all.</summary>
    const int JoinedBytes = 16 * 1024;

    /// <summary>No call sends more than this, so that a slow reader is seen to get on.</summary>
    const int ChunkBytes = 256 * 1024;

    readonly Lock _gate = new();
    readonly Queue<Exchange> _unanswered = [];
    readonly Stack<Exchange> _free = [];
    readonly Signal _changed = new();
    readonly List<Exchange> _run = [];
    readonly List<ArraySegment<byte>> _pieces = [];
    bool _sending, _broken, _disposed, _held, _putOff;
    long _sendingSince;

    /// <summary>When the call to send that is under way began, as a timestamp of the clock; 0 when none is. Readable by any thread.</summary>
    public long SendingSince => Volatile.Read(ref _sendingSince);

    public int UnansweredCount
    {
        get { lock (_gate) return _unanswered.Count; }
    }

    /// <summary>Waits until no more than <paramref name="count"/> requests are unanswered and unsent. Called by the connection's reader only.</summary>
    public async ValueTask WaitForAnswersAsync(int count)
    {
        while (UnansweredCount > count) await _changed.WaitAsync();
    }

    public Exchange Begin(Session session, in ReceivedFrame frame)
    {
        Exchange? exchange;
        lock (_gate)
        {
            if (!_free.TryPop(out exchange)) exchange = new Exchange(session, this);
            exchange.Begin(frame);
            _unanswered.Enqueue(exchange);
        }
        return exchange;
    }

    /// <summary>The reader has another request at hand: answers wait until it has dispatched that, too. To be released before it waits for anything.</summary>
    public void Hold()
    {
        lock (_gate) _held = true;
    }

    public void Release()
    {
        lock (_gate)
        {
            if (!_held) return;
            _held = false;
        }
        SendWhatIsComplete();
    }

    public void Complete(Exchange exchange)
    {
        lock (_gate)
        {
            exchange.IsComplete = true;
            if (_held || _sending || _putOff || _unanswered.Peek() != exchange) return;
            if (_putOff = ReplyRelease.TryPutOff(this)) return;
        }
        SendWhatIsComplete();
    }

    void IAfterReplies.RepliesReleased()
    {
        lock (_gate) _putOff = false;
        SendWhatIsComplete();
    }

    void SendWhatIsComplete()
    {
        lock (_gate)
        {
            if (_held || _sending || _putOff || !_unanswered.TryPeek(out var oldest) || !oldest.IsComplete) return;
            _sending = true;
        }
        // Errors end in `broken`; nobody waits for this, the reader is woken when something was sent.
        _ = SendCompletedAsync();
    }

    async Task SendCompletedAsync()
    {
        while (TakeRun())
        {
            try
            {
                if (!_broken) await SendRunAsync();
            }
            catch (Exception exception)
            {
                // Also what should never be thrown: answers behind this one, and the reader, would wait for ever.
                _broken = true;
                broken(exception is ObjectDisposedException ? "its answer could not be sent any more" : $"its answer could not be sent: {exception.Message}");
            }
            EndRun();
        }
    }

    bool TakeRun()
    {
        lock (_gate)
        {
            foreach (var exchange in _unanswered)
            {
                if (!exchange.IsComplete) break;
                _run.Add(exchange);
            }
            return _sending = _run.Count > 0;
        }
    }

    // They leave the queue only now: until they are sent they count as unanswered.
    void EndRun()
    {
        foreach (var exchange in _run) exchange.End();
        lock (_gate)
        {
            foreach (var exchange in _run)
            {
                _unanswered.Dequeue();
                if (_disposed) exchange.Dispose(); else _free.Push(exchange);
            }
        }
        _run.Clear();
        _changed.Set();
    }

    async ValueTask SendRunAsync()
    {
        if (_run.Count == 1 && _run[0].Response.TryGetSinglePiece(out var piece))
        {
            await SendAsync(piece);
            return;
        }
        var joined = ArrayPool<byte>.Shared.Rent(JoinedBytes);
        try
        {
            var length = 0;
            foreach (var exchange in _run)
            {
                if (exchange.Response.TryGetSinglePiece(out var small) && small.Length <= JoinedBytes - length)
                {
                    small.CopyTo(joined.AsMemory(length));
                    length += small.Length;
                    continue;
                }
                await SendAsync(joined.AsMemory(0, length));
                length = 0;
                await SendPiecesAsync(exchange.Response.Pieces());
            }
            await SendAsync(joined.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Volatile.Write(ref _sendingSince, time.GetTimestamp());
            var sent = await socket.SendAsync(bytes[..Math.Min(bytes.Length, ChunkBytes)]);
            Volatile.Write(ref _sendingSince, 0);
            bytes = bytes[sent..];
        }
    }

    // Records lie where they were read: they go to the socket from there, together with the fields before and behind them.
    async ValueTask SendPiecesAsync(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var gathered = 0;
        foreach (var piece in pieces)
        {
            for (var left = piece; left.Length > 0;)
            {
                var part = left[..Math.Min(left.Length, ChunkBytes - gathered)];
                left = left[part.Length..];
                _pieces.Add(MemoryMarshal.TryGetArray(part, out var segment) ? segment : new ArraySegment<byte>(part.ToArray()));
                gathered += part.Length;
                if (gathered == ChunkBytes) gathered = await SendGatheredAsync();
            }
        }
        if (gathered > 0) await SendGatheredAsync();
    }

    async ValueTask<int> SendGatheredAsync()
    {
        Volatile.Write(ref _sendingSince, time.GetTimestamp());
        if (_pieces.Count == 1) await SendAsync(_pieces[0]);
        else await socket.SendAsync(_pieces, SocketFlags.None);
        Volatile.Write(ref _sendingSince, 0);
        _pieces.Clear();
        return 0;
    }

    /// <summary>After the last answer: gives back the writers.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_free.TryPop(out var exchange)) exchange.Dispose();
        }
    }
}
