using Semel.Log.Segments;
using Semel.Log.Segments.Journal;

namespace Semel.Log.Tests.Segments;

public sealed class JournalTests
{
    [Fact]
    public async Task The_ring_is_used_again_and_again_and_loses_nothing()
    {
        using var running = new SegmentFixture();
        await using var store = running.OpenStore();
        var (one, other) = (SegmentFixture.Open(store), SegmentFixture.Open(store, "other"));
        for (var end = 50; end <= 500; end += 50)
        {
            await SegmentFixture.Fill(one, end, 900);
            await SegmentFixture.Fill(other, end, 700);
        }
        Assert.Equal(2, running.JournalPaths.Length);
        Assert.All(running.JournalPaths, path => Assert.Equal(64 << 10, new FileInfo(path).Length));
        using var crashed = running.Crashed();
        await using var again = crashed.OpenStore();
        Assert.Equal(500, SegmentFixture.Open(again).Bounds.EndOffset);
        Assert.Equal(500, SegmentFixture.Open(again, "other").Bounds.EndOffset);
    }

    [Theory]
    [InlineData(10, 20_000, int.MaxValue)]
    [InlineData(3, 200_000, int.MaxValue)]
    [InlineData(20, 20_000, 10_000)]
    [InlineData(40, 3_000, 1_000)]
    public async Task Appends_too_large_for_the_journal_or_for_writing_twice_are_as_durable(int count, int bytes, int directForceBytes)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path);
        await using var store = new SegmentLogStore(new SegmentStoreOptions { Directory = folder.Path, JournalFileBytes = 64 << 10, JournalFiles = 2, DirectForceBytes = directForceBytes, Force = disk });
        var log = store.OpenOrCreate("log", new LogOptions { SegmentBytes = 500_000 });
        for (var offset = 0; offset < count; offset++)
        {
            await log.AppendAsync([TestBatches.Of(offset, 1, offset % 3 == 0 ? bytes : 10)], offset);
            using var cut = disk.Cut(UnforcedBytes.Gone, new Random(1));
            await using var again = new SegmentLogStore(new SegmentStoreOptions { Directory = cut.Path, JournalFileBytes = 64 << 10, Force = new NoForce() });
            Assert.Equal(offset + 1, again.OpenOrCreate("log", new LogOptions()).Bounds.EndOffset);
        }
    }

    [Fact]
    public async Task A_damaged_group_before_one_that_was_written_after_it_is_refused_by_file_and_position()
    {
        using var damaged = await SegmentFixture.Killed(FlushMode.Disk, 5);
        SegmentFixture.FlipBit(damaged.JournalPaths[0], 2 * JournalGroup.Alignment + 100);
        var before = damaged.Folder.Content();
        var refusal = Assert.Throws<LogDamagedException>(() => damaged.OpenStore());
        Assert.Contains(damaged.JournalPaths[0], refusal.Message);
        Assert.Contains($"position {2 * JournalGroup.Alignment}", refusal.Message);
        Assert.Equal(before.Values, damaged.Folder.Content().Values);

        // What the message says: the segments had been written before the crash.
        var journal = Path.GetDirectoryName(damaged.JournalPaths[0])!;
        Assert.Contains($"move the folder {journal} away", refusal.Message);
        Directory.Move(journal, journal + ".away");
        await using var store = damaged.OpenStore();
        Assert.Equal(5, SegmentFixture.Open(store).Bounds.EndOffset);
    }

    /// <summary>A copy under the name of another file of the ring, and under one that is none; of two that begin alike the one that leads further counts.</summary>
    [Theory]
    [InlineData("0001.journal", false)]
    [InlineData("0005.journal", false)]
    [InlineData("0000.journal.bak.journal", false)]
    [InlineData("0001.journal", true)]
    public async Task A_journal_file_that_is_there_twice_loses_nothing(string copy, bool isOlder)
    {
        using var running = new SegmentFixture();
        SegmentFixture killed;
        byte[] older;
        await using (var store = running.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            await SegmentFixture.Fill(log, 2);
            older = File.ReadAllBytes(running.JournalPaths[0]);
            await SegmentFixture.Fill(log, 5);
            killed = running.Crashed();
        }
        using (killed)
        {
            var original = killed.JournalPaths[0];
            File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(original)!, copy), isOlder ? older : File.ReadAllBytes(original));
            SegmentFixture.Change(killed.LastSegment, _ => []);
            for (var turn = 5; turn < 8; turn++)
            {
                await using var store = killed.OpenStore();
                var log = SegmentFixture.Open(store);
                Assert.Equal(turn, log.Bounds.EndOffset);
                await SegmentFixture.Fill(log, turn + 1);
            }
        }
    }

    [Fact]
    public async Task A_journal_file_that_was_cut_where_its_groups_go_on_is_refused_with_file_position_and_remedy()
    {
        using var damaged = await SegmentFixture.Killed(FlushMode.Disk, 5);
        foreach (var length in new[] { 2 * JournalGroup.Alignment, 2 * JournalGroup.Alignment + 100, JournalGroup.Alignment + 1 })
        {
            using var cut = damaged.Crashed();
            SegmentFixture.Change(cut.JournalPaths[0], bytes => bytes[..length]);
            var before = cut.Folder.Content();
            var refusal = Assert.Throws<LogDamagedException>(() => cut.OpenStore()).Message;
            Assert.Contains(cut.JournalPaths[0], refusal);
            Assert.Contains($"{length} bytes", refusal);
            Assert.Contains("move the folder", refusal);
            Assert.Equal(before.Values, cut.Folder.Content().Values);
        }
        // Behind its last group nothing is missing.
        SegmentFixture.Change(damaged.JournalPaths[0], bytes => bytes[..(6 * JournalGroup.Alignment)]);
        await using var store = damaged.OpenStore();
        Assert.Equal(5, SegmentFixture.Open(store).Bounds.EndOffset);
    }

    /// <summary>A ring that lost a file in its middle never has one file twice.</summary>
    [Fact]
    public async Task A_ring_with_a_gap_in_its_numbers_grows_into_the_gap()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 5);
        File.Move(folder.JournalPaths[0], Path.Combine(Path.GetDirectoryName(folder.JournalPaths[0])!, "0001.journal"));
        SegmentFixture killed;
        await using (var store = folder.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            for (var offset = 5; offset < 100; offset++) await log.AppendAsync([TestBatches.Of(offset, 1, 300)], offset);
            Assert.Equal(["0000.journal", "0001.journal"], folder.JournalPaths.Select(Path.GetFileName));
            killed = folder.Crashed();
        }
        using (killed)
        {
            await using var store = killed.OpenStore();
            Assert.Equal(100, LogContent.Read(SegmentFixture.Open(store)).Batches.Count);
        }
    }

    [Fact]
    public async Task A_journal_that_was_in_use_and_is_gone_is_told()
    {
        using var killed = await SegmentFixture.Killed(FlushMode.Disk, 5);
        foreach (var path in killed.JournalPaths) File.Delete(path);
        await using var store = killed.OpenStore();
        Assert.Contains("journal", Assert.Single(store.Remarks));
        Assert.Equal(5, SegmentFixture.Open(store).Bounds.EndOffset);
    }

    [Fact]
    public async Task The_last_group_may_be_cut_anywhere_since_it_was_not_acknowledged()
    {
        using var killed = await SegmentFixture.Killed(FlushMode.Disk, 3);
        for (var position = 0; position < 400; position += 13)
        {
            using var crashed = killed.Crashed();
            SegmentFixture.FlipBit(crashed.JournalPaths[0], 2 * JournalGroup.Alignment + position);
            SegmentFixture.Change(crashed.LastSegment, bytes => bytes[..^(bytes.Length / 3)]);
            await using var store = crashed.OpenStore();
            var end = SegmentFixture.Open(store).Bounds.EndOffset;
            // Bytes that fill up the header or the page may change and mean nothing.
            Assert.True(end == 2 || (end == 3 && position is >= 56 and < 64 or >= 96 and < 112), $"flipped at {position}, ended at {end}");
        }
    }

    [Fact]
    public async Task Bytes_of_a_deleted_log_never_reach_a_new_one_of_its_name()
    {
        using var running = new SegmentFixture();
        await using var store = running.OpenStore();
        await SegmentFixture.Fill(SegmentFixture.Open(store), 5);
        store.Delete("log");
        await SegmentFixture.Fill(SegmentFixture.Open(store), 1, valueBytes: 40);
        using var crashed = running.Crashed();
        await using var again = crashed.OpenStore();
        var log = SegmentFixture.Open(again);
        Assert.Equal(1, log.Bounds.EndOffset);
        using var read = log.Read(0, long.MaxValue, 10_000);
        Assert.Equal(TestBatches.Of(0, 1, 40).ToArray(), read.Bytes.ToArray());
    }

    [Fact]
    public async Task A_store_that_was_closed_needs_no_journal()
    {
        using var closed = new SegmentFixture();
        await using (var store = closed.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 40);
        Directory.Delete(closed.Folder.Of("journal"), recursive: true);
        await using var again = closed.OpenStore();
        var log = SegmentFixture.Open(again);
        Assert.Equal(40, log.Bounds.EndOffset);
        Assert.True(log.Recovery.WasClean);
    }

    [Fact]
    public async Task A_journal_of_other_sizes_is_replayed_and_then_made_anew()
    {
        using var killed = await SegmentFixture.Killed(FlushMode.Disk, 5);
        SegmentFixture.Change(killed.LastSegment, _ => []);
        await using var store = new SegmentLogStore(killed.Options with { JournalFileBytes = 128 << 10 });
        var log = SegmentFixture.Open(store);
        Assert.Equal(5, log.Bounds.EndOffset);
        await SegmentFixture.Fill(log, 6);
        Assert.Equal(128 << 10, new FileInfo(killed.JournalPaths[0]).Length);
    }

    [Theory]
    [InlineData(null, 1024)]
    [InlineData(8L << 20, 1024)]
    [InlineData((8L << 20) - 1, 512)]
    [InlineData(1L << 20, 128)]
    [InlineData(0L, 64)]
    public async Task The_ring_takes_no_more_than_a_quarter_of_a_small_device(long? free, int kibibytes)
    {
        using var fixture = new SegmentFixture { JournalFileBytes = 1 << 20 };
        await using var store = new SegmentLogStore(fixture.Options with { FreeSpace = _ => free });
        await SegmentFixture.Fill(SegmentFixture.Open(store), 1);
        Assert.Equal(kibibytes << 10, new FileInfo(fixture.JournalPaths[0]).Length);
    }

    [Theory]
    [InlineData(0L, 256)]
    [InlineData(100L << 20, 1024)]
    public async Task The_files_of_a_ring_keep_their_size_on_a_full_device_and_grow_when_there_is_room(long freeAfterwards, int kibibytes)
    {
        using var fixture = new SegmentFixture { JournalFileBytes = 1 << 20 };
        await using (var store = new SegmentLogStore(fixture.Options with { FreeSpace = _ => 2 << 20 })) await SegmentFixture.Fill(SegmentFixture.Open(store), 1);
        Assert.Equal(256 << 10, new FileInfo(fixture.JournalPaths[0]).Length);
        await using var again = new SegmentLogStore(fixture.Options with { FreeSpace = _ => freeAfterwards });
        await SegmentFixture.Fill(SegmentFixture.Open(again), 2);
        Assert.Equal(kibibytes << 10, new FileInfo(fixture.JournalPaths[0]).Length);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData((64 << 10) + 1)]
    [InlineData(-4096)]
    public void A_journal_size_out_of_range_is_refused(int bytes)
    {
        using var folder = new TestFolder(inMemory: true);
        Assert.Contains("JournalFileBytes", Assert.Throws<ArgumentException>(() => new SegmentLogStore(new SegmentStoreOptions { Directory = folder.Path, JournalFileBytes = bytes })).Message);
        Assert.Contains("JournalFiles", Assert.Throws<ArgumentException>(() => new SegmentLogStore(new SegmentStoreOptions { Directory = folder.Path, JournalFiles = 1 })).Message);
    }
}
