using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

public sealed class IndexTests
{
    /// <summary>The bytes that Kafka writes for the same batches with index.interval.bytes=256: one entry for each batch that begins more than 256 bytes after the last entry's.</summary>
    [Fact]
    public async Task Index_files_are_kafkas_byte_for_byte()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            await log.AppendAsync([TestBatches.WithTimestamps(0, [1000, 3000], 100)], 0);
            await log.AppendAsync([TestBatches.WithTimestamps(2, [2000], 100)], 2);
            await log.AppendAsync([TestBatches.WithTimestamps(3, [5000], 100)], 3);
            await log.AppendAsync([TestBatches.WithTimestamps(4, [4000, 4500], 100)], 4);
        }
        // Only the second batch begins more than 256 bytes after the start, and the fourth more than 256 after it.
        Assert.Equal(new long[] { 0, 280, 450, 620 }, LogInspection.Segments(folder.LastSegment).SelectMany(segment => segment.Batches.Select(batch => batch.Position)));
        Assert.Equal("0000000200000118" + "000000050000026C", Convert.ToHexString(File.ReadAllBytes(folder.SegmentPath(0, ".index"))));
        Assert.Equal("0000000000000BB8" + "00000001" + "0000000000001388" + "00000003", Convert.ToHexString(File.ReadAllBytes(folder.SegmentPath(0, ".timeindex"))));
    }

    public static TheoryData<string> Wrongs() => ["removed", "emptied", "zeros", "random", "cut", "shifted", "large"];

    /// <summary>Indexes are hints: whatever lies in them, a read gives the right batches.</summary>
    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task Reads_are_right_whatever_is_in_the_offset_index(string wrong)
    {
        using var folder = new SegmentFixture();
        List<ReadOnlyMemory<byte>> batches;
        await using (var store = folder.OpenStore()) batches = await SegmentFixture.Fill(SegmentFixture.Open(store), 100);
        foreach (var path in Directory.GetFiles(folder.LogFolder, "*.index"))
        {
            if (wrong == "removed") File.Delete(path);
            else SegmentFixture.Change(path, bytes => Wrong(bytes, wrong));
        }
        await using (var store = folder.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            for (var offset = 99; offset >= 0; offset--)
            {
                using var read = log.Read(offset, long.MaxValue, 1);
                Assert.Equal(batches[offset].ToArray(), read.Bytes.ToArray());
            }
            await SegmentFixture.Fill(log, 110);
        }
    }

    static byte[] Wrong(byte[] bytes, string wrong)
    {
        switch (wrong)
        {
            case "emptied": return [];
            case "zeros": return new byte[bytes.Length];
            case "cut": return bytes[..(bytes.Length / 2 + 3)];
            case "shifted": return [0, .. bytes[..^1]];
            case "large": return [.. Enumerable.Repeat((byte)0x7F, bytes.Length)];
            default:
                new Random(1).NextBytes(bytes);
                return bytes;
        }
    }

    [Fact]
    public async Task Searches_without_time_indexes_are_slower_but_right()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 100);
        foreach (var path in Directory.GetFiles(folder.LogFolder, "*.timeindex")) File.Delete(path);
        await using (var store = folder.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            for (var offset = 0; offset < 100; offset += 9) Assert.Equal(offset, log.FindOffset(TestBatches.FirstTimestamp + offset * 10, long.MaxValue)!.Value.Offset);
            Assert.Equal(99, log.FindMaxTimestamp(long.MaxValue)!.Value.Offset);
        }
    }

    [Fact]
    public async Task A_timestamp_whose_index_entry_was_lost_in_a_crash_is_still_found()
    {
        using var running = new SegmentFixture();
        var options = SegmentFixture.LogOptions with { SegmentBytes = 1 << 20 };
        await using (var store = running.OpenStore())
        {
            var log = store.OpenOrCreate("log", options);
            // The largest timestamp comes early, so that no later batch makes an entry.
            await log.AppendAsync([TestBatches.Of(0, 1, 300, 9_000_000)], 0);
            for (var offset = 1; offset < 50; offset++) await log.AppendAsync([TestBatches.Of(offset, 1, 300, 1_000 + offset)], offset);
        }
        await using (var store = running.OpenStore())
        {
            await store.OpenOrCreate("log", options).AppendAsync([TestBatches.Of(50, 1, 300, 5_000)], 50);
            using var crashed = running.Crashed();
            File.Delete(crashed.SegmentPath(0, ".timeindex"));
            await using var again = crashed.OpenStore();
            var log = again.OpenOrCreate("log", options);
            Assert.Equal(new TimestampedOffset(0, 9_000_000), log.FindOffset(6_000, long.MaxValue));
            Assert.Equal(new TimestampedOffset(0, 9_000_000), log.FindMaxTimestamp(long.MaxValue));
        }
    }

    [Fact]
    public async Task Indexes_that_cannot_be_written_cost_the_next_opening_a_scan_and_nothing_else()
    {
        using var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        var log = SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 10);
        Directory.CreateDirectory(folder.SegmentPath(0, ".timeindex"));
        log.Dispose();
        Directory.Delete(folder.SegmentPath(0, ".timeindex"));
        var again = SegmentFixture.Open(store);
        Assert.False(again.Recovery.WasClean);
        Assert.Equal(9, again.FindMaxTimestamp(long.MaxValue)!.Value.Offset);
        await SegmentFixture.Fill(again, 12);
    }
}
