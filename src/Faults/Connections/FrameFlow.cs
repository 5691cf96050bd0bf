using System.Net.Sockets;

namespace Semel.Faults.Connections;

/// <summary>
/// One direction of one connection: takes a frame, asks what happens to it, does that, and only then takes the next. So at most one frame is in the proxy's hands,
/// and one more while two are exchanged, and a receiver that does not read stops the sender.
/// </summary>
abstract class FrameFlow(Socket from, Socket to, ConnectionContext context) : IDisposable
{
    /// <summary>A frame that lets the next one go first.</summary>
    protected sealed record PutAside(byte[] Frame, FrameFacts Facts, TimeSpan? Wait);

    readonly FrameReader _reader = new(from, context.Options.MaxFrameBytes);
    PutAside? _aside;

    protected ConnectionContext Context => context;

    /// <summary>What is done with a frame before any rule is asked.</summary>
    protected enum Identity : byte
    {
        /// <summary>A frame of Kafka's: the rules decide.</summary>
        Known,
        /// <summary>Goes on untouched.</summary>
        Unknown,
        /// <summary>Is not for the receiver.</summary>
        Surplus,
        /// <summary>Comes after the next one, so that a reordering before it stays unseen.</summary>
        AfterNext,
    }

    protected abstract Identity Identify(ReadOnlyMemory<byte> frame, out FrameFacts facts);

    /// <param name="overtaken">The frame that comes right after this one although it was first; null when there is none.</param>
    protected abstract ValueTask DeliverAsync(ReadOnlyMemory<byte> frame, FrameFacts facts, PutAside? overtaken, CancellationToken cancellation);

    protected abstract ValueTask RepeatAsync(ReadOnlyMemory<byte> frame, FrameFacts facts, TimeSpan? later, PutAside? overtaken, CancellationToken cancellation);

    protected abstract void Hold(ReadOnlyMemory<byte> frame, FrameFacts facts, TimeSpan? later);

    protected ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => to.SendAllAsync(bytes, cancellation);

    /// <returns>True when the sender closed its side, false when an action ends the connection.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var frame = await NextAsync(cancellation).ConfigureAwait(false);
            if (frame.IsEmpty) return true;
            if (context.IsDark) continue;
            switch (Identify(frame, out var facts))
            {
                case Identity.Surplus: continue;
                case Identity.Unknown:
                    await SendAsync(frame, cancellation).ConfigureAwait(false);
                    continue;
                case Identity.AfterNext when _aside is null:
                    _aside = new PutAside(frame.ToArray(), facts, null);
                    continue;
            }
            var overtaken = _aside;
            _aside = null;
            if (!await StrikeAsync(frame, facts, overtaken, cancellation).ConfigureAwait(false)) return false;
            if (overtaken is not null) await DeliverAsync(overtaken.Frame, overtaken.Facts, null, cancellation).ConfigureAwait(false);
        }
    }

    /// <returns>False when the connection ends here.</returns>
    async ValueTask<bool> StrikeAsync(Memory<byte> frame, FrameFacts facts, PutAside? overtaken, CancellationToken cancellation)
    {
        var action = context.Ledger.Decide(facts);
        switch (action.Kind)
        {
            case FaultKind.Drop:
                return true;
            case FaultKind.Cut:
                return false;
            case FaultKind.CutAfterBytes:
                await SendAsync(frame[..Math.Min(frame.Length, action.Position ?? 0)], cancellation).ConfigureAwait(false);
                return false;
            case FaultKind.Hold:
                Hold(frame, facts, action.Time);
                return false;
            case FaultKind.Stall:
                await _reader.DiscardAsync(cancellation).ConfigureAwait(false);
                return true;
            case FaultKind.Blackhole:
                context.IsDark = true;
                return true;
            case FaultKind.Repeat:
                await RepeatAsync(frame, facts, action.Time, overtaken, cancellation).ConfigureAwait(false);
                return true;
            case FaultKind.Swap when overtaken is null:
                _aside = new PutAside(frame.ToArray(), facts, action.Time);
                return true;
            case FaultKind.Delay:
                await Task.Delay(action.Time.GetValueOrDefault(), context.Options.TimeProvider, cancellation).ConfigureAwait(false);
                break;
            case FaultKind.CorruptByte:
                frame.Span[Math.Min(action.Position ?? frame.Length / 2, frame.Length - 1)] ^= 0x55;
                break;
        }
        await DeliverAsync(frame, facts, overtaken, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>The next frame. A frame that waits for it goes on alone when it does not come in time, or not at all.</summary>
    async ValueTask<Memory<byte>> NextAsync(CancellationToken cancellation)
    {
        if (_aside is not { } aside) return await _reader.ReadAsync(cancellation).ConfigureAwait(false);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var read = _reader.ReadAsync(reading.Token).AsTask();
        await EndOrTimeoutAsync(read, aside.Wait, cancellation).ConfigureAwait(false);
        if (read.IsCompletedSuccessfully && !read.Result.IsEmpty) return read.Result;
        _aside = null;
        try
        {
            if (!context.IsDark) await DeliverAsync(aside.Frame, aside.Facts, null, cancellation).ConfigureAwait(false);
        }
        catch
        {
            // The reader's buffer goes back to the pool after this, so nothing may be received into it any more.
            await reading.CancelAsync().ConfigureAwait(false);
            await read.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
            throw;
        }
        return await read.ConfigureAwait(false);
    }

    async Task EndOrTimeoutAsync(Task read, TimeSpan? wait, CancellationToken cancellation)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(read, Task.Delay(wait ?? Timeout.InfiniteTimeSpan, context.Options.TimeProvider, waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
    }

    public void Dispose() => _reader.Dispose();
}
