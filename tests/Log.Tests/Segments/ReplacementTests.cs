using Microsoft.Win32.SafeHandles;
using Semel.Log.Batches;
using Semel.Log.Segments;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Tests.Segments;

/// <summary>Parts that are replaced, with a crash, a power cut, a failing or a full device at every step: the log has all of the old parts or all of the new.</summary>
public sealed class ReplacementTests
{
    const int Batches = 150;

    static bool IsKept(long offset) => offset % 3 == 0;

    static Task Replace(ILog log, List<ReadOnlyMemory<byte>> batches, long fromOffset, long upToOffset) => Replace(log, batches, fromOffset, upToOffset, IsKept);

    static async Task Replace(ILog log, List<ReadOnlyMemory<byte>> batches, long fromOffset, long upToOffset, Func<long, bool> isKept)
    {
        using var replacement = log.BeginReplacement(fromOffset, upToOffset);
        for (var offset = fromOffset; offset < upToOffset; offset++)
        {
            if (isKept(offset)) await replacement.AddAsync(batches[(int)offset]);
        }
        await replacement.CommitAsync();
    }

    /// <returns>Whether the new parts are there; otherwise the old ones are.</returns>
    static bool AssertOldOrNew(ILog log, List<ReadOnlyMemory<byte>> batches, long fromOffset, long upToOffset, int count)
    {
        var (read, holes) = LogContent.Read(log);
        Assert.Empty(holes);
        var isNew = read.Count < count;
        Assert.Equal(Enumerable.Range(0, count).Select(offset => (long)offset).Where(offset => !isNew || offset < fromOffset || offset >= upToOffset || IsKept(offset)), read.Keys);
        foreach (var (offset, batch) in read) Assert.True(batch.AsSpan().SequenceEqual(batches[(int)offset].Span));
        return isNew;
    }

    /// <summary>The files of segments in a log's folder are those that its list of parts names, and no others.</summary>
    static void AssertTidy(SegmentFixture fixture)
    {
        var parts = PartsFile.Read(fixture.LogFolder, Identity(fixture), DeviceRead.Instance);
        foreach (var path in Directory.GetFiles(fixture.LogFolder))
        {
            foreach (var suffix in new[] { SegmentName.LogSuffix, SegmentName.OffsetIndexSuffix, SegmentName.TimeIndexSuffix })
                if (SegmentName.TryParse(Path.GetFileName(path), suffix, out SegmentName name)) Assert.True(PartsFile.RoleOf(name, parts) == FileRole.Part, $"{path} was left behind");
        }
    }

    static ulong Identity(SegmentFixture fixture) => LogDescriptor.Read(fixture.LogFolder, DeviceRead.Instance).Identity;

    public static TheoryData<UnforcedBytes?> Endings() => [null, .. Enum.GetValues<UnforcedBytes>().Select(unforced => (UnforcedBytes?)unforced)];

