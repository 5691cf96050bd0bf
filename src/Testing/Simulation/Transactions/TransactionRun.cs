using System.Buffers;
using Semel.Broker.Sequencing;
using Semel.Machines.Groups.Offsets;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// A broker with transactions and groups and its clients of both protocols in one process, on one thread, in virtual time, with every choice from one seed:
/// faults for a while, then healing, until all is at rest; then whatever is still about is thrown at it, and it is started anew, to see that all that was
/// promised is still there.
/// </summary>
public sealed class TransactionRun
{
    /// <summary>How long after healing everything must have come to its end.</summary>
    static readonly TimeSpan HealingTime = TimeSpan.FromSeconds(120);

    readonly TransactionWorld _world;
    readonly TransactionBroker _broker;
    readonly TransactionDoor _door;
    readonly List<ClientSlot> _slots = [];
    readonly SimulatedRandom _random;

    internal TransactionRun(TransactionWorld world)
    {
        _world = world;
        _random = world.RandomOf(3);
        _broker = new TransactionBroker(world);
        _door = new TransactionDoor(world, _broker);
    }

    /// <summary>Runs one seed.</summary>
    /// <exception cref="SimulationFailedException">A promise was broken; the message has the seed, and the least of the run in which it is broken still, event
    /// by event.</exception>
    public static SimulationReport Of(ulong seed, TransactionFault fault = TransactionFault.None)
    {
        using var world = new TransactionWorld(seed, fault, keepsLines: false);
        try
        {
            return new TransactionRun(world).Run();
        }
        catch (Exception exception)
        {
            var least = new Shrinker(seed, fault).Story(exception.Message);
            var again = $"run it again with SEMEL_SIMULATION_SEED={seed} ./test Simulation";
            throw new SimulationFailedException($"seed {seed}: {exception.Message}\n{again}\n{least}", exception);
        }
    }

    /// <summary>Whether one seed breaks a promise, and which; null when it keeps all.</summary>
    public static string? FailureOf(ulong seed, TransactionFault fault)
    {
        using var world = new TransactionWorld(seed, fault, keepsLines: false);
        try
        {
            new TransactionRun(world).Run();
            return null;
        }
        catch (SimulationFailedException failure)
        {
            return failure.Message;
        }
    }

    /// <summary>Every event of a run as a line, the failure's last when there is one.</summary>
    public static IReadOnlyList<string> Transcript(ulong seed, TransactionFault fault = TransactionFault.None) => Transcript(seed, fault, Reduction.None);

    internal static IReadOnlyList<string> Transcript(ulong seed, TransactionFault fault, Reduction without)
    {
        using var world = new TransactionWorld(seed, fault, keepsLines: true, without);
        string? failure = null;
        try
        {
            new TransactionRun(world).Run();
        }
        catch (Exception exception)
        {
            failure = exception.Message;
        }
        return [$"{world.Plan with { Slots = [] }}", .. world.Plan.Slots.Select(static slot =>
            $"{slot}"), .. world.Trace.Lines, .. failure is null ? Array.Empty<string>() : [failure]];
    }

    internal SimulationReport Run() => OneThread.Run(RunHere);

    SimulationReport RunHere()
    {
        if (_world.Plan.BeginsNearLastEpoch) new UsedEpochs(_world, _broker).Write();
        _broker.Start();
        var partition = 0;
        for (var slot = 0; slot < _world.Plan.Slots.Count; slot++)
        {
            var isAlone = _world.Plan.Slots[slot] is { Kind: SlotKind.Copier, Membership: Membership.Assigned };
            var started = new ClientSlot(_world, _broker, _door, slot) { Partition = isAlone ? partition++ : -1 };
            if (!_world.IsLeftOut(slot)) _slots.Add(started);
        }
        foreach (var slot in _slots) slot.Start();
        PlanFaults();
        RunUntil(TransactionPlan.FaultyTime, static () => false);
        Heal();
        new LastLook(_world, _broker, _door).Check(ThrowIfFailed);
        return new SimulationReport { Seed = _world.Seed, Sha256 = _world.Trace.Sha256(), Events = _world.Trace.Count, Counts = _world.Counts };
    }

