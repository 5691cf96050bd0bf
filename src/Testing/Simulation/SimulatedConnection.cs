namespace Semel.Testing.Simulation;

/// <summary>
/// One connection of a producer to the broker: requests and answers in order, each after a while. It can be cut at any moment; then what was on its way may be
/// gone, or arrive later although nobody waits for an answer any more, but never out of order.
/// </summary>
internal sealed class SimulatedConnection
{
    static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    readonly ProduceWorld _world;
    readonly SimulatedBroker _broker;
    readonly int _incarnation;
    readonly List<Exchange> _outstanding = [];
    readonly Queue<Exchange> _atBroker = new();
    TimeSpan _lastArrival, _lastAnswer;
    bool _isStalled;

    public SimulatedConnection(ProduceWorld world, SimulatedBroker broker)
    {
        (_world, _broker, _incarnation) = (world, broker, broker.Incarnation);
    }

    public bool IsCut { get; private set; }

    sealed record Exchange(Action<SimulatedBroker, Action<object>> Deliver, Action<object> Answered, Action Lost)
    {
        public bool HasArrived { get; set; }
        public object? Answer { get; set; }
    }

    /// <param name="deliver">What the broker does with it when it arrives; may happen although the sender was told that it is lost.</param>
    /// <param name="lost">No answer will come.</param>
    public void Send<T>(Action<SimulatedBroker, Action<T>> deliver, Action<T> answered, Action lost) where T : notnull
    {
        var exchange = new Exchange((broker, answer) => deliver(broker, value => answer(value)), value => answered((T)value), lost);
        _outstanding.Add(exchange);
        if (_world.Strikes(_world.Plan.StallOneIn)) _isStalled = true;
        _lastArrival = Later(_lastArrival);
        _world.Clock.At(_lastArrival, () => Arrive(exchange));
        _world.Clock.After(AnswerTimeout, () =>
        {
            if (_outstanding.Contains(exchange)) Cut("timeout");
        });
        if (_world.Strikes(_world.Plan.CutOneIn)) CutSoon();
    }

    TimeSpan Later(TimeSpan last)
    {
        var moment = _world.Clock.Now + _world.Random.Between(TimeSpan.FromMicroseconds(20), _world.Plan.NetworkDelay);
        return moment > last ? moment : last;
    }

    void Arrive(Exchange exchange)
    {
        if (IsCut || _isStalled || !IsAtSameProcess) return;
        exchange.HasArrived = true;
        _atBroker.Enqueue(exchange);
        exchange.Deliver(_broker, answer =>
        {
            exchange.Answer = answer;
            SendAnswers();
        });
    }

    bool IsAtSameProcess => _broker.IsUp && _broker.Incarnation == _incarnation;

    /// <summary>Answers leave in the order of the requests.</summary>
    void SendAnswers()
    {
        while (_atBroker.TryPeek(out var first) && first.Answer is not null)
        {
            _atBroker.Dequeue();
            if (IsCut) continue;
            _lastAnswer = Later(_lastAnswer);
            _world.Clock.At(_lastAnswer, () => ArriveBack(first));
            if (_world.Strikes(_world.Plan.CutOneIn)) CutSoon();
        }
    }

    void ArriveBack(Exchange exchange)
    {
        if (IsCut || _isStalled || !_outstanding.Remove(exchange)) return;
        exchange.Answered(exchange.Answer!);
    }

    void CutSoon() => _world.Clock.After(_world.Random.Between(TimeSpan.Zero, 2 * _world.Plan.NetworkDelay), () => Cut("cut"));

    /// <summary>The sender sees the end of the connection at once; the bytes it has given away may still arrive, up to any of them.</summary>
    public void Cut(string why)
    {
        if (IsCut) return;
        IsCut = true;
        _world.Note(why, _outstanding.Count);
        SendZombies([.. _outstanding.Where(static exchange => !exchange.HasArrived)]);
        Exchange[] lost = [.. _outstanding];
        _outstanding.Clear();
        foreach (var exchange in lost) exchange.Lost();
    }

    void SendZombies(Exchange[] onTheirWay)
    {
        var survivors = _world.IsHealed ? 0 : _world.Random.Below(onTheirWay.Length + 1);
        var moment = _world.Clock.Now;
        foreach (var zombie in onTheirWay.Take(survivors))
        {
            moment += _world.Random.Between(TimeSpan.Zero, _world.Plan.ZombieDelay);
            _world.Clock.At(moment, () =>
            {
                // Where any first sequence is taken, what arrives must be what a network can bring: bytes for a process that is gone reach no other.
                if (_world.Plan.HasUnknownBeginnings ? !IsAtSameProcess : !_broker.IsUp) return;
                _world.Note("zombie");
                zombie.Deliver(_broker, static _ => { });
            });
        }
    }
}
