namespace Semel.Testing.Simulation.Transactions;

/// <summary>A run of transactions and groups. Everybody has a chance of his own, so that leaving one out changes little for the others.</summary>
internal sealed class TransactionWorld : SimulatedWorld
{
    readonly Reduction _without;
    readonly List<FaultKey> _struck = [];
    readonly HashSet<string> _failing = [];

    public TransactionWorld(ulong seed, TransactionFault fault, bool keepsLines, Reduction? without = null) : base(seed, keepsLines)
    {
        Fault = fault;
        _without = without ?? Reduction.None;
        Plan = TransactionPlan.Drawn(Random.Fork(1), _without);
        Disk = Plan.Disk;
        Topics = new SimulatedTopics(this);
        Oracle = new TransactionOracle(this);
    }

    public TransactionFault Fault { get; }
    public TransactionPlan Plan { get; }
    public SimulatedTopics Topics { get; }
    public TransactionOracle Oracle { get; }

    /// <summary>The faults that have struck, in their order.</summary>
    public IReadOnlyList<FaultKey> Struck => _struck;

    /// <summary>Called when an append is durable and nobody knows.</summary>
    public Action<string>? AppendIsDurable { get; set; }

    public bool IsLeftOut(int slot) => _without.Slots.Contains(slot);

    public SimulatedRandom RandomOf(ulong salt) => Random.Fork(salt);

    public override SimulatedRandom RandomOf(string log)
    {
        var salt = 17UL;
        foreach (var letter in log) salt = salt * 31 + letter;
        return Random.Fork(salt);
    }

    public override bool Strikes(SimulatedRandom random, int oneIn)
    {
        if (!random.OneIn(oneIn) || IsHealed) return false;
        var key = new FaultKey(random.Seed, random.Draws);
        if (_without.Faults.Contains(key)) return false;
        _struck.Add(key);
        return true;
    }

    /// <summary>The next append to this log fails.</summary>
    public void FailNext(string log) => _failing.Add(log);

    public override bool IsToFail(string log) => _failing.Remove(log) && !IsHealed;

    public override void Appended(string log) => AppendIsDurable?.Invoke(log);
}
