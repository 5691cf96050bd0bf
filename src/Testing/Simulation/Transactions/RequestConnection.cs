namespace Semel.Testing.Simulation.Transactions;

/// <summary>What became of a request, as its sender sees it.</summary>
/// <param name="IsLost">No answer will come: nobody knows what was done.</param>
internal readonly record struct Answer<T>(bool IsLost, T Value)
{
    public static readonly Answer<T> Lost = new(true, default!);
}

/// <summary>A request as the broker has it: over which connection it came, and what else it may do with that.</summary>
internal interface IRequestSource
{
    /// <summary>Of the connection; grows with each that the process accepts.</summary>
    long Ordinal { get; }

    /// <summary>The next request of the connection may be taken, although this one is not answered yet.</summary>
    void Dispatched();

    /// <summary>The connection is closed without an answer.</summary>
    void Close();
}

/// <summary>
/// One connection of a client to the broker: requests are taken one after the other, and answers leave in their order. It can be cut at any moment; then what
/// was on its way may be gone, or arrive later although nobody waits for an answer any more, but never out of order.
/// </summary>
internal sealed class RequestConnection
{
    static readonly TimeSpan AnswerTimeout = TimeSpan.FromMilliseconds(1_200);

    readonly TransactionWorld _world;
    readonly TransactionBroker _broker;
    readonly SimulatedRandom _random;
    readonly int _incarnation;
    readonly string _name;
    readonly List<Request> _outstanding = [];
    readonly Queue<Request> _arrived = new(), _unanswered = new();
    TimeSpan _lastArrival, _lastAnswer;
    bool _isStalled, _isTaken;

    public RequestConnection(TransactionWorld world, TransactionBroker broker, SimulatedRandom random, string name)
    {
        (_world, _broker, _random, _name, _incarnation) = (world, broker, random, name, broker.Incarnation);
        Ordinal = broker.Accept();
    }

    public long Ordinal { get; }
    public bool IsCut { get; private set; }

    sealed class Request(RequestConnection connection, string what, Func<IRequestSource, Task<object>> handle, Action<object> answered, Action lost)
        : IRequestSource
    {
        public Func<IRequestSource, Task<object>> Handle => handle;
        public string What => what;
        public Action<object> Answered => answered;
        public Action Lost => lost;
        public bool HasArrived { get; set; }
        public object? Answer { get; set; }
        public long Ordinal => connection.Ordinal;
        public void Close() => connection.Cut("late");

        public void Dispatched()
        {
            if (connection._arrived.TryPeek(out var first) && first == this) connection.TakeNext();
        }
    }

    /// <param name="handle">What the broker does with it when it is taken; may happen although the sender was told that it is lost.</param>
    /// <param name="patience">How long an answer is waited for; null: as usual.</param>
    public Task<Answer<T>> SendAsync<T>(string what, Func<IRequestSource, Task<T>> handle, TimeSpan? patience = null) where T : notnull
    {
        var answer = new TaskCompletionSource<Answer<T>>();
        var request = new Request(this, what, async source => await handle(source), value => answer.SetResult(new(false, (T)value)), () =>
            answer.SetResult(Answer<T>.Lost));
        _outstanding.Add(request);
        if (_world.Strikes(_random, _world.Plan.StallOneIn)) _isStalled = true;
        _lastArrival = Later(_lastArrival);
        if (_world.Strikes(_random, _world.Plan.HoldOneIn)) Hold(request);
        else _world.Clock.At(_lastArrival, () => Arrive(request));
        _world.Clock.After(patience ?? AnswerTimeout, () =>
        {
            if (_outstanding.Contains(request)) Cut("timeout");
        });
        if (_world.Strikes(_random, _world.Plan.CutOneIn)) CutSoon();
        return answer.Task;
    }

    /// <summary>The request is on its way for long; its sender does not wait for it.</summary>
    void Hold(Request request)
    {
        request.HasArrived = true;
        _world.Note($"{_name} {request.What}", "held-back", Ordinal);
        ArriveAsZombie(request, _world.Clock.Now + _random.Between(TimeSpan.FromMilliseconds(5), _world.Plan.HoldTime));
        _world.Clock.After(TimeSpan.FromMilliseconds(1), () => Cut("held"));
    }

    void ArriveAsZombie(Request request, TimeSpan moment) => _world.Clock.At(moment, () =>
    {
        if (!IsAtSameProcess) return;
        _world.Note($"{_name} {request.What}", "zombie", Ordinal);
        _world.Run(() => request.Handle(request));
    });

    TimeSpan Later(TimeSpan last)
    {
        var moment = _world.Clock.Now + _random.Between(TimeSpan.FromMicroseconds(20), _world.Plan.NetworkDelay);
        return moment > last ? moment : last;
    }

    bool IsAtSameProcess => _broker.IsUp && _broker.Incarnation == _incarnation;

    void Arrive(Request request)
    {
        if (IsCut || _isStalled || !IsAtSameProcess) return;
        request.HasArrived = true;
        _arrived.Enqueue(request);
        if (!_isTaken) Take();
    }

    void Take()
    {
        if (!_arrived.TryPeek(out var request)) return;
        _isTaken = true;
        _unanswered.Enqueue(request);
        _world.Run(async () =>
        {
            request.Answer = await request.Handle(request);
            request.Dispatched();
            SendAnswers();
        });
    }

    void TakeNext()
    {
        _arrived.Dequeue();
        _isTaken = false;
        // What was read already goes its way; what was not goes with its connection.
        if (!IsCut && IsAtSameProcess) Take();
    }

    /// <summary>Answers leave in the order of the requests.</summary>
    void SendAnswers()
    {
        while (_unanswered.TryPeek(out var first) && first.Answer is not null)
        {
            _unanswered.Dequeue();
            if (IsCut) continue;
            _lastAnswer = Later(_lastAnswer);
            _world.Clock.At(_lastAnswer, () => ArriveBack(first));
            if (_world.Strikes(_random, _world.Plan.CutOneIn)) CutSoon();
        }
    }

    void ArriveBack(Request request)
    {
        if (IsCut || _isStalled || !_outstanding.Remove(request)) return;
        request.Answered(request.Answer!);
    }

    void CutSoon() => _world.Clock.After(_random.Between(TimeSpan.Zero, 2 * _world.Plan.NetworkDelay), () => Cut("cut"));

    /// <summary>The sender sees the end of the connection at once; the bytes it has given away may still arrive, up to any of them.</summary>
    public void Cut(string why)
    {
        if (IsCut) return;
        IsCut = true;
        _broker.Closed(Ordinal);
        _world.Note(_name, why, Ordinal, _outstanding.Count);
        SendZombies([.. _outstanding.Where(static request => !request.HasArrived)]);
        Request[] lost = [.. _outstanding];
        _outstanding.Clear();
        foreach (var request in lost) request.Lost();
    }

    void SendZombies(Request[] onTheirWay)
    {
        var survivors = _world.IsHealed ? 0 : _random.Below(onTheirWay.Length + 1);
        var moment = _world.Clock.Now;
        foreach (var zombie in onTheirWay.Take(survivors))
        {
            moment += _random.Between(TimeSpan.Zero, _world.Plan.ZombieDelay);
            ArriveAsZombie(zombie, moment);
        }
    }
}
