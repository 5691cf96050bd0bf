using Semel.Log.Segments;
using Semel.Protocol.Records;

namespace Semel.Log.Tests.Segments;

/// <summary>What lies at the end of a log after a crash and was never acknowledged goes; what was acknowledged comes back from the journal.</summary>
public sealed class TornTailTests
{
    const int BatchBytes = 300 + RecordBatchHeader.Size + 9;

    static async Task<LogRecovery> Recovered(SegmentFixture crashed, long endOffset)
    {
        await using var store = crashed.OpenStore();
        using var log = SegmentFixture.Open(store);
        Assert.Equal(endOffset, log.Bounds.EndOffset);
        // The log goes on where it was cut.
        Assert.Equal(endOffset + 1, (await log.AppendAsync([TestBatches.Of(endOffset)], endOffset)).EndOffset);
        return log.Recovery;
    }

    [Fact]
    public async Task A_batch_cut_at_any_byte_is_cut_off_whole()
    {
        using var killed = await SegmentFixture.Killed(FlushMode.Os, 3);
        var size = new FileInfo(killed.LastSegment).Length / 3;
        for (var cut = 1; cut < size; cut++)
        {
            using var crashed = killed.Crashed();
            SegmentFixture.Change(crashed.LastSegment, bytes => bytes[..^cut]);
            var recovery = await Recovered(crashed, 2);
            Assert.False(recovery.WasClean);
            Assert.Equal(size - cut, recovery.TruncatedBytes);
            Assert.Contains(crashed.LastSegment, recovery.Detail);
        }
    }

    [Fact]
    public async Task A_batch_that_was_acknowledged_comes_back_from_the_journal_wherever_it_was_cut()
    {
        using var killed = await SegmentFixture.Killed(FlushMode.Disk, 3);
        var size = new FileInfo(killed.LastSegment).Length / 3;
        for (var cut = 1; cut <= size * 3; cut += 31)
        {
            using var crashed = killed.Crashed();
            SegmentFixture.Change(crashed.LastSegment, bytes => bytes[..^cut]);
            var recovery = await Recovered(crashed, 3);
            Assert.Equal(0, recovery.TruncatedBytes);
            Assert.Contains("restored from the journal", recovery.Detail);
        }
    }

    [Theory]
    [InlineData(FlushMode.Disk)]
    [InlineData(FlushMode.Os)]
    public async Task Zeros_after_the_end_are_cut_off(FlushMode flush)
    {
        foreach (var zeros in new[] { 1, 12, 60, 61, 5000 })
        {
            using var crashed = await SegmentFixture.Killed(flush, 3);
            SegmentFixture.Change(crashed.LastSegment, bytes => [.. bytes, .. new byte[zeros]]);
            Assert.Equal(zeros, (await Recovered(crashed, 3)).TruncatedBytes);
        }
    }

    [Theory]
    [InlineData(FlushMode.Disk)]
    [InlineData(FlushMode.Os)]
    public async Task Stale_bytes_of_older_batches_after_the_end_are_cut_off(FlushMode flush)
    {
        using var crashed = await SegmentFixture.Killed(flush, 3);
        SegmentFixture.Change(crashed.LastSegment, bytes => [.. bytes, .. bytes[7..]]);
        Assert.True((await Recovered(crashed, 3)).TruncatedBytes > 0);
    }

