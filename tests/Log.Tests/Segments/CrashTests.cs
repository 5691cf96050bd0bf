using Semel.Log.Segments;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>Folders as crashes leave them, opened again: what was acknowledged is there, and nothing else than what was appended.</summary>
public sealed class CrashTests : IDisposable
{
    readonly List<(string Point, TestFolder Folder, Action<SegmentLogStore> Check)> _crashes = [];
    readonly Lock _gate = new();

    public void Dispose() => _crashes.ForEach(crash => crash.Folder.Dispose());

    static SegmentStoreOptions Options(string folder, FlushMode flush) => new()
    {
        Directory = folder,
        Flush = flush,
        JournalFileBytes = 64 << 10,
        JournalFiles = 2,
        DirectForceBytes = 5000,
        Force = new NoForce(),
    };

    static async Task Verify(TestFolder crashed, FlushMode flush, Action<SegmentLogStore> check, string when, bool andAgain = true)
    {
        try
        {
            await using (var store = new SegmentLogStore(Options(crashed.Path, flush))) check(store);
            if (!andAgain) return;
            var once = crashed.Content();
            await using (var store = new SegmentLogStore(Options(crashed.Path, flush))) check(store);
            AssertSame(once, crashed.Content());
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"after a crash at {when}: {failure.Message}", failure);
        }
    }

    static void AssertSame(SortedDictionary<string, byte[]> one, SortedDictionary<string, byte[]> other)
    {
        Assert.Equal(one.Keys, other.Keys);
        foreach (var (path, content) in one) Assert.True(content.AsSpan().SequenceEqual(other[path]), $"opening again changed {path}");
    }

    [Theory]
    [InlineData(FlushMode.Disk, 1)]
    [InlineData(FlushMode.Disk, 2)]
    [InlineData(FlushMode.Os, 4)]
    public async Task A_process_killed_at_any_crash_point_loses_nothing_that_was_acknowledged(FlushMode flush, int seed)
    {
        using var folder = new TestFolder(inMemory: true);
        var scenario = new CrashScenario(seed, flush);
        var hits = new Dictionary<string, int>();
        var steps = 0;
        void At(string point)
        {
            var step = Interlocked.Increment(ref steps);
            lock (_gate)
            {
                // The first times at each point, and then ever more seldom. A copy is no picture of one moment when another thread went on meanwhile.
                var hit = hits[point] = hits.GetValueOrDefault(point) + 1;
                if (hit > 2 && hit % 50 != 0) return;
                var check = scenario.Checks();
                if (folder.TryCopy() is not { } copy) return;
                if (Volatile.Read(ref steps) == step) _crashes.Add((point, copy, check));
                else copy.Dispose();
            }
        }
        await using (var store = new SegmentLogStore(Options(folder.Path, flush) with { Points = new CrashPoints(At) })) await scenario.Run(store, 150);
        Assert.NotEmpty(_crashes);
        Assert.Superset(ExpectedPoints(flush), hits.Keys.ToHashSet());
        foreach (var (point, crashed, check) in _crashes)
        {
            await Verify(crashed, flush, check, point);
            crashed.Dispose();
        }
    }

    static HashSet<string> ExpectedPoints(FlushMode flush)
    {
        HashSet<string> points =
        [
            "log.before-write", "log.after-write", "index.write", "log.roll.before-create", "log.roll.after-create", "log.roll.after-dirsync",
            "snapshot.before-rename", "snapshot.after-rename", "snapshot.after-dirsync", "log.descriptor.before-rename", "log.descriptor.after-rename",
            "retention.before-unlink", "log.create.before-rename", "log.create.after-rename", "log.delete.before-rename", "log.delete.after-rename",
            "parts.before-create", "parts.after-write", "parts.before-fsync", "parts.after-fsync", "parts.before-dirsync", "parts.after-dirsync", "log.parts.before-write", "log.parts.before-rename",
            "log.parts.after-rename", "log.parts.after-dirsync", "parts.before-unlink", "parts.after-unlink", "parts.after-unlink-dirsync", "recovery.points.before-rename", "shutdown.before-close", "shutdown.logs-closed",
        ];
        if (flush == FlushMode.Disk) points.UnionWith(["log.before-fsync", "log.after-fsync-before-ack"]);
        return points;
    }

    public static TheoryData<UnforcedBytes, int> Cuts()
    {
        var cuts = new TheoryData<UnforcedBytes, int>();
        foreach (var unforced in Enum.GetValues<UnforcedBytes>())
        {
            for (var seed = 10; seed < 12; seed++) cuts.Add(unforced, seed);
        }
        return cuts;
    }

    [LinuxTheory]
    [MemberData(nameof(Cuts))]
    public async Task A_power_cut_at_any_moment_loses_nothing_that_was_acknowledged(UnforcedBytes unforced, int seed)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path) { HasFileSystem = seed % 2 == 0 };
        var scenario = new CrashScenario(seed, FlushMode.Disk);
        var random = new Random(seed);
        void At(string point)
        {
            lock (_gate)
            {
                if (random.Next(16) == 0) _crashes.Add((point, disk.Cut(unforced, random), scenario.Checks()));
            }
        }
        await using (var store = new SegmentLogStore(Options(folder.Path, FlushMode.Disk) with { Points = new CrashPoints(At), Force = disk }))
        {
            await scenario.Run(store, 120);
            store.Closing();
        }
        Assert.NotEmpty(_crashes);
        foreach (var (point, crashed, check) in _crashes)
        {
            await Verify(crashed, FlushMode.Disk, check, point, andAgain: random.Next(4) == 0);
            crashed.Dispose();
        }
    }

    [LinuxTheory]
    [InlineData(UnforcedBytes.Gone)]
    [InlineData(UnforcedBytes.SomePages)]
    public async Task A_power_cut_during_recovery_loses_nothing_either(UnforcedBytes unforced)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path);
        var scenario = new CrashScenario(77, FlushMode.Disk);
        await using (var store = new SegmentLogStore(Options(folder.Path, FlushMode.Disk) with { Force = disk }))
        {
            await scenario.Run(store, 100);
            using var crashed = disk.Cut(unforced, new Random(1));
            using var again = new PowerCutDisk(crashed.Path);
            again.ForceAll();
            var check = scenario.Checks();
            var points = new CrashPoints(point =>
            {
                lock (_gate) _crashes.Add((point, again.Cut(unforced, new Random(2)), check));
            });
            await using (var recovering = new SegmentLogStore(Options(crashed.Path, FlushMode.Disk) with { Points = points, Force = again })) check(recovering);
            Assert.NotEmpty(_crashes);
            foreach (var (point, twice, _) in _crashes)
            {
                await Verify(twice, FlushMode.Disk, check, $"{point} of recovery");
                twice.Dispose();
            }
        }
    }

    [Fact]
    public async Task The_same_crashed_folder_recovers_to_the_same_bytes()
    {
        using var folder = new TestFolder(inMemory: true);
        var scenario = new CrashScenario(5, FlushMode.Disk);
        await using var store = new SegmentLogStore(Options(folder.Path, FlushMode.Disk));
        await scenario.Run(store, 120);
        using TestFolder one = folder.Copy(), other = folder.Copy();
        await Verify(one, FlushMode.Disk, scenario.Checks(), "the end");
        await Verify(other, FlushMode.Disk, scenario.Checks(), "the end");
        AssertSame(one.Content(), other.Content());
    }
}
