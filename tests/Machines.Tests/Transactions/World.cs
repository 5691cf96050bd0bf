using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>
/// Clients of both protocols, participants, and a coordinator between them, driven by chance: requests that arrive late over connections that were given up, producers
/// that come back or are replaced, participants that cannot end, kills of the coordinator. What must hold is checked while it runs and when all has come to rest.
/// </summary>
internal sealed class World
{
    const int Ids = 3, Participants = 3;

    sealed class Client(string id)
    {
        public string Id => id;
        public (long Pid, int Epoch) Held = (-1, -1);
        public short Version;
        public long Connection, Transaction;
        public bool IsCommit, MustInitialise;
        public Asked? Ending;
        public TimeSpan EndingSince;
    }

    /// <summary>What a participant knows of one producer.</summary>
    sealed class Written
    {
        public int Epoch = -1, CoordinatorEpoch = -1;
        public long Open;
    }

    readonly Random _random;
    readonly TestCoordinator _coordinator;
    readonly Client[] _clients = [.. Enumerable.Range(0, Ids).Select(number => new Client($"id-{number}"))];
    readonly Dictionary<long, Written>[] _written = [.. Enumerable.Range(0, Participants).Select(_ => new Dictionary<long, Written>())];
    /// <summary>Of each transaction: where it wrote, and what was decided there; null while it is open.</summary>
    readonly Dictionary<long, bool?[]> _decisions = [];
    readonly Dictionary<long, HashSet<int>> _wrote = [];
    readonly Dictionary<long, bool> _acknowledged = [];
    readonly List<(Client Client, TransactionCommand Command)> _late = [];
    readonly List<byte[]> _snapshots = [];
    long _connections, _transactions, _connectionsBefore;

    public World(int seed, PlantedFault fault = PlantedFault.None)
    {
        _random = new Random(seed);
        _coordinator = new(new TransactionOptions(), fault);
        // Near their last epochs, so that ids are used up.
        foreach (var client in _clients) _coordinator.Begin(_coordinator.At(100 + _random.Next(1000) * 10, 32_766 - _random.Next(20)), client.Id);
        foreach (var client in _clients) Initialise(client, own: false);
    }

    public TestCoordinator Coordinator => _coordinator;
    public int Acknowledged => _acknowledged.Count;

    /// <summary>What did not hold; null when all did.</summary>
    public string? Broken { get; private set; }

    void Check(bool holds, string rule) => Broken ??= holds ? null : rule;

    public World Run(int steps)
    {
        for (var step = 0; step < steps && Broken is null; step++) Step(_clients[_random.Next(Ids)]);
        if (Broken is null) Rest();
        return this;
    }

    void Step(Client client)
    {
        NoteEnd(client);
        switch (_random.Next(24))
        {
            case < 8 when client.Ending is null:
                Write(client, _random.Next(Participants));
                break;
            case < 12 when client is { Ending: null, Transaction: not 0 }:
                End(client, _random.Next(3) > 0);
                break;
            case 12 when client.Ending is null:
                Initialise(client, own: _random.Next(2) == 0);
                break;
            case 13 when _late.Count > 0:
                HearLate(_late[_random.Next(_late.Count)]);
                break;
            case 14:
                _coordinator.Advance(TimeSpan.FromMilliseconds(_random.Next(2000)));
                break;
            case 15 when _random.Next(4) == 0:
                Crash();
                break;
            case 16 when _random.Next(8) == 0:
                _snapshots.Add(_coordinator.Save());
                break;
            default:
                Deliver();
                break;
        }
    }

    /// <summary>What was sent over a connection that its client has given up since. Nobody sees the answer.</summary>
    void HearLate((Client Client, TransactionCommand Command) late)
    {
        if (late.Command.ConnectionOrdinal < late.Client.Connection) _coordinator.Ask(late.Command);
    }

