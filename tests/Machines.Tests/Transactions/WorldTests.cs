using Semel.Machines.Compaction;
using Semel.Machines.Tests.Compaction;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;

namespace Semel.Machines.Tests.Transactions;

/// <summary>
/// Whatever happens in which order: no transaction is torn, lost or shown too early, and the live state is the replayed state. SEMEL_WORLD_SEEDS sets how many orders there are.
/// </summary>
public class WorldTests
{
    const int Steps = 600;

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Everything_holds_in_every_order(int seed)
    {
        var world = new World(seed).Run(Steps);
        Assert.Null(world.Broken);
        Assert.True(world.Acknowledged > 20, $"{world.Acknowledged} transactions were acknowledged");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_compacted_log_folds_to_the_state_of_the_whole_from_its_start_and_from_a_snapshot_in_it(int seed)
    {
        var coordinator = new World(seed).Run(Steps).Coordinator;
        var whole = coordinator.Save(coordinator.Rebuilt());
        var log = coordinator.Log.ToList();
        var random = new Random(seed);
        for (var turn = 0; turn < 4; turn++)
        {
            // A snapshot anywhere, and what is sealed up to anywhere.
            var (covered, sealedTo) = (random.Next(log.Count), random.Next(1, log.Count + 1));
            Replace(coordinator.Log, log.Take(covered));
            var snapshot = coordinator.Save(coordinator.Rebuilt());
            var offset = covered == 0 ? 0 : CompactionRun.Header(log[covered - 1]).NextOffset;
            var policy = new CompactionPolicy { BeginsAtLogStart = true, TombstonesUpTo = long.MaxValue, FoldedFrom = offset };
            Replace(coordinator.Log, [.. CompactionRun.Compact(log[..sealedTo], static batch => batch, static (_, changed) => changed, policy, out _), .. log[sealedTo..]]);
            Assert.Equal(whole, coordinator.Save(coordinator.Rebuilt()));
            Assert.Equal(whole, coordinator.Save(coordinator.Rebuilt(snapshot)));
        }
    }

    static void Replace(List<byte[]> log, IEnumerable<byte[]> batches)
    {
        log.Clear();
        log.AddRange(batches);
    }

    [Fact]
    public void Everything_holds_in_many_orders()
    {
        var seeds = int.Parse(Environment.GetEnvironmentVariable("SEMEL_WORLD_SEEDS") ?? "100", System.Globalization.CultureInfo.InvariantCulture);
        var broken = Enumerable.Range(1000, seeds).Select(seed => (Seed: seed, new World(seed).Run(Steps).Broken)).Where(run => run.Broken is not null).Take(3);
        Assert.Empty(broken);
    }

    /// <summary>All but those that only clocks bring to light: the simulation of the whole broker has them.</summary>
    public static TheoryData<int> Faults() =>
        [.. Enum.GetValues<PlantedFault>().Where(fault => fault is not (PlantedFault.None or PlantedFault.TimeoutOfEarlierTransaction)).Select(fault => (int)fault)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Each_planted_fault_is_found(int fault)
    {
        var seed = Enumerable.Range(1, 100).FirstOrDefault(seed => Fails(seed, (PlantedFault)fault));
        Assert.True(seed > 0, $"{(PlantedFault)fault} was not found in 100 runs");
    }

    static bool Fails(int seed, PlantedFault fault)
    {
        try
        {
            return new World(seed, fault).Run(Steps).Broken is not null;
        }
        catch (Exception exception) when (exception is InvariantBrokenException)
        {
            return true;
        }
    }
}
