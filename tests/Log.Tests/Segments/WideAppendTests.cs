using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>An index counts offsets from its segment's first in 31 bits: an append of more offsets than that goes into several segments, and is still one append.</summary>
public sealed class WideAppendTests
{
    const long Wide = 1L << 31;

    /// <summary>An ordinary batch, widest ones, and ordinary ones after them. The newest is not the last.</summary>
    static ReadOnlyMemory<byte>[] Batches(long from) =>
    [
        TestBatches.Of(from, 1, 300, 1_000),
        TestBatches.Widest(from + 1, 2_000),
        TestBatches.Widest(from + 1 + Wide, 5_000),
        TestBatches.Of(from + 1 + 2 * Wide, 1, 300, 3_000),
        TestBatches.Of(from + 2 + 2 * Wide, 1, 300, 4_000),
    ];

    static void AssertAnswers(ILog log)
    {
        Assert.Equal(3 + 2 * Wide, log.Bounds.EndOffset);
        foreach (var batch in Batches(0))
        {
            foreach (var offset in new[] { TestBatches.End(batch) - 1, Math.Max(0, TestBatches.End(batch) - Wide) })
            {
                using var read = log.Read(offset, long.MaxValue, 1);
                Assert.True(TestBatches.End(read.Bytes) > offset);
                if (offset == TestBatches.End(batch) - 1) Assert.Equal(batch.ToArray(), read.Bytes.ToArray());
            }
        }
        Assert.Equal(new TimestampedOffset(0, 1_000), log.FindOffset(500, long.MaxValue));
        Assert.Equal(new TimestampedOffset(1, 2_000), log.FindOffset(1_001, long.MaxValue));
        Assert.Equal(new TimestampedOffset(1 + Wide, 5_000), log.FindOffset(2_001, long.MaxValue));
        Assert.Equal(new TimestampedOffset(1 + Wide, 5_000), log.FindMaxTimestamp(long.MaxValue));
        Assert.Null(log.FindOffset(5_001, long.MaxValue));
    }

    static void AssertNoSegmentIsTooWide(SegmentFixture folder)
    {
        var bases = folder.SegmentPaths.Select(path => long.Parse(Path.GetFileNameWithoutExtension(path))).ToArray();
        Assert.True(bases.Length >= 3);
        foreach (var segment in LogInspection.Segments(folder.LogFolder))
        {
            var first = long.Parse(Path.GetFileNameWithoutExtension(segment.Path));
            Assert.All(segment.Batches, batch => Assert.InRange(batch.Header!.Value.LastOffset - first, 0, int.MaxValue));
        }
    }

    [Theory]
    [InlineData(FlushMode.Disk, int.MaxValue)]
    [InlineData(FlushMode.Disk, 100)]
    [InlineData(FlushMode.Os, int.MaxValue)]
    public async Task An_append_of_more_offsets_than_a_segment_holds_goes_into_several(FlushMode flush, int directForceBytes)
    {
        using var folder = new SegmentFixture(flush) { DirectForceBytes = directForceBytes };
        await using (var store = folder.OpenStore())
        {
            var log = store.OpenOrCreate("log", Options);
            var outcome = await log.AppendAsync(Batches(0), 0);
            Assert.Equal(new AppendOutcome(AppendStatus.Appended, 3 + 2 * Wide, Rolled: true), outcome);
            AssertAnswers(log);
            using var killed = folder.Crashed();
            AssertNoSegmentIsTooWide(killed);
            await using var again = killed.OpenStore();
            AssertAnswers(again.OpenOrCreate("log", Options));
        }
        await using (var store = folder.OpenStore())
        {
            var log = store.OpenOrCreate("log", Options);
            Assert.True(log.Recovery.WasClean);
            AssertAnswers(log);
        }
    }

    /// <summary>An index entry for every batch.</summary>
    static LogOptions Options => new() { SegmentBytes = 8 << 10, IndexIntervalBytes = 0 };