    void RunUntil(TimeSpan end, Func<bool> isReached)
    {
        ThrowIfFailed();
        while (!isReached() && _world.Clock.RunNext(end)) ThrowIfFailed();
    }

    void ThrowIfFailed()
    {
        if (_world.Failure is { } failure) throw failure;
    }

    void PlanFaults()
    {
        if (_world.Plan.MeanTimeToCrash is { } mean)
            Repeat(mean, () =>
            {
                if (_world.Strikes(_random, 1)) _broker.CrashAndComeBack();
            });
        if (_world.Plan.SetsWallClock) Repeat(TimeSpan.FromSeconds(1), SetWallClock);
        if (_world.Plan.RemakesTopic) Repeat(TimeSpan.FromSeconds(2), () => _broker.Remake(SimulatedTopics.Remade));
    }

    /// <summary>Again and again until all is healed, at random moments of this mean distance.</summary>
    void Repeat(TimeSpan mean, Action strike) => _world.Clock.After(_random.Between(TimeSpan.Zero, 2 * mean), () =>
    {
        if (_world.IsHealed) return;
        strike();
        Repeat(mean, strike);
    });

    void SetWallClock()
    {
        _world.Clock.WallShift += _random.Between(TimeSpan.FromHours(-2), TimeSpan.FromHours(2));
        _world.Note("clock", "wall-clock", _world.Clock.WallShift.Ticks);
    }

    void Heal()
    {
        _world.Note("heal");
        _world.IsHealed = true;
        _broker.Start();
        var end = _world.Clock.Now + HealingTime;
        RunUntil(end, IsWorkDone);
        if (!IsWorkDone())
        {
            var busy = string.Join(", ", _slots.Where(static slot => !slot.IsDone).Select(static slot => slot.Id.Value));
            _world.Fail($"{HealingTime.TotalSeconds} s after the last fault there is still something to do: {busy} {WhatIsNotCopied()} {WhatIsOpen()}");
        }
        foreach (var slot in _slots) slot.IsClosed = true;
        // Whoever is in the middle of something ends it, or is ended by its time.
        RunUntil(_world.Clock.Now + 3 * TransactionPlan.TransactionTimeout, static () => false);
        RunUntil(end, () => WhatIsOpen() is null);
        if (WhatIsOpen() is { } open) _world.Fail($"long after the last fault {open}");
    }

    bool IsWorkDone() => _slots.TrueForAll(static slot => slot.IsDone) && WhatIsNotCopied() is null;

    string? WhatIsNotCopied()
    {
        var input = _world.Topics[SimulatedTopics.Input].TopicId;
        foreach (var group in _slots.Where(static slot => slot.Plan.Kind == SlotKind.Copier).Select(static slot => slot.Plan.Membership).Distinct())
        {
            for (var partition = 0; partition < _world.Plan.InputPartitions; partition++)
            {
                if (group == Membership.Assigned && !_slots.Exists(slot => slot.Plan is { Kind: SlotKind.Copier, Membership: Membership.Assigned }
                    && slot.Partition == partition)) continue;
                if (_world.Oracle.CopiedBy(CopierClient.Groups[group], partition) < _world.Oracle.Reader(input, partition).Committed.Count)
                    return $"input {partition} is not copied by {group}";
            }
        }
        return null;
    }

    string? WhatIsOpen()
    {
        foreach (var partition in _broker.Partitions)
            if (partition.View is null || partition.View.LastStableOffset != partition.View.HighWatermark)
                return $"a transaction is open in {partition.Name}: {partition.View}";
        foreach (var groups in _broker.Groups)
            if (groups.View is null || groups.View.LastStableOffset != groups.View.HighWatermark)
                return $"a transaction is open in {groups.Name}: {groups.View}";
        foreach (var coordinator in _broker.Coordinators)
            if (coordinator.View is not { Open: 0 }) return $"{coordinator.Name} has open transactions: {coordinator.View}";
        return null;
    }
}
