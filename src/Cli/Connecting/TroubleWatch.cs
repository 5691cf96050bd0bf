using Semel.Cli.Output;

namespace Semel.Cli.Connecting;

/// <summary>
/// Watches over a command that works with a broker: says what keeps it from its work, and ends it by <see cref="Token"/> when it has waited long enough, as
/// <see cref="PatienceRule"/> has it. Thread safe.
/// </summary>
public sealed class TroubleWatch : IAsyncDisposable
{
    readonly Terminal _terminal;
    readonly PatienceRule _rule;
    readonly CancellationTokenSource _ending;
    readonly CancellationTokenSource _disposing = new();
    readonly SemaphoreSlim _changed = new(0, 1);
    readonly Lock _gate = new();
    readonly long _began;
    readonly Task _watching;
    volatile bool _isCalm, _hasAsked;

    /// <param name="givesUp">See <see cref="PatienceRule"/>.</param>
    /// <param name="stop">Set when the user wants the command to end; ends <see cref="Token"/> as well.</param>
    public TroubleWatch(Terminal terminal, bool givesUp, CancellationToken stop)
    {
        _terminal = terminal;
        _rule = new PatienceRule(givesUp);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Token = _ending.Token;
        _began = terminal.Time.GetTimestamp();
        _watching = WatchAsync();
    }

    /// <summary>Set when the command ends: given up, or by the user.</summary>
    public CancellationToken Token { get; }

    /// <summary>Why the command was given up; null when it was not.</summary>
    public Trouble? GivenUp { get; private set; }

    /// <summary>What is wrong now; null when nothing is known to be.</summary>
    public Trouble? Standing
    {
        get
        {
            lock (_gate) return _rule.Standing;
        }
    }

    /// <summary>The broker has been asked for something. Cheap: it is called for each record.</summary>
    public void Asked()
    {
        if (_hasAsked) return;
        lock (_gate)
        {
            _hasAsked = true;
            _rule.Asked(Now);
        }
        Wake();
    }

    /// <param name="trouble">Null is nothing.</param>
    public void Happened(Trouble? trouble)
    {
        if (trouble is null) return;
        lock (_gate)
        {
            _isCalm = false;
            _rule.Happened(trouble, Now);
        }
        Wake();
    }

    /// <summary>Something of the work was done. Cheap: it is called for each record.</summary>
    public void Worked()
    {
        if (_isCalm) return;
        lock (_gate)
        {
            _rule.Worked();
            _isCalm = true;
        }
    }

    TimeSpan Now => _terminal.Time.GetElapsedTime(_began);

    void Wake()
    {
        try
        {
            if (_changed.CurrentCount == 0) _changed.Release();
        }
        catch (Exception late) when (late is SemaphoreFullException or ObjectDisposedException)
        {
            // It is awake, or the command is over.
        }
    }

    async Task WatchAsync()
    {
        await Task.Yield();
        while (!_disposing.IsCancellationRequested && GivenUp is null)
        {
            PatienceAct act;
            TimeSpan? next;
            Trouble? trouble;
            lock (_gate)
            {
                (act, next) = _rule.Look(Now);
                trouble = _rule.Standing;
            }
            if (act == PatienceAct.Wait) await WaitAsync(next).ConfigureAwait(false);
            else await DoAsync(act, trouble).ConfigureAwait(false);
        }
    }

    async Task DoAsync(PatienceAct act, Trouble? trouble)
    {
        switch (act)
        {
            case PatienceAct.Tell:
                _terminal.Warn($"{trouble!.Message}.", trouble.Remedy);
                break;
            case PatienceAct.TellSilence:
                _terminal.Warn("the broker takes connections and has not answered so far; waiting on.", "Look at its log: it may be stopped, starting, or waiting for its disk");
                break;
            case PatienceAct.GiveUp:
                GivenUp = trouble;
                await _ending.CancelAsync().ConfigureAwait(false);
                break;
        }
    }

    async Task WaitAsync(TimeSpan? next)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(_disposing.Token);
        var change = _changed.WaitAsync(woken.Token);
        var delay = Task.Delay(next is { } at ? Positive(at - Now) : Timeout.InfiniteTimeSpan, _terminal.Time, woken.Token);
        await Task.WhenAny(change, delay).ConfigureAwait(false);
        await woken.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(change, delay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A timer may fire a moment before its time.</summary>
    static TimeSpan Positive(TimeSpan wait) => wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1);

    public async ValueTask DisposeAsync()
    {
        await _disposing.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _disposing.Dispose();
        _ending.Dispose();
        _changed.Dispose();
    }
}
