namespace Semel.BrokerBench.Groups;

/// <summary>A member with a connection and a thread of its own, which lives until it is told to leave.</summary>
abstract class BenchMember
{
    protected static readonly TimeSpan BetweenBeats = TimeSpan.FromMilliseconds(10);

    readonly int _port;
    readonly Thread _thread;
    volatile bool _leaves;
    volatile StateOf _state = StateOf.BetweenTwo;

    /// <param name="Generation">0 while the member is between two.</param>
    public sealed record StateOf(int Generation, IReadOnlyList<int> Partitions)
    {
        public static readonly StateOf BetweenTwo = new(0, []);
    }

    protected BenchMember(int port)
    {
        _port = port;
        _thread = new Thread(Live, maxStackSize: 256 * 1024);
    }

    /// <summary>What it was told last.</summary>
    public StateOf State
    {
        get => _state;
        protected set => _state = value;
    }

    protected bool Leaves => _leaves;

    public BenchMember Start()
    {
        _thread.Start();
        return this;
    }

    public void Leave()
    {
        _leaves = true;
        _thread.Join();
    }

    void Live()
    {
        using var connection = new RawConnection(_port);
        Live(connection);
    }

    /// <summary>Takes part until <see cref="Leaves"/>, and says so then.</summary>
    protected abstract void Live(RawConnection connection);
}
