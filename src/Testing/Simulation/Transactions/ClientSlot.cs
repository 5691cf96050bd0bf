using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// A transactional id and who uses it. When its user ends before the work is done another one is started; and now and then another is started although the one
/// before lives, as happens when somebody is taken for dead.
/// </summary>
internal sealed class ClientSlot
{
    readonly TransactionWorld _world;
    readonly TransactionBroker _broker;
    readonly TransactionDoor _door;
    readonly SimulatedRandom _random;
    readonly int _number;
    int _users, _transactions;

    public ClientSlot(TransactionWorld world, TransactionBroker broker, TransactionDoor door, int number)
    {
        (_world, _broker, _door, _number) = (world, broker, door, number);
        _random = world.RandomOf(1000 + (ulong)number);
        Plan = world.Plan.Slots[number];
        Id = new TransactionalId($"id-{number}");
    }

    public SlotPlan Plan { get; }
    public TransactionalId Id { get; }

    /// <summary>How many there have been.</summary>
    public int Users => _users;

    /// <summary>The work of a writer or keeper: so many transactions, whatever becomes of them. A copier is done when nothing is left to copy.</summary>
    public bool IsDone => Plan.Kind == SlotKind.Copier || _transactions >= Plan.Transactions;

    /// <summary>Nobody is started any more.</summary>
    public bool IsClosed { get; set; }

    /// <summary>For a copier without a group: its partition.</summary>
    public int Partition { get; init; }

    public bool TakeTransaction() => !IsClosed && (Plan.Kind == SlotKind.Copier || _transactions++ < Plan.Transactions);

    /// <summary>Whether there is something to do for somebody else.</summary>
    bool IsOpen => !IsClosed && (Plan.Kind == SlotKind.Copier || _transactions < Plan.Transactions);

    public void Start()
    {
        StartUser();
        if (_world.Plan.MeanTimeToTakeover is { } mean) TakeOverLater(mean);
    }

    void TakeOverLater(TimeSpan mean) => _world.Clock.After(_random.Between(TimeSpan.Zero, 2 * mean), () =>
    {
        if (_world.IsHealed) return;
        if (IsOpen && _world.Strikes(_random, 2))
        {
            _world.Note(Id.Value, "takeover", _users);
            StartUser();
        }
        TakeOverLater(mean);
    });

    void StartUser()
    {
        var user = _users++;
        var secondProtocol = Plan.SecondProtocol ^ (_world.Plan.ChangesProtocol && user % 2 == 1);
        var link = new ClientLink(_world, _broker, _random.Fork((ulong)user + 1), $"{Id}/{user}");
        var producer = new TransactionalProducer(link, _door, Id, secondProtocol, () => _users == 1);
        _world.Note(link.Name, secondProtocol ? "starts-second" : "starts-first");
        ClientMachine Client() => new(link, new ClientLink(_world, _broker, link.Random.Fork(7), $"{link.Name}c"), _door, Id, secondProtocol);
        _world.Run(async () =>
        {
            await (Plan.Kind switch
            {
                SlotKind.Writer => new WriterClient(this, link, producer).RunAsync(),
                SlotKind.ClientWriter => new ClientMachineWriter(this, link, Client()).RunAsync(),
                SlotKind.Copier => new CopierClient(this, link, _door, producer).RunAsync(),
                _ => new KeeperClient(this, link, _door, producer).RunAsync(),
            });
            link.Die();
            _world.Note(link.Name, "ends");
            if (user == _users - 1) StartUserLater();
        });
    }

    void StartUserLater()
    {
        if (!IsOpen) return;
        _world.Clock.After(_random.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(300)), () =>
        {
            if (IsOpen) StartUser();
        });
    }
}