    [LinuxTheory, MemberData(nameof(Endings))]
    public async Task At_every_step_a_crash_leaves_the_old_parts_or_the_new_and_opening_goes_on_from_there(UnforcedBytes? unforced)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path);
        var crashes = new List<(string Point, bool IsCommitted, TestFolder Folder)>();
        var (isReplacing, isCommitted) = (false, false);
        void At(string point)
        {
            if (!isReplacing) return;
            crashes.Add((point, isCommitted, unforced is { } how ? disk.Cut(how, new Random(crashes.Count)) : folder.Copy()));
            if (point == "log.parts.after-dirsync" && crashes.Count > 8) isCommitted = true;
        }
        using var running = new SegmentFixture(folder: folder) { Force = disk };
        List<ReadOnlyMemory<byte>> batches;
        long from, upTo;
        await using (var store = new SegmentLogStore(running.Options with { Points = new CrashPoints(At) }))
        {
            var log = SegmentFixture.Open(store);
            batches = await SegmentFixture.Fill(log, Batches);
            (from, upTo) = (log.Parts()[1].BaseOffset, log.Parts()[^2].BaseOffset);
            isReplacing = true;
            await Replace(log, batches, from, upTo);
            isReplacing = false;
            AssertOldOrNew(log, batches, from, upTo, Batches);
            AssertTidy(running);
        }
        Assert.Superset(
            new HashSet<string>
            {
                "log.parts.before-rename", "log.parts.after-rename", "log.parts.after-dirsync", "parts.before-create", "parts.after-write", "parts.before-fsync", "parts.after-fsync", "parts.before-dirsync",
                "parts.after-dirsync", "parts.before-unlink", "parts.after-unlink", "parts.after-unlink-dirsync",
            }, crashes.Select(crash => crash.Point).ToHashSet());
        var (olds, news) = (0, 0);
        foreach (var (point, wasCommitted, crashed) in crashes)
        {
            using var fixture = new SegmentFixture(folder: crashed);
            var isNew = false;
            // Opening it again, and then with the next batch, and then with the next replacement.
            for (var again = 0; again < 3; again++)
            {
                await using var store = fixture.OpenStore();
                Assert.Empty(store.Remarks);
                using var log = SegmentFixture.Open(store);
                var isNewNow = AssertOldOrNew(log, batches, from, upTo, Batches + again);
                Assert.True(isNewNow || !wasCommitted, $"at {point} the new parts were gone");
                if (again > 0) Assert.Equal(isNew, isNewNow);
                isNew = isNewNow;
                AssertTidy(fixture);
                if (batches.Count == Batches + again) batches.Add(TestBatches.Of(Batches + again, 1, 300, TestBatches.FirstTimestamp + (Batches + again) * 10));
                Assert.Equal(AppendStatus.Appended, (await log.AppendAsync([batches[Batches + again]], Batches + again)).Status);
                Assert.Null(log.Recovery.Detail is { } detail && detail.Contains("no segment of this log") ? detail : null);
            }
            await using (var store = fixture.OpenStore())
            {
                using var log = SegmentFixture.Open(store);
                var there = LogContent.Read(log).Batches.Keys.ToHashSet();
                await Replace(log, batches, 0, log.Parts()[^1].BaseOffset, offset => there.Contains(offset) && offset % 2 == 0);
                AssertTidy(fixture);
            }
            _ = isNew ? news++ : olds++;
        }
        Assert.True(olds > 5 && news > 3, $"{olds} were old, {news} new");
    }

    [LinuxTheory]
    [InlineData(UnforcedBytes.Gone)]
    [InlineData(UnforcedBytes.AllThere)]
    [InlineData(UnforcedBytes.SomePages)]
    public async Task A_power_cut_while_leftovers_are_removed_leaves_one_of_both_whole(UnforcedBytes unforced)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path);
        using var running = new SegmentFixture(folder: folder) { Force = disk };
        TestFolder? crashed = null;
        List<ReadOnlyMemory<byte>> batches;
        long upTo;
        await using (var store = new SegmentLogStore(running.Options with
        {
            // The new list is visible and not forced yet, as after a kill at this moment.
            Points = new CrashPoints(point => crashed ??= point == "log.parts.after-rename" && Directory.GetFiles(running.LogFolder, "*.1.log").Length > 0 ? folder.Copy() : null),
        }))
        {
            var log = SegmentFixture.Open(store);
            batches = await SegmentFixture.Fill(log, Batches);
            upTo = log.Parts()[^1].BaseOffset;
            await Replace(log, batches, 0, upTo);
        }
        using var again = new PowerCutDisk(crashed!.Path);
        // Forced is what was before the rename.
        again.ForceAll();
        var cuts = new List<TestFolder>();
        using (var fixture = new SegmentFixture(folder: crashed) { Force = again })
        {
            await using var store = new SegmentLogStore(fixture.Options with { Points = new CrashPoints(_ => cuts.Add(again.Cut(unforced, new Random(cuts.Count)))) });
            using var log = SegmentFixture.Open(store);
            Assert.True(AssertOldOrNew(log, batches, 0, upTo, Batches));
            AssertTidy(fixture);
        }
        Assert.NotEmpty(cuts);
        foreach (var cut in cuts)
        {
            using var fixture = new SegmentFixture(folder: cut);
            await using var store = fixture.OpenStore();
            using var log = SegmentFixture.Open(store);
            AssertOldOrNew(log, batches, 0, upTo, Batches);
        }
    }

    /// <summary>A stopped folder with a log of which the first parts were replaced.</summary>
    static async Task<(SegmentFixture Fixture, List<ReadOnlyMemory<byte>> Batches, long UpTo)> Replaced(FlushMode flush = FlushMode.Disk, bool isKilled = false)
    {
        var fixture = new SegmentFixture(flush);
        await using var store = fixture.OpenStore();
        var log = SegmentFixture.Open(store);
        var batches = await SegmentFixture.Fill(log, Batches);
        var upTo = log.Parts()[^2].BaseOffset;
        await Replace(log, batches, 0, upTo);
        return (isKilled ? fixture.Crashed() : fixture, batches, upTo);
    }

    static string[] ReplacingFiles(SegmentFixture fixture) => [.. Directory.GetFiles(fixture.LogFolder, "*.1.log").Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData(FlushMode.Disk)]
    [InlineData(FlushMode.Os)]
    public async Task Without_recovery_points_the_list_of_parts_tells_gaps_from_holes_and_the_journal_brings_nothing_back(FlushMode flush)
    {
        var (killed, batches, upTo) = await Replaced(flush, isKilled: true);
        using var fixture = killed;
        File.Delete(fixture.Folder.Of("recovery.points"));
        await using var store = fixture.OpenStore();
        using var log = SegmentFixture.Open(store);
        Assert.True(AssertOldOrNew(log, batches, 0, upTo, Batches));
        Assert.False(Directory.Exists(fixture.Folder.Of("kept-aside")));
    }

    [Fact]
    public async Task Older_recovery_points_that_know_the_replaced_files_do_not_matter()
    {
        using var fixture = new SegmentFixture();
        byte[] points = [];
        List<ReadOnlyMemory<byte>> batches;
        long upTo;
        await using (var store = fixture.OpenStore())
        {
            using (var log = SegmentFixture.Open(store)) batches = await SegmentFixture.Fill(log, Batches);
        }
        points = File.ReadAllBytes(fixture.Folder.Of("recovery.points"));
        await using (var store = fixture.OpenStore())
        {
            using var log = SegmentFixture.Open(store);
            upTo = log.Parts()[^1].BaseOffset;
            await Replace(log, batches, 0, upTo);
        }
        File.WriteAllBytes(fixture.Folder.Of("recovery.points"), points);
        await using var again = fixture.OpenStore();
        using var opened = SegmentFixture.Open(again);
        Assert.True(AssertOldOrNew(opened, batches, 0, upTo, Batches));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(int.MaxValue)]
    public async Task A_lost_tail_of_a_replaced_part_is_a_hole_up_to_its_end(int cut)
    {
        var (fixture, batches, upTo) = await Replaced();
        using var _ = fixture;
        var path = ReplacingFiles(fixture)[0];
        SegmentFixture.Change(path, bytes => bytes[..^Math.Min(cut, bytes.Length)]);
        await using var store = fixture.OpenStore();
        using var log = SegmentFixture.Open(store);
        var hole = Assert.Single(log.Holes);
        Assert.Equal(log.Parts()[0].NextOffset, hole.EndOffset);
        Assert.Contains(path, hole.Reason);
        var (read, _) = LogContent.Read(log);
        Assert.Equal(Enumerable.Range(0, Batches).Select(offset => (long)offset).Where(offset => (offset < hole.StartOffset || offset >= hole.EndOffset) && (offset >= upTo || IsKept(offset))), read.Keys);
        // What cannot be read is never replaced.
        Assert.Throws<LogHoleException>(() => log.BeginReplacement(0, log.Parts()[0].NextOffset));
    }

    [Fact]
    public async Task A_flipped_bit_in_a_replaced_part_is_a_hole_of_its_batch_and_all_others_are_read()
    {
        var (fixture, batches, upTo) = await Replaced();
        using var _ = fixture;
        SegmentFixture.FlipBit(ReplacingFiles(fixture)[0], batches[0].Length * 3 + 100);
        await using var store = fixture.OpenStore();
        using var log = SegmentFixture.Open(store);
        var (read, holes) = LogContent.Read(log);
        Assert.Equal((7, 12), (Assert.Single(holes).StartOffset, holes[0].EndOffset));
        Assert.Equal(Enumerable.Range(0, Batches).Select(offset => (long)offset).Where(offset => offset != 9 && (offset >= upTo || IsKept(offset))), read.Keys);
    }

    [Fact]
    public async Task A_replaced_part_in_the_place_of_another_is_told()
    {
        var (fixture, _, _) = await Replaced();
        using var __ = fixture;
        var files = ReplacingFiles(fixture);
        Assert.True(files.Length > 1);
        File.Copy(files[1], files[0], overwrite: true);
        await using var store = fixture.OpenStore();
        using var log = SegmentFixture.Open(store);
        Assert.Contains(files[0], Assert.Throws<LogHoleException>(() => log.Read(0, long.MaxValue, 1000)).Message);
    }

    [Fact]
    public async Task One_sound_copy_of_the_list_of_parts_is_enough_and_is_mended()
    {
        foreach (var at in new[] { 20L, 4096 + 20 })
        {
            var (fixture, batches, upTo) = await Replaced();
            using var _ = fixture;
            var path = Path.Combine(fixture.LogFolder, PartsFile.FileName);
            var sound = File.ReadAllBytes(path);
            SegmentFixture.FlipBit(path, at);
            await using var store = fixture.OpenStore();
            using var log = SegmentFixture.Open(store);
            Assert.True(AssertOldOrNew(log, batches, 0, upTo, Batches));
            Assert.Equal(sound, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public async Task Without_the_list_of_parts_the_log_is_refused_and_nothing_is_removed()
    {
        var (fixture, _, _) = await Replaced();
        using var __ = fixture;
        var path = Path.Combine(fixture.LogFolder, PartsFile.FileName);
        var list = File.ReadAllBytes(path);
        foreach (var damage in new Action[] { () => File.Delete(path), () => File.WriteAllBytes(path, new byte[list.Length]), () => File.WriteAllBytes(path, list[..100]), () => File.WriteAllBytes(path, []) })
        {
            damage();
            var before = fixture.Folder.Content();
            await using var store = fixture.OpenStore();
            Assert.Contains(PartsFile.FileName, Assert.Throws<LogDamagedException>(() => SegmentFixture.Open(store)).Message);
            Assert.Equal(before.Keys, fixture.Folder.Content().Keys);
        }
        File.WriteAllBytes(path, list);
        await using var whole = fixture.OpenStore();
        using var log = SegmentFixture.Open(whole);
        Assert.Empty(log.Holes);
    }

    [Fact]
    public async Task An_older_list_of_parts_does_not_cost_the_files_that_it_does_not_know()
    {
        var (fixture, batches, upTo) = await Replaced();
        using var _ = fixture;
        var path = Path.Combine(fixture.LogFolder, PartsFile.FileName);
        var older = File.ReadAllBytes(path);
        await using (var store = fixture.OpenStore())
        {
            using var log = SegmentFixture.Open(store);
            await Replace(log, batches, 0, upTo, offset => offset % 6 == 0);
        }
        var newer = File.ReadAllBytes(path);
        File.WriteAllBytes(path, older);
        var before = Directory.GetFiles(fixture.LogFolder, "*.log");
        await using (var store = fixture.OpenStore())
        {
            // Whatever becomes of it, nothing is silent.
            try
            {
                using var log = SegmentFixture.Open(store);
                Assert.NotEmpty(log.Holes);
            }
            catch (LogDamagedException)
            {
            }
        }
        Assert.Equal(before, Directory.GetFiles(fixture.LogFolder, "*.log"));
        File.WriteAllBytes(path, newer);
        await using var again = fixture.OpenStore();
        using var opened = SegmentFixture.Open(again);
        Assert.Equal(Enumerable.Range(0, Batches).Select(offset => (long)offset).Where(offset => offset >= upTo || offset % 6 == 0), LogContent.Read(opened).Batches.Keys);
    }

    /// <summary>Fails at the n-th forced write of a replacement.</summary>
    sealed class FailingForce : IForce
    {
        public int FailAt { get; set; } = int.MaxValue;
        public bool WillFail { get; set; }
        int _forces;

        void Count(string path)
        {
            if (WillFail && _forces++ == FailAt) throw new ForceFailedException(path, 5);
        }

        public void File(SafeFileHandle file, string path) => Count(path);
        public void Directory(string path) => Count(path);
    }

    [Fact]
    public async Task A_forced_write_that_fails_at_any_step_leaves_the_old_parts_or_the_new_once_the_log_is_opened_again()
    {
        for (var n = 0; ; n++)
        {
            var force = new FailingForce { FailAt = n };
            using var fixture = new SegmentFixture { Force = force };
            await using var store = fixture.OpenStore();
            var log = SegmentFixture.Open(store);
            var batches = await SegmentFixture.Fill(log, Batches);
            var upTo = log.Parts()[^1].BaseOffset;
            force.WillFail = true;
            try
            {
                await Replace(log, batches, 0, upTo);
                force.WillFail = false;
                Assert.InRange(n, 8, 100);
                return;
            }
            catch (IOException)
            {
                // What is open serves on.
                force.WillFail = false;
                AssertOldOrNew(log, batches, 0, upTo, Batches);
            }
            log.Dispose();
            using var again = SegmentFixture.Open(store);
            AssertOldOrNew(again, batches, 0, upTo, Batches);
            Assert.Equal(AppendStatus.Appended, (await again.AppendAsync([TestBatches.Of(Batches)], Batches)).Status);
        }
    }

    [Fact]
    public async Task On_a_full_device_the_log_stays_as_it_is_and_is_replaced_when_there_is_room()
    {
        for (var n = 0; ; n++)
        {
            using var fixture = new SegmentFixture();
            var (steps, isFull) = (0, false);
            await using var store = new SegmentLogStore(fixture.Options with
            {
                Points = new CrashPoints(point =>
                {
                    if (isFull && point is "parts.before-create" or "parts.after-write" or "log.parts.before-write" && steps++ == n) throw DeviceErrors.Full(point);
                }),
            });
            using var log = SegmentFixture.Open(store);
            var batches = await SegmentFixture.Fill(log, Batches);
            var upTo = log.Parts()[^1].BaseOffset;
            isFull = true;
            var before = Directory.GetFiles(fixture.LogFolder, "*.log").Order(StringComparer.Ordinal).ToList();
            var failed = await Record.ExceptionAsync(() => Replace(log, batches, 0, upTo));
            isFull = false;
            if (failed is null)
            {
                Assert.InRange(n, 5, 100);
                return;
            }
            Assert.IsAssignableFrom<IOException>(failed);
            Assert.Equal(before, Directory.GetFiles(fixture.LogFolder, "*.log").Order(StringComparer.Ordinal));
            Assert.False(AssertOldOrNew(log, batches, 0, upTo, Batches));
            // Appends do not notice, and later it is done.
            Assert.Equal(AppendStatus.Appended, (await log.AppendAsync([TestBatches.Of(Batches)], Batches)).Status);
            await Replace(log, batches, 0, upTo);
            Assert.Equal(Enumerable.Range(0, Batches + 1).Select(offset => (long)offset).Where(offset => offset >= upTo || IsKept(offset)), LogContent.Read(log).Batches.Keys);
            AssertTidy(fixture);
        }
    }

    [Fact]
    public async Task Replaced_parts_are_inspected_in_their_order_and_what_was_replaced_is_left_out()
    {
        var (fixture, batches, upTo) = await Replaced();
        using var _ = fixture;
        // What a crash left behind is none of the log's.
        File.WriteAllBytes(Path.Combine(fixture.LogFolder, new SegmentName(0, 9).With(SegmentName.LogSuffix)), batches[1].ToArray());
        var bases = new List<long>();
        foreach (var segment in LogInspection.Segments(fixture.LogFolder))
        {
            foreach (var batch in segment.Batches)
            {
                Assert.Null(batch.Fault);
                bases.Add(batch.Header!.Value.BaseOffset);
            }
        }
        Assert.Equal(Enumerable.Range(0, Batches).Select(offset => (long)offset).Where(offset => offset >= upTo || IsKept(offset)), bases);
    }

    [Fact]
    public async Task Offsets_further_apart_than_an_index_counts_get_files_of_their_own()
    {
        using var fixture = new SegmentFixture();
        await using var store = fixture.OpenStore();
        using var log = SegmentFixture.Open(store);
        var batches = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < 4; at++)
        {
            batches.Add(TestBatches.Widest(log.Bounds.EndOffset, TestBatches.FirstTimestamp + at));
            await log.AppendAsync([batches[^1]], log.Bounds.EndOffset);
        }
        var upTo = log.Parts()[^1].BaseOffset;
        using (var replacement = log.BeginReplacement(0, upTo))
        {
            await replacement.AddAsync(batches[0]);
            await replacement.AddAsync(batches[2]);
            await replacement.CommitAsync();
        }
        Assert.Equal(2, log.Parts().Count(part => part.WasReplaced));
        var second = TestBatches.End(batches[1]);
        Assert.Equal([0, second, upTo], LogContent.Read(log).Batches.Keys);
        Assert.Equal(second + int.MaxValue, TestBatches.End(batches[2]) - 1);
        using var read = log.Read(TestBatches.End(batches[0]) + 5, long.MaxValue, 1000);
        Assert.True(new BatchWalk(read.Bytes.Span).MoveNext());
    }
}
