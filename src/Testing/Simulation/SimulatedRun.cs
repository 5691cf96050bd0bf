namespace Semel.Testing.Simulation;

/// <summary>
/// A broker and its producers in one process, on one thread, in virtual time, with every choice from one seed: faults for a while, then healing, then a crash
/// to see that all that was promised is still there. The same seed is the same run, event by event.
/// </summary>
public sealed class SimulatedRun
{
    /// <summary>How long after healing everything must have come to its end.</summary>
    static readonly TimeSpan HealingTime = TimeSpan.FromSeconds(120);
    const int LinesShown = 60;

    readonly ProduceWorld _world;
    readonly SimulatedBroker _broker;
    readonly List<ISimulatedProducer> _producers = [];
    int _numbers;

    SimulatedRun(ProduceWorld world)
    {
        _world = world;
        _broker = new SimulatedBroker(world);
    }

    /// <summary>Runs one seed.</summary>
    /// <exception cref="SimulationFailedException">A promise was broken; the message has the seed and the last events.</exception>
    public static SimulationReport Of(ulong seed, SimulationFault fault = SimulationFault.None)
    {
        try
        {
            using var world = new ProduceWorld(seed, fault, keepsLines: false);
            return new SimulatedRun(world).Run();
        }
        catch (Exception exception)
        {
            throw new SimulationFailedException($"seed {seed}: {exception.Message}\nrun it again with SEMEL_SIMULATION_SEED={seed} ./test Simulation\n{LastLines(seed, fault)}", exception);
        }
    }

    /// <summary>Every event of a run as a line, the failure's last when there is one.</summary>
    public static IReadOnlyList<string> Transcript(ulong seed, SimulationFault fault = SimulationFault.None)
    {
        using var world = new ProduceWorld(seed, fault, keepsLines: true);
        string? failure = null;
        try
        {
            new SimulatedRun(world).Run();
        }
        catch (Exception exception)
        {
            failure = exception.Message;
        }
        return [$"{world.Plan}", .. world.Trace.Lines, .. failure is null ? Array.Empty<string>() : [failure]];
    }

    static string LastLines(ulong seed, SimulationFault fault)
    {
        var lines = Transcript(seed, fault);
        return string.Join('\n', lines.Take(1).Concat(lines.Skip(Math.Max(1, lines.Count - LinesShown))));
    }

    SimulationReport Run() => OneThread.Run(RunHere);

    SimulationReport RunHere()
    {
        if (_world.Plan.BeginsNearWrap) _broker.LoseBeginnings();
        _broker.Start();
        for (var i = 0; i < _world.Plan.Producers; i++) AddProducer();
        for (var i = 0; i < _world.Plan.RepeatingProducers; i++) _producers.Add(new RepeatingProducer(_world, _broker, _numbers++));
        PlanFaults();
        RunUntil(SimulationPlan.FaultyTime, static () => false);
        Heal();
        RestartAndCompare();
        return new SimulationReport { Seed = _world.Seed, Sha256 = _world.Trace.Sha256(), Events = _world.Trace.Count, Counts = _world.Counts };
    }

    void AddProducer() => _producers.Add(new SimulatedProducer(_world, _broker, _numbers++));

    void RunUntil(TimeSpan end, Func<bool> isReached)
    {
        while (!isReached() && _world.Clock.RunNext(end)) ThrowIfFailed();
    }

    void ThrowIfFailed()
    {
        if (_world.Failure is { } failure) throw failure;
    }

    void PlanFaults()
    {
        if (_world.Plan.MeanTimeToCrash is not null) Repeat(_world.Plan.MeanTimeToCrash.Value, CrashOrStop);
        if (_world.Plan.DeletesRecords) Repeat(TimeSpan.FromSeconds(1), () => _broker.DeleteRecords(_world.Random.Below(_world.Plan.Partitions)));
        if (_world.Plan.AbandonsProducers) Repeat(TimeSpan.FromSeconds(3), ReplaceProducer);
        if (_world.Plan.SetsWallClock) Repeat(TimeSpan.FromSeconds(1), SetWallClock);
        if (_world.Plan.JumpsWallClock) Repeat(TimeSpan.FromSeconds(2), JumpWallClock);
    }

    /// <summary>Again and again until all is healed, at random moments of this mean distance.</summary>
    void Repeat(TimeSpan mean, Action strike) => _world.Clock.After(_world.Random.Between(TimeSpan.Zero, 2 * mean), () =>
    {
        if (_world.IsHealed) return;
        strike();
        Repeat(mean, strike);
    });

    void CrashOrStop()
    {
        if (_world.Random.OneIn(4)) _broker.Stop();
        else _broker.Crash();
        if (_world.Plan.JumpsWallClock && _world.Random.OneIn(2)) JumpWallClock();
        // The second crash may come while the first is hardly over.
        _world.Clock.After(_world.Random.Between(TimeSpan.Zero, _world.Plan.Downtime), StartBroker);
    }

    void StartBroker()
    {
        if (!_broker.IsUp) _broker.Start();
    }

    void ReplaceProducer()
    {
        if (_producers[_world.Random.Below(_producers.Count)] is not SimulatedProducer { IsDone: false } dying) return;
        dying.Die();
        AddProducer();
    }

    void SetWallClock()
    {
        _world.Clock.WallShift += _world.Random.Between(TimeSpan.FromMinutes(-5), TimeSpan.FromMinutes(5));
        _world.Note("wall-clock", _world.Clock.WallShift.Ticks);
    }

    void JumpWallClock()
    {
        var isForward = _world.Random.OneIn(2);
        _world.Clock.WallShift += (isForward ? 1 : -1) * _world.Random.Between(TimeSpan.FromHours(25), TimeSpan.FromHours(50));
        _world.Note(isForward ? "wall-clock-jumps-forward" : "wall-clock-jumps-back", _world.Clock.WallShift.Ticks);
        if (!_broker.IsUp) _world.Counts.Add("wall-clock-jumps-while-down");
    }

    void Heal()
    {
        _world.Note("heal");
        _world.IsHealed = true;
        StartBroker();
        RunUntil(_world.Clock.Now + HealingTime, () => _producers.TrueForAll(static producer => producer.IsDone));
        if (!_producers.TrueForAll(static producer => producer.IsDone)) _world.Oracle.Fail($"{HealingTime.TotalSeconds} s after the last fault records still wait for their report");
        if (_world.Plan.IsStrict && _world.Counts["raw-producer-begins-anew"] > 0) _world.Oracle.Fail("the raw producer had to begin its sequences anew although nothing was lost");
        if (_world.Oracle.UnreportedCount > 0) _world.Oracle.Fail($"{_world.Oracle.UnreportedCount} records will never be reported");
    }

    /// <summary>Starting reads every log from its start and compares it with what readers saw; the second start finds what the first one left.</summary>
    void RestartAndCompare()
    {
        foreach (Action down in (ReadOnlySpan<Action>)[_broker.Crash, _broker.Stop])
        {
            down();
            _broker.Start();
            ThrowIfFailed();
        }
    }
}