    [Fact]
    public async Task A_whole_batch_that_was_never_acknowledged_stays_and_is_durable_from_then_on()
    {
        using var running = new SegmentFixture();
        await using (var store = running.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 3);
        await using var killed = running.OpenStore();
        await SegmentFixture.Fill(SegmentFixture.Open(killed, "other"), 1);
        // Nothing of this log is in the journal, which is forced anyway.
        using var crashed = running.Crashed();
        using var disk = new PowerCutDisk(crashed.Folder.Path);
        disk.ForceAll();
        SegmentFixture.Change(crashed.LastSegment, bytes => [.. bytes, .. TestBatches.Of(3).Span]);
        await using var again = new SegmentLogStore(crashed.Options with { Force = disk });
        Assert.Equal(4, SegmentFixture.Open(again).Bounds.EndOffset);
        using var cut = disk.Cut(UnforcedBytes.Gone, new Random(1));
        Assert.True(File.ReadAllBytes(crashed.LastSegment).AsSpan().SequenceEqual(File.ReadAllBytes(crashed.LastSegment.Replace(crashed.Folder.Path, cut.Path))));
    }

    [Fact]
    public async Task An_unacknowledged_append_of_which_only_the_later_batches_reached_the_disk_is_a_torn_tail()
    {
        using var crashed = await SegmentFixture.Killed(FlushMode.Disk, 3);
        SegmentFixture.Change(crashed.LastSegment, bytes => [.. bytes, .. new byte[BatchBytes], .. TestBatches.Of(4).Span]);
        Assert.True((await Recovered(crashed, 3)).TruncatedBytes > BatchBytes);
    }

    /// <summary>With recovery points of the first append, as if nothing had been forced in the background since.</summary>
    internal static async Task<SegmentFixture> KilledBeforeAnyCheckpoint(long endOffset, int valueBytes = 300)
    {
        using var running = new SegmentFixture(FlushMode.Os);
        await using var store = running.OpenStore();
        var log = SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 1);
        var points = File.ReadAllBytes(running.Folder.Of("recovery.points"));
        await SegmentFixture.Fill(log, endOffset, valueBytes);
        log.Dispose();
        var crashed = running.Crashed();
        File.WriteAllBytes(crashed.Folder.Of("recovery.points"), points);
        return crashed;
    }

    [Fact]
    public async Task After_a_tear_nothing_later_survives()
    {
        using var crashed = await KilledBeforeAnyCheckpoint(80);
        var segments = crashed.SegmentPaths;
        Assert.True(segments.Length >= 4);
        SegmentFixture.Change(segments[1], bytes => bytes[..^100]);
        var end = long.Parse(Path.GetFileNameWithoutExtension(segments[2])) - 1;
        File.Copy(segments[0], crashed.SegmentPath(70, ".snapshot"));
        var recovery = await Recovered(crashed, end);
        Assert.Contains("later segments", recovery.Detail);
        Assert.Equal(segments[..2], crashed.SegmentPaths);
        Assert.DoesNotContain(Directory.GetFiles(crashed.LogFolder), file => long.TryParse(Path.GetFileNameWithoutExtension(file), out var offset) && offset > end);
    }

    [Fact]
    public async Task Only_what_lies_above_the_recovery_point_is_scanned()
    {
        using var running = new SegmentFixture();
        await using (var store = running.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 60);
        await using (var store = running.OpenStore())
        {
            await SegmentFixture.Fill(SegmentFixture.Open(store), 62);
            using var crashed = running.Crashed();
            var recovery = await Recovered(crashed, 62);
            // From the last index entry at or below the recovery point.
            Assert.InRange(recovery.ScannedBytes, 2 * BatchBytes, 5 * BatchBytes);
        }
    }

    [Fact]
    public async Task Indexes_made_by_a_scan_are_those_that_were_written_while_appending()
    {
        using var running = new SegmentFixture(FlushMode.Os);
        SegmentFixture crashed;
        await using (var store = running.OpenStore())
        {
            await SegmentFixture.Fill(SegmentFixture.Open(store), 100);
            crashed = running.Crashed();
        }
        await using (var store = crashed.OpenStore()) SegmentFixture.Open(store).Dispose();
        foreach (var (path, content) in running.Folder.Content().Where(file => file.Key.EndsWith("index", StringComparison.Ordinal)))
            Assert.Equal(content, File.ReadAllBytes(crashed.Folder.Of(path)));
        crashed.Dispose();
    }
}