    void Write(Client client, int participant)
    {
        if (client.MustInitialise)
        {
            Initialise(client, own: true);
            return;
        }
        var command = new TransactionCommand.AddParticipants(new(client.Id), new(client.Held.Pid), new((short)client.Held.Epoch), [TestCoordinator.Part(participant)], client.Version)
        {
            ConnectionOrdinal = client.Connection,
            IsOfCoordinatorConnection = client.Version == TestCoordinator.Old,
        };
        var asked = _coordinator.Ask(command);
        if (MustReconnect(client, asked)) return;
        if (client.Version == TestCoordinator.Old) _late.Add((client, command));
        client.MustInitialise = asked.Error is not (ErrorCode.None or ErrorCode.ConcurrentTransactions);
        if (asked.Error != ErrorCode.None) return;
        if (client.Transaction == 0)
        {
            client.Transaction = ++_transactions;
            _decisions[client.Transaction] = new bool?[Participants];
            _wrote[client.Transaction] = [];
        }
        var written = Of(participant, client.Held.Pid);
        Check(written.Epoch <= client.Held.Epoch, "who is admitted by the coordinator is not fenced where it writes");
        Check(written.Open == 0 || written.Open == client.Transaction, "no write joins another transaction");
        Check(_decisions[client.Transaction][participant] is null, "nothing of a transaction is ended while it is written");
        (written.Epoch, written.Open) = (client.Held.Epoch, client.Transaction);
        _wrote[client.Transaction].Add(participant);
    }

    Written Of(int participant, long pid) => _written[participant].TryGetValue(pid, out var written) ? written : _written[participant][pid] = new();

    void End(Client client, bool commit)
    {
        var command = new TransactionCommand.EndTransaction(new(client.Id), new(client.Held.Pid), new((short)client.Held.Epoch), commit, client.Version) { ConnectionOrdinal = client.Connection };
        _late.Add((client, command));
        (client.Ending, client.IsCommit, client.EndingSince) = (_coordinator.Ask(command), commit, _coordinator.Now.Steady);
    }

    void NoteEnd(Client client)
    {
        if (client.Ending is not { IsParked: false } ending) return;
        client.Ending = null;
        if (MustReconnect(client, ending) || ending.Error == ErrorCode.ConcurrentTransactions)
        {
            End(client, client.IsCommit);
            return;
        }
        if (ending.Error == ErrorCode.None)
        {
            _acknowledged[client.Transaction] = client.IsCommit;
            var isPatient = _coordinator.Now.Steady - client.EndingSince < TimeSpan.FromSeconds(1);
            Check(!isPatient || _wrote[client.Transaction].All(participant => _decisions[client.Transaction][participant] == client.IsCommit), "what is acknowledged can be read");
            client.Held = ending.Held.Item1 >= 0 ? ending.Held : client.Held;
        }
        client.MustInitialise = ending.Error != ErrorCode.None;
        client.Transaction = 0;
        // Some give their connection up, and go on over another.
        if (_random.Next(3) == 0) client.Connection = ++_connections;
    }

    /// <param name="own">With the id and epoch that it holds; otherwise as a new incarnation.</param>
    void Initialise(Client client, bool own)
    {
        client.Connection = ++_connections;
        var before = own ? client.Held : (-1, -1);
        var held = Ask();
        if (Broken is not null) return;
        if (own && _random.Next(2) == 0)
        {
            // The answer was lost.
            if (_random.Next(4) == 0) Crash();
            Check(Ask() == held, "a lost answer is given again");
        }
        (client.Held, client.Transaction, client.MustInitialise, client.Ending) = (held, 0, false, null);
        client.Version = _random.Next(2) == 0 ? TestCoordinator.Old : TestCoordinator.New;

        (long, int) Ask()
        {
            for (var tries = 0; tries < 100; tries++)
            {
                var asked = _coordinator.Init(client.Id, before.Item1, before.Item2, 3000 + _random.Next(3000), client.Connection);
                while (asked.IsParked) DeliverAll();
                if (asked.Reply.NeedsProducerId || asked.Error == ErrorCode.ConcurrentTransactions)
                {
                    DeliverAll();
                    continue;
                }
                Check(asked.Error == ErrorCode.None, "its holder is let in, and a new incarnation");
                return asked.Held;
            }
            Check(false, "an id is free some time");
            return default;
        }
    }

    void DeliverAll()
    {
        if (_coordinator.Told.Count == 0) _coordinator.Advance(TimeSpan.FromMilliseconds(20));
        while (_coordinator.Told.Count > 0) Deliver(fails: 0);
    }

