using Semel.Log.Segments;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>The writer epoch in a folder: no two openings ever have the same, whatever happens to the process or the power between them.</summary>
public sealed class WriterEpochTests
{
    static readonly LogOptions Claiming = SegmentFixture.LogOptions with { ClaimsWriterEpoch = true };

    [LinuxTheory]
    [InlineData(UnforcedBytes.Gone)]
    [InlineData(UnforcedBytes.AllThere)]
    [InlineData(UnforcedBytes.SomePages)]
    public async Task A_power_cut_at_any_step_of_the_claim_leaves_a_log_whose_next_epoch_is_higher_than_any_that_was_given(UnforcedBytes unforced)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path);
        var cuts = new List<(string Point, int Given, TestFolder Folder)>();
        var given = 0;
        var isClaiming = false;
        SegmentStoreOptions OptionsOf(string path, IForce force, Action<string> at) => new() { Directory = path, JournalFileBytes = 64 << 10, JournalFiles = 2, Force = force, Points = new CrashPoints(at) };
        await using (var store = new SegmentLogStore(OptionsOf(folder.Path, disk, point =>
        {
            if (isClaiming) cuts.Add((point, given, disk.Cut(unforced, new Random(3))));
        })))
        {
            store.Create("log", SegmentFixture.LogOptions).Dispose();
            isClaiming = true;
            for (var opening = 1; opening < 4; opening++)
            {
                using (var log = store.Open("log", Claiming)) Assert.Equal(opening, given = log.WriterEpoch);
                cuts.Add(("open", given, disk.Cut(unforced, new Random(4))));
            }
            isClaiming = false;
        }
        Assert.Superset(new HashSet<string> { "log.descriptor.before-write", "log.descriptor.before-rename", "log.descriptor.after-rename", "log.descriptor.after-dirsync" }, cuts.Select(cut => cut.Point).ToHashSet());
        foreach (var (point, before, crashed) in cuts)
        {
            await using (var store = new SegmentLogStore(OptionsOf(crashed.Path, new NoForce(), _ => { })))
            {
                using var log = store.Open("log", Claiming);
                Assert.True(log.WriterEpoch > before, $"after a cut at {point} the epoch is {log.WriterEpoch}, and {before} was given");
            }
            crashed.Dispose();
        }
    }

    [Fact]
    public async Task Opening_logs_that_claim_nothing_writes_nothing()
    {
        using var fixture = new SegmentFixture();
        await using (var store = fixture.OpenStore())
        {
            for (var log = 0; log < 20; log++) SegmentFixture.Open(store, $"log-{log}").Dispose();
        }
        var before = fixture.Folder.Content();
        var writes = 0;
        await using var again = new SegmentLogStore(fixture.Options with { Points = new CrashPoints(_ => writes++) });
        for (var log = 0; log < 20; log++) again.Open($"log-{log}", SegmentFixture.LogOptions);
        Assert.Equal(0, writes);
        Assert.Equal(before.Keys, fixture.Folder.Content().Keys);
    }

    [Fact]
    public async Task A_claim_for_which_there_is_no_room_leaves_the_log_closed_and_is_done_later()
    {
        using var fixture = new SegmentFixture();
        var isFull = false;
        await using var store = new SegmentLogStore(fixture.Options with
        {
            Points = new CrashPoints(point =>
            {
                if (isFull && point == "log.descriptor.before-write") throw DeviceErrors.Full("log.descriptor");
            }),
        });
        using (var log = store.Create("log", Claiming)) await log.AppendAsync([TestBatches.Of(0)], 0);
        isFull = true;
        Assert.ThrowsAny<IOException>(() => store.Open("log", Claiming));
        isFull = false;
        using var later = store.Open("log", Claiming);
        Assert.Equal((2, 1), (later.WriterEpoch, later.Bounds.EndOffset));
    }
}
