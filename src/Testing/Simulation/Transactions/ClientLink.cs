namespace Semel.Testing.Simulation.Transactions;

/// <summary>How one client speaks to the broker: over one connection at a time, and over another when that is gone. Nothing of it goes on once the client is
/// dead.</summary>
internal sealed class ClientLink(TransactionWorld world, TransactionBroker broker, SimulatedRandom random, string name)
{
    RequestConnection? _connection;

    public string Name => name;
    public SimulatedRandom Random => random;
    public TransactionWorld World => world;

    /// <summary>The client's process has ended, whatever it was about to do.</summary>
    public bool IsDead { get; private set; }

    /// <summary>How many connections it has had: as long as that stays the same, nothing was lost or came twice.</summary>
    public int Connections { get; private set; }

    public void Die()
    {
        IsDead = true;
        _connection?.Cut("died");
    }

    /// <summary>One request, once.</summary>
    /// <param name="what">Which request it is, for whoever reads what has happened.</param>
    public async Task<Answer<T>> AskAsync<T>(string what, Func<IRequestSource, Task<T>> handle, TimeSpan? patience = null) where T : notnull
    {
        if (_connection is null or { IsCut: true })
        {
            if (!broker.IsUp)
            {
                await PauseAsync();
                return Answer<T>.Lost;
            }
            _connection = new RequestConnection(world, broker, random, name);
            Connections++;
        }
        var answer = await _connection.SendAsync(what, handle, patience);
        await AliveAsync();
        return answer;
    }

    /// <summary>Before something is tried again.</summary>
    public Task PauseAsync() => PauseAsync(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(60));

    public async Task PauseAsync(TimeSpan shortest, TimeSpan longest)
    {
        await world.WaitAsync(random.Between(shortest, longest));
        await AliveAsync();
    }

    /// <summary>The client may stand still here, for longer than anybody waits for it.</summary>
    public async Task MayStandStillAsync()
    {
        if (!world.Strikes(random, world.Plan.PauseOneIn)) return;
        var time = random.Between(TransactionPlan.TransactionTimeout / 2, TransactionPlan.TransactionTimeout * 3);
        world.Note(name, "stands-still", (long)time.TotalMilliseconds);
        await PauseAsync(time, time);
    }

    /// <summary>Whether the client has waited for long enough: it does not ask again what it does not know.</summary>
    public bool GivesUp() => world.Strikes(random, 2);

    // Whoever is dead waits for ever.
    Task AliveAsync() => IsDead ? new TaskCompletionSource().Task : Task.CompletedTask;
}