    /// <summary>Segments are forced only when they are let: until then nothing but the journal is certain.</summary>
    sealed class HeldSegments(IForce disk) : IForce, IDisposable
    {
        readonly ManualResetEventSlim _open = new();

        public void Dispose() => _open.Set();

        public void File(SafeFileHandle file, string path)
        {
            if (path.EndsWith(".log", StringComparison.Ordinal)) _open.Wait();
            disk.File(file, path);
        }

        public void Directory(string path) => disk.Directory(path);
    }

    [LinuxTheory]
    [InlineData(UnforcedBytes.Gone)]
    [InlineData(UnforcedBytes.SomePages)]
    public async Task Every_piece_of_such_an_append_is_in_the_journal_when_it_is_acknowledged(UnforcedBytes unforced)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path);
        var held = new HeldSegments(disk);
        using var fixture = new SegmentFixture(FlushMode.Disk, folder) { Force = held };
        await using var store = fixture.OpenStore();
        // Before the store ends, which forces them.
        using var release = held;
        await store.OpenOrCreate("log", Options).AppendAsync(Batches(0), 0);
        using var cut = new SegmentFixture(FlushMode.Disk, disk.Cut(unforced, new Random(1)));
        await using var again = cut.OpenStore();
        AssertAnswers(again.OpenOrCreate("log", Options));
    }

    public static TheoryData<UnforcedBytes, int> Cuts()
    {
        var cuts = new TheoryData<UnforcedBytes, int>();
        foreach (var unforced in Enum.GetValues<UnforcedBytes>())
        {
            cuts.Add(unforced, int.MaxValue);
            cuts.Add(unforced, 100);
        }
        return cuts;
    }

    [LinuxTheory]
    [MemberData(nameof(Cuts))]
    public async Task A_power_cut_within_such_an_append_leaves_whole_batches_and_all_of_it_once_it_is_acknowledged(UnforcedBytes unforced, int directForceBytes)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path);
        var random = new Random(3);
        var cuts = new List<(string Point, TestFolder Folder, bool Acknowledged)>();
        var (appending, acknowledged, gate) = (false, false, new Lock());
        void At(string point)
        {
            lock (gate)
            {
                if (appending) cuts.Add((point, disk.Cut(unforced, random), acknowledged));
            }
        }
        SegmentStoreOptions StoreOptions(string path, IForce force) => new()
        {
            Directory = path, JournalFileBytes = 64 << 10, JournalFiles = 2, DirectForceBytes = directForceBytes, Force = force, Points = new CrashPoints(At),
        };
        await using (var store = new SegmentLogStore(StoreOptions(folder.Path, disk)))
        {
            var log = store.OpenOrCreate("log", Options);
            await log.AppendAsync([TestBatches.Of(0, 1, 300, 900)], 0);
            appending = true;
            await log.AppendAsync(Batches(1), 1);
            lock (gate) acknowledged = true;
            At("the end");
            appending = false;
        }
        Assert.Superset(new HashSet<string> { "log.roll.after-create", "log.after-write", "log.before-fsync", "the end" }, cuts.Select(cut => cut.Point).ToHashSet());
        long[] ends = [1, .. Batches(1).Select(batch => TestBatches.End(batch))];
        foreach (var (point, cut, wasAcknowledged) in cuts)
        {
            await using (var store = new SegmentLogStore(StoreOptions(cut.Path, new NoForce())))
            {
                var log = store.OpenOrCreate("log", Options);
                var end = log.Bounds.EndOffset;
                Assert.True(wasAcknowledged ? end == ends[^1] : ends.Contains(end), $"after a power cut at {point} the log ends at {end}");
                foreach (var batch in Batches(1).TakeWhile(batch => TestBatches.End(batch) <= end))
                {
                    using var read = log.Read(TestBatches.End(batch) - 1, long.MaxValue, 1);
                    Assert.Equal(batch.ToArray(), read.Bytes.ToArray());
                }
            }
            cut.Dispose();
        }
    }
}
