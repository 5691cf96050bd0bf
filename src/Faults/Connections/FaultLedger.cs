using Semel.Protocol;

namespace Semel.Faults.Connections;

/// <summary>The plan that is in force, what was counted, and the latest events, for all connections of a proxy. Thread safe.</summary>
sealed class FaultLedger(FaultProxyOptions options)
{
    readonly Lock _lock = new();
    readonly Queue<FaultEvent> _events = new();
    FaultPlan _plan = new(options.Seed, options.Rules);

    public FaultCounters Counters { get; } = new();

    public IReadOnlyList<FaultRule> Rules
    {
        get
        {
            lock (_lock) return _plan.Rules;
        }
        set
        {
            lock (_lock) _plan = new FaultPlan(options.Seed, value);
        }
    }

    public IReadOnlyList<FaultEvent> Events
    {
        get
        {
            lock (_lock) return _events.ToArray();
        }
    }

    /// <summary>Decides what happens to a frame, counts it and writes it down, unless it just passes.</summary>
    public FaultAction Decide(in FrameFacts facts)
    {
        FaultDecision decision;
        lock (_lock) decision = _plan.Decide(facts);
        var action = decision.Action;
        if (action.Kind == FaultKind.Pass) return action;
        Count(facts, action.Kind);
        Write(new FaultEvent(options.TimeProvider.GetUtcNow(), facts.Connection, facts, action, decision.Reason));
        return action;
    }

    public void Passed(in FrameFacts facts) =>
        Counters.Add(facts.ApiKey, facts.Direction == FrameDirection.Request ? FaultCounter.RequestsPassed : FaultCounter.AnswersPassed);

    public void Note(int connection, string reason, FrameFacts? frame = null) => Write(new FaultEvent(options.TimeProvider.GetUtcNow(), connection, frame, null, reason));

    void Write(FaultEvent happened)
    {
        lock (_lock)
        {
            if (_events.Count == options.EventsKept) _events.Dequeue();
            _events.Enqueue(happened);
        }
        options.OnEvent?.Invoke(happened);
    }

    void Count(in FrameFacts facts, FaultKind kind)
    {
        var key = facts.ApiKey;
        var dropped = facts.Direction == FrameDirection.Request ? FaultCounter.RequestsDropped : FaultCounter.AnswersDropped;
        switch (kind)
        {
            case FaultKind.Delay: Counters.Add(key, FaultCounter.Delayed); break;
            case FaultKind.Drop: Counters.Add(key, dropped); break;
            case FaultKind.Cut or FaultKind.CutAfterBytes:
                Counters.Add(key, dropped);
                Counters.Add(key, FaultCounter.ConnectionsCut);
                break;
            case FaultKind.Repeat: Counters.Add(key, FaultCounter.Repeated); break;
            case FaultKind.Hold:
                Counters.Add(key, FaultCounter.Held);
                Counters.Add(key, FaultCounter.ConnectionsCut);
                break;
            case FaultKind.Swap: Counters.Add(key, FaultCounter.Reordered); break;
            case FaultKind.Stall or FaultKind.Blackhole: Counters.Add(key, FaultCounter.Stalled); break;
            case FaultKind.CorruptByte: Counters.Add(key, FaultCounter.Corrupted); break;
        }
    }
}
