namespace Semel.Compat.Confluent;

/// <summary>What waits for a thread of the application's: handlers to be run, one after the other, in the order in which they came. Thread safe.</summary>
sealed class EventQueue
{
    readonly Queue<Action> _events = new();
    readonly object _gate = new();
    int _wakes;

    public int Count
    {
        get { lock (_gate) return _events.Count; }
    }

    public void Post(Action happened)
    {
        lock (_gate)
        {
            _events.Enqueue(happened);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends waits without an event: whoever waits looks again at what it waits for.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _wakes++;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>How often <see cref="Wake"/> was called: read before what is waited for is looked at, and given to <see cref="Wait"/>.</summary>
    public int Wakes
    {
        get { lock (_gate) return _wakes; }
    }

    /// <summary>Runs what is there and does not wait.</summary>
    /// <returns>How many handlers ran.</returns>
    public int RunAll()
    {
        var ran = 0;
        for (; TryTake(out var happened); ran++) happened();
        return ran;
    }

    /// <summary>Waits until something is there, somebody wakes, or the time is over.</summary>
    public void Wait(int seenWakes, TimeSpan atMost)
    {
        lock (_gate)
            if (_events.Count == 0 && _wakes == seenWakes && atMost != TimeSpan.Zero) Monitor.Wait(_gate, atMost);
    }

    bool TryTake(out Action happened)
    {
        lock (_gate) return _events.TryDequeue(out happened);
    }
}
