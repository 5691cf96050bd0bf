using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

/// <summary>Index files that were lost are made again when the log is opened; whole ones are taken as they are, without a look at the segments.</summary>
public sealed class IndexRebuildTests
{
    static SortedDictionary<string, byte[]> Indexes(SegmentFixture folder)
    {
        var content = folder.Folder.Content();
        foreach (var path in content.Keys.Where(path => !path.EndsWith("index", StringComparison.Ordinal)).ToArray()) content.Remove(path);
        return content;
    }

    static async Task<LogRecovery> Opened(SegmentFixture folder, Action<ILog>? check = null)
    {
        await using var store = folder.OpenStore();
        var log = SegmentFixture.Open(store);
        check?.Invoke(log);
        return log.Recovery;
    }

    public static TheoryData<string[], string> Losses() => new()
    {
        { [".index", ".timeindex"], "removed" },
        { [".index"], "removed" },
        { [".timeindex"], "removed" },
        { [".index", ".timeindex"], "emptied" },
        { [".index"], "emptied" },
        { [".timeindex"], "emptied" },
        { [".index"], "cut within an entry" },
        { [".timeindex"], "cut within an entry" },
    };

    static void Lose(string path, string loss)
    {
        if (loss == "removed") File.Delete(path);
        else SegmentFixture.Change(path, bytes => loss == "emptied" ? [] : bytes[..^3]);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Lost_index_files_are_made_again_when_the_log_is_opened(string[] suffixes, string loss)
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 470, valueBytes: 30);
        var whole = Indexes(folder);
        foreach (var path in suffixes.SelectMany(suffix => Directory.GetFiles(folder.LogFolder, "*" + suffix))) Lose(path, loss);
        var recovery = await Opened(folder, log =>
        {
            Assert.Equal(new TimestampedOffset(469, TestBatches.FirstTimestamp + 4690), log.FindMaxTimestamp(long.MaxValue));
            for (var offset = 0; offset < 470; offset += 9) Assert.Equal(offset, log.FindOffset(TestBatches.FirstTimestamp + offset * 10, long.MaxValue)!.Value.Offset);
            // They are there as soon as it is open, and not only when it is closed.
            Assert.Equal(whole, Indexes(folder));
        });
        Assert.False(recovery.WasClean);
        Assert.Equal(folder.SegmentPaths.Sum(path => new FileInfo(path).Length), recovery.ScannedBytes);
        Assert.Contains("index", recovery.Detail);
        Assert.True((await Opened(folder)).WasClean);
        Assert.Equal(whole, Indexes(folder));
    }

    [Fact]
    public async Task Only_the_segments_whose_indexes_are_lost_are_scanned()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 100);
        var lost = folder.SegmentPaths[1];
        File.Delete(Path.ChangeExtension(lost, ".timeindex"));
        Assert.Equal(new FileInfo(lost).Length, (await Opened(folder)).ScannedBytes);
    }

    [Fact]
    public async Task Indexes_that_are_lost_before_a_crash_are_made_again_with_the_rest()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 100);
        await using var running = folder.OpenStore();
        await SegmentFixture.Fill(SegmentFixture.Open(running), 120);
        using var crashed = folder.Crashed();
        foreach (var path in Directory.GetFiles(crashed.LogFolder, "*index")) File.Delete(path);
        await Opened(crashed, log =>
        {
            Assert.Equal(119, log.FindMaxTimestamp(long.MaxValue)!.Value.Offset);
            Assert.Equal(50, log.FindOffset(TestBatches.FirstTimestamp + 500, long.MaxValue)!.Value.Offset);
        });
        Assert.True((await Opened(crashed)).WasClean);
    }

    /// <summary>Segments of a single batch have no entry in their offset index, and records without timestamps none in the other: their files are whole, and empty.</summary>
    [Theory]
    [InlineData(1_000)]
    [InlineData(-1)]
    public async Task Whole_indexes_need_no_scan_even_where_they_are_empty(long timestamp)
    {
        using var folder = new SegmentFixture();
        for (var run = 0; run < 3; run++)
        {
            await using var store = folder.OpenStore();
            var log = SegmentFixture.Open(store);
            Assert.True(log.Recovery.WasClean);
            for (var end = log.Bounds.EndOffset; end < run * 3 + 3; end++) await log.AppendAsync([TestBatches.WithTimestamps(end, [Math.Max(-1, timestamp + end * Math.Sign(timestamp))], 5000)], end);
        }
        var before = folder.Folder.Content();
        Assert.Equal(folder.SegmentPaths.Length * 2, Indexes(folder).Count);
        var recovery = await Opened(folder);
        Assert.True(recovery.WasClean);
        Assert.Equal(0, recovery.ScannedBytes);
        Assert.Equal(before, folder.Folder.Content());
    }

    [Fact]
    public async Task Segments_with_whole_indexes_are_not_looked_into()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 100);
        // Of the last one alone the head is asked for.
        foreach (var segment in folder.SegmentPaths[..^1]) SegmentFixture.Change(segment, bytes => new byte[bytes.Length]);
        Assert.True((await Opened(folder)).WasClean);
    }

    [Fact]
    public async Task Small_appends_of_many_runs_leave_indexes_that_are_whole()
    {
        using var folder = new SegmentFixture();
        for (var run = 1; run < 5; run++)
        {
            await using var store = folder.OpenStore();
            var log = SegmentFixture.Open(store);
            Assert.True(log.Recovery.WasClean);
            await SegmentFixture.Fill(log, run, valueBytes: 10);
        }
    }

    [Fact]
    public async Task Damage_that_is_met_while_indexes_are_made_again_is_a_hole_that_names_file_and_position()
    {
        using var damaged = new SegmentFixture();
        await using (var store = damaged.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 100);
        foreach (var path in Directory.GetFiles(damaged.LogFolder, "*index")) File.Delete(path);
        SegmentFixture.FlipBit(damaged.SegmentPaths[1], 1000);
        await using (var store = damaged.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            var hole = Assert.Single(log.Holes);
            Assert.Contains(damaged.SegmentPaths[1], hole.Reason);
            Assert.Contains("position", hole.Reason);
            Assert.Equal(1, hole.EndOffset - hole.StartOffset);
        }
    }

    [Fact]
    public async Task A_segment_that_recovery_scanned_keeps_its_largest_timestamp_in_its_index()
    {
        using var crashed = await TornTailTests.KilledBeforeAnyCheckpoint(500, valueBytes: 30);
        await Opened(crashed);
        foreach (var segment in crashed.SegmentPaths)
        {
            var entry = File.ReadAllBytes(Path.ChangeExtension(segment, ".timeindex"))[^12..];
            var last = LogInspection.Segments(segment).SelectMany(inspected => inspected.Batches.Select(batch => batch.Header!.Value)).Last();
            Assert.Equal(last.MaxTimestamp, System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(entry));
        }
    }

    /// <summary>An index that points into a record, whose value is a batch, is no place to begin a scan.</summary>
    [Fact]
    public async Task A_scan_that_a_wrong_index_led_astray_begins_again_at_the_segments_first_batch()
    {
        using var folder = new SegmentFixture();
        var inner = TestBatches.Of(0, 1, 100);
        var outer = Holding(inner, out var at);
        await using (var store = folder.OpenStore()) await SegmentFixture.Open(store).AppendAsync([outer], 0);
        await using var running = folder.OpenStore();
        await SegmentFixture.Fill(SegmentFixture.Open(running), 3);
        using var crashed = folder.Crashed();
        byte[] entry = [0, 0, 0, 0, 0, 0, 0, (byte)at];
        File.WriteAllBytes(crashed.SegmentPath(0, ".index"), entry);
        await Opened(crashed, log => Assert.Equal(3, log.Bounds.EndOffset));
    }

    static ReadOnlyMemory<byte> Holding(ReadOnlyMemory<byte> inner, out int at)
    {
        using var builder = new Semel.Protocol.Records.RecordBatchBuilder(1 << 20);
        builder.TryAppend(1, default, keyIsNull: true, inner.Span, valueIsNull: false);
        builder.Close(Protocol.CompressionCodec.None);
        var outer = builder.Bytes.ToArray();
        at = outer.AsSpan().IndexOf(inner.Span);
        return outer;
    }
}