    void Deliver(int fails = 10)
    {
        if (_coordinator.Told.Count == 0) return;
        var at = _random.Next(_coordinator.Told.Count);
        var end = _coordinator.Told[at];
        // One at a time, and the coordinator may be killed in between.
        var participant = end.Participants[_random.Next(end.Participants.Count)];
        if (end.Participants.Count == 1) _coordinator.Told.RemoveAt(at);
        else _coordinator.Told[at] = end with { Participants = [.. end.Participants.Where(other => other != participant)] };
        var answer = _random.Next(100) < fails ? ErrorCode.NotLeaderOrFollower : Marker(participant.Partition, end.Marker);
        Check(answer is ErrorCode.None or ErrorCode.NotLeaderOrFollower, "no marker of the coordinator is refused");
        _coordinator.Answer(end, answer, participant);
    }

    ErrorCode Marker(int participant, EndMarker marker)
    {
        var written = Of(participant, marker.ProducerId.Value);
        if (marker.Epoch.Value < written.Epoch) return ErrorCode.InvalidProducerEpoch;
        if (marker.CoordinatorEpoch < written.CoordinatorEpoch) return ErrorCode.TransactionCoordinatorFenced;
        if (marker.Epoch.Value == written.Epoch && marker.TransactionVersion == TestCoordinator.New && written.Open != 0) return ErrorCode.InvalidProducerEpoch;
        (written.Epoch, written.CoordinatorEpoch) = (marker.Epoch.Value, marker.CoordinatorEpoch);
        if (written.Open != 0) _decisions[written.Open][participant] = marker.Commit;
        written.Open = 0;
        return ErrorCode.None;
    }

    /// <summary>
    /// Answers that were not given are lost: their clients ask again. When the process was killed all connections went with it, and what was on its way over them; when a disk
    /// failed under the coordinator it alone is folded anew.
    /// </summary>
    void Crash()
    {
        foreach (var client in _clients) NoteEnd(client);
        var isKill = _random.Next(2) == 0;
        if (isKill) _late.Clear();
        else _connectionsBefore = _connections;
        if (isKill) _coordinator.Crash();
        else _coordinator.LogFailed();
        foreach (var client in _clients)
        {
            if (isKill) client.Connection = ++_connections;
            if (client.Ending is not null) End(client, client.IsCommit);
        }
    }

    /// <summary>Its connection was closed instead of an answer: it comes over another.</summary>
    bool MustReconnect(Client client, Asked asked)
    {
        if (asked.IsParked || !asked.Reply.IsLate) return false;
        Check(client.Connection <= _connectionsBefore, "a client that speaks over its newest connection is heard");
        client.Connection = ++_connections;
        return true;
    }

    /// <summary>Everything is delivered, and what nobody ends is timed out.</summary>
    void Rest()
    {
        for (var round = 0; round < 100 && (_coordinator.Machine.View.Open > 0 || _clients.Any(client => client.Ending is not null)); round++)
        {
            foreach (var client in _clients) NoteEnd(client);
            _coordinator.Advance(TimeSpan.FromSeconds(1));
            while (_coordinator.Told.Count > 0) Deliver();
        }
        foreach (var client in _clients) NoteEnd(client);
        Check(_coordinator.Machine.View.Open == 0, "no transaction is open at the end");
        foreach (var (transaction, wrote) in _wrote)
        {
            var decisions = wrote.Select(participant => _decisions[transaction][participant]).Distinct().ToArray();
            Check(!decisions.Contains(null), "every participant learns the end");
            Check(decisions.Length <= 1, "no transaction is torn");
            if (_acknowledged.TryGetValue(transaction, out var commit) && decisions.Length > 0)
                Check(decisions[0] == commit, $"what was acknowledged as {(commit ? "committed" : "aborted")} is");
        }
        var live = _coordinator.Save();
        Check(live.AsSpan().SequenceEqual(_coordinator.Save(_coordinator.Rebuilt())), "the replayed state is the live state");
        foreach (var snapshot in _snapshots) Check(live.AsSpan().SequenceEqual(_coordinator.Save(_coordinator.Rebuilt(snapshot))), "it is so from every snapshot");
    }
}
