using Semel.Log.Memory;

namespace Semel.Testing.Simulation;

/// <summary>What all parts of one run share, whatever it simulates: its clock, its chance, its trace, its counts, its disk, and whether faults are still to
/// come.</summary>
internal abstract class SimulatedWorld : IDisposable
{
    protected SimulatedWorld(ulong seed, bool keepsLines)
    {
        Seed = seed;
        Random = new SimulatedRandom(seed);
        Clock = new SimulatedClock();
        Trace = new EventTrace(Clock, keepsLines);
        Store = new MemoryLogStore(Clock);
        Logger = new SimulatedLogger(this);
    }

    public ulong Seed { get; }
    public SimulatedRandom Random { get; }
    public SimulatedClock Clock { get; }
    public EventTrace Trace { get; }
    public SimulationCounts Counts { get; } = new();
    public SimulatedLogger Logger { get; }

    /// <summary>What the broker's disk does to it.</summary>
    public DiskPlan Disk { get; protected init; } = new();

    /// <summary>The broker's disk: it outlives the broker.</summary>
    public MemoryLogStore Store { get; }

    /// <summary>Once true, nothing fails any more.</summary>
    public bool IsHealed { get; set; }

    /// <summary>The first promise that was broken; the broker's own parts would go on after it.</summary>
    public SimulationFailedException? Failure { get; private set; }

    public void Failed(SimulationFailedException failure) => Failure ??= failure;

    /// <summary>A promise was broken.</summary>
    public void Fail(string what)
    {
        var failure = new SimulationFailedException(what);
        Failed(failure);
        throw failure;
    }

    /// <summary>Chance for what happens to one log.</summary>
    public virtual SimulatedRandom RandomOf(string log) => Random;

    /// <summary>Whether a fault that comes once in so many times comes now.</summary>
    public virtual bool Strikes(SimulatedRandom random, int oneIn) => !IsHealed && random.OneIn(oneIn);

    public bool Strikes(int oneIn) => Strikes(Random, oneIn);

    /// <summary>Whether the append to this log that ends now fails because somebody wanted that.</summary>
    public virtual bool IsToFail(string log) => false;

    /// <summary>An append is done, and whoever waits for it will hear of it, unless the process dies now.</summary>
    public virtual void Appended(string log)
    {
    }

    public void Note(string what, long first = 0, long second = 0, long third = 0)
    {
        Trace.Add(what, first, second, third);
        Counts.Add(what);
    }

    public void Note(string who, string what, long first = 0, long second = 0, long third = 0)
    {
        Trace.Add(who, what, first, second, third);
        Counts.Add(what);
    }

    /// <summary>Somebody's doings, step after step, all on the thread of the run.</summary>
    public void Run(Func<Task> doings) => doings().ContinueWith(
        ended => Failed(ended.Exception!.InnerException as SimulationFailedException ?? new SimulationFailedException($"{ended.Exception.InnerException}")),
        CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Completes when so much time has passed.</summary>
    public Task WaitAsync(TimeSpan time)
    {
        var over = new TaskCompletionSource();
        Clock.After(time, over.SetResult);
        return over.Task;
    }

    public void Dispose() => Trace.Dispose();
}

/// <summary>What a run's disk does.</summary>
internal sealed record DiskPlan
{
    /// <summary>The longest that an append takes.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(1);
    public int FailedAppendOneIn { get; init; }
    /// <summary>Segments end now and then, and with them a snapshot is saved.</summary>
    public bool HasSnapshots { get; init; }
    public bool HasDamagedSnapshots { get; init; }
}
