using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

/// <summary>Damage that does not keep a log closed: what lies before and behind it is read, and it is told by file, position and offsets.</summary>
public sealed class HoleTests
{
    const int Records = 100;

    static async Task<(SegmentFixture Folder, List<ReadOnlyMemory<byte>> Batches)> Stopped(int valueBytes = 300, LogOptions? options = null)
    {
        var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        return (folder, await SegmentFixture.Fill(store.OpenOrCreate("log", options ?? SegmentFixture.LogOptions), Records, valueBytes));
    }

    static long BaseOf(string segment) => long.Parse(Path.GetFileNameWithoutExtension(segment));

    /// <summary>Opens the log: everything but one hole is read as it was written.</summary>
    static async Task AssertHole(SegmentFixture damaged, List<ReadOnlyMemory<byte>> batches, long start, long end, params string[] named)
    {
        for (var turn = 0; turn < 2; turn++)
        {
            await using var store = damaged.OpenStore();
            var log = SegmentFixture.Open(store);
            Assert.Equal(new LogBounds(0, Records), log.Bounds);
            var (read, holes) = LogContent.Read(log);
            var hole = Assert.Single(holes);
            Assert.Equal((start, end), (hole.StartOffset, hole.EndOffset));
            foreach (var text in named) Assert.Contains(text, hole.Message);
            Assert.Contains($"offsets {start} to {end - 1}", hole.Message);
            Assert.Equal(Records - (end - start), read.Count);
            foreach (var (offset, batch) in read) Assert.Equal(batches[(int)offset].ToArray(), batch);
            // From every offset, as from the beginning.
            for (var offset = 0; offset < Records; offset++)
            {
                if (offset >= start && offset < end) Assert.Equal(end, Assert.Throws<LogHoleException>(() => log.Read(offset, long.MaxValue, 1)).EndOffset);
                else
                {
                    using var one = log.Read(offset, long.MaxValue, 1);
                    Assert.Equal(batches[offset].ToArray(), one.Bytes.ToArray());
                }
            }
            AssertLookups(log, start, end);
        }
    }

    /// <summary>Each record is ten milliseconds younger than the one before.</summary>
    static void AssertLookups(ILog log, long start, long end)
    {
        for (var offset = 0; offset < Records; offset++)
        {
            var timestamp = TestBatches.FirstTimestamp + offset * 10;
            if (offset < start) Assert.Equal(new TimestampedOffset(offset, timestamp), log.FindOffset(timestamp, long.MaxValue));
            else Assert.Throws<LogHoleException>(() => log.FindOffset(timestamp, long.MaxValue));
            if (offset <= start && offset > 0) Assert.Equal(offset - 1, log.FindMaxTimestamp(offset)!.Value.Offset);
            if (offset > start) Assert.Throws<LogHoleException>(() => log.FindMaxTimestamp(offset));
        }
        Assert.True(start >= end || log.Holes.Count == 1);
    }

    [Fact]
    public async Task A_sealed_segment_that_lost_its_last_byte_lacks_its_last_batch()
    {
        var (damaged, batches) = await Stopped();
        using var _ = damaged;
        var (segment, next) = (damaged.SegmentPaths[1], BaseOf(damaged.SegmentPaths[2]));
        SegmentFixture.Change(segment, bytes => bytes[..^1]);
        await using (var store = damaged.OpenStore()) Assert.Single(SegmentFixture.Open(store).Holes);
        await AssertHole(damaged, batches, next - 1, next, segment, "position");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_sealed_segment_that_is_missing_is_a_hole_from_the_one_before_to_the_one_behind(int number)
    {
        var (damaged, batches) = await Stopped();
        using var _ = damaged;
        var (missing, next) = (damaged.SegmentPaths[number], BaseOf(damaged.SegmentPaths[number + 1]));
        File.Delete(missing);
        await using (var store = damaged.OpenStore()) Assert.Single(SegmentFixture.Open(store).Holes);
        await AssertHole(damaged, batches, BaseOf(missing), next, number == 0 ? damaged.LogFolder : Path.GetFileName(missing));
    }

    [Fact]
    public async Task Two_segments_that_are_missing_side_by_side_are_one_hole()
    {
        var (damaged, _) = await Stopped();
        using var folder = damaged;
        var (first, second, next) = (damaged.SegmentPaths[1], damaged.SegmentPaths[2], BaseOf(damaged.SegmentPaths[3]));
        File.Delete(first);
        SegmentFixture.Change(second, bytes => new byte[bytes.Length]);
        await using var store = damaged.OpenStore();
        var log = SegmentFixture.Open(store);
        Assert.Equal(BaseOf(second), Assert.Single(log.Holes).EndOffset);
        Assert.Equal(Records - (next - BaseOf(first)), LogContent.Read(log).Batches.Count);
        var hole = Assert.Single(log.Holes);
        Assert.Equal((BaseOf(first), next), (hole.StartOffset, hole.EndOffset));
        Assert.Contains(Path.GetFileName(first), hole.Reason);
        Assert.Contains(second, hole.Reason);
    }

    [Fact]
    public async Task A_flipped_bit_in_any_field_of_a_batch_is_met_when_it_is_read_for_the_first_time()
    {
        var (sound, batches) = await Stopped();
        using var _ = sound;
        var segment = sound.SegmentPaths[1];
        var (first, size) = (BaseOf(segment), batches[0].Length);
        foreach (var position in new[] { 0, 6, 7, 8, 10, 11, 16, 17, 22, 26, 30, 50, 57, 60, 61, 200, size - 1 })
        {
            using var damaged = sound.Crashed();
            SegmentFixture.FlipBit(damaged.SegmentPaths[1], size * 3 + position);
            await AssertHole(damaged, batches, first + 3, first + 4, damaged.SegmentPaths[1], $"position {size * 3}");
        }
    }

    [Fact]
    public async Task A_page_of_zeros_takes_the_batches_that_it_touches()
    {
        var (damaged, batches) = await Stopped();
        using var _ = damaged;
        var segment = damaged.SegmentPaths[1];
        var (first, size) = (BaseOf(segment), batches[0].Length);
        SegmentFixture.Change(segment, bytes =>
        {
            bytes.AsSpan(size * 4 + 10, size * 3).Clear();
            return bytes;
        });
        await AssertHole(damaged, batches, first + 4, first + 8, segment);
    }

    [Fact]
    public async Task A_segment_over_another_is_given_out_as_nobody_s()
    {
        using var damaged = new SegmentFixture();
        List<ReadOnlyMemory<byte>> batches;
        await using (var store = damaged.OpenStore())
        {
            batches = await SegmentFixture.Fill(SegmentFixture.Open(store), Records);
            var other = SegmentFixture.Open(store, "other");
            for (var offset = 0; offset < Records; offset++) await other.AppendAsync([TestBatches.Of(offset, 1, 300, TestBatches.FirstTimestamp + 5 + offset * 10)], offset);
        }
        var segment = damaged.SegmentPaths[1];
        var foreign = segment.Replace(damaged.LogFolder, damaged.Folder.Of("logs", "other"));
        // The same offsets and the same length: only the records are others.
        Assert.Equal(new FileInfo(segment).Length, new FileInfo(foreign).Length);
        File.Copy(foreign, segment, overwrite: true);
        await AssertHole(damaged, batches, BaseOf(segment), BaseOf(damaged.SegmentPaths[2]), segment, "another file");
    }

    [Fact]
    public async Task A_file_that_grew_since_it_was_sealed_is_read_up_to_where_it_ended()
    {
        var (damaged, batches) = await Stopped();
        using var _ = damaged;
        SegmentFixture.Change(damaged.SegmentPaths[1], bytes => [.. bytes, .. batches[0].ToArray()]);
        await using var store = damaged.OpenStore();
        var (read, holes) = LogContent.Read(SegmentFixture.Open(store));
        Assert.Empty(holes);
        Assert.Equal(Records, read.Count);
    }

    [Fact]
    public async Task A_segment_that_is_put_back_is_whole_again_at_the_next_start()
    {
        var (damaged, _) = await Stopped();
        using var folder = damaged;
        var whole = File.ReadAllBytes(damaged.SegmentPaths[1]);
        var path = damaged.SegmentPaths[1];
        File.Delete(path);
        await using (var store = damaged.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            Assert.NotEmpty(LogContent.Read(log).Holes);
            await log.AppendAsync([TestBatches.Of(Records)], Records);
        }
        File.WriteAllBytes(path, whole[..^1]);
        await using (var store = damaged.OpenStore()) Assert.NotEmpty(LogContent.Read(SegmentFixture.Open(store)).Holes);
        File.WriteAllBytes(path, whole);
        await using (var store = damaged.OpenStore()) Assert.Empty(LogContent.Read(SegmentFixture.Open(store)).Holes);
    }

    [Fact]
    public async Task A_hole_that_is_trimmed_away_is_none_any_more()
    {
        var (damaged, _) = await Stopped();
        using var folder = damaged;
        var (missing, next) = (damaged.SegmentPaths[1], BaseOf(damaged.SegmentPaths[2]));
        File.Delete(missing);
        await using (var store = damaged.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            await log.TrimStartAsync(next - 1);
            Assert.Equal(next - 1, Assert.Single(log.Holes).EndOffset - 1);
            Assert.Throws<LogHoleException>(() => log.Read(next - 1, long.MaxValue, 1000));
            await log.TrimStartAsync(next);
            Assert.Empty(log.Holes);
            Assert.Empty(LogContent.Read(log).Holes);
            Assert.Equal(Records - 1, log.FindMaxTimestamp(long.MaxValue)!.Value.Offset);
        }
        await using (var store = damaged.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            Assert.Equal(new LogBounds(next, Records), log.Bounds);
            Assert.Empty(LogContent.Read(log).Holes);
        }
    }

    /// <summary>After a crash without recovery points everything is verified: only a sound snapshot above the damage says that nothing of it need be folded.</summary>
    [Fact]
    public async Task Damage_that_must_be_verified_is_a_hole_only_below_a_sound_snapshot()
    {
        using var running = new SegmentFixture();
        List<ReadOnlyMemory<byte>> batches;
        SegmentFixture killed;
        await using (var store = running.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            batches = await SegmentFixture.Fill(log, Records);
            log.SaveSnapshot(Records - 10, [1]);
            killed = running.Crashed();
        }
        using var _ = killed;
        File.Delete(killed.Folder.Of("recovery.points"));
        killed.EmptyJournal();
        var segment = killed.SegmentPaths[1];
        SegmentFixture.FlipBit(segment, 1000);
        using (var without = killed.Crashed())
        {
            foreach (var snapshot in Directory.GetFiles(without.LogFolder, "*.snapshot")) File.Delete(snapshot);
            await using var store = without.OpenStore();
            Assert.Contains(without.SegmentPaths[1], Assert.Throws<LogDamagedException>(() => SegmentFixture.Open(store)).Message);
        }
        await using (var store = killed.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            var (read, holes) = LogContent.Read(log);
            Assert.Contains(segment, Assert.Single(holes).Message);
            Assert.Equal(Records - 1, read.Count);
            foreach (var (offset, batch) in read) Assert.Equal(batches[(int)offset].ToArray(), batch);
            await log.AppendAsync([TestBatches.Of(Records)], Records);
        }
        await using (var store = killed.OpenStore()) Assert.Equal(Records, LogContent.Read(SegmentFixture.Open(store)).Batches.Count);
    }

    /// <summary>The last segment goes on being written to behind its hole.</summary>
    [Fact]
    public async Task A_hole_in_the_segment_that_is_written_to_leaves_the_rest_and_what_is_added()
    {
        var (damaged, batches) = await Stopped();
        using var _ = damaged;
        var (segment, size) = (damaged.LastSegment, batches[0].Length);
        SegmentFixture.FlipBit(segment, size * 2 + 100);
        var first = BaseOf(segment);
        await using var store = damaged.OpenStore();
        var log = SegmentFixture.Open(store);
        Assert.Single(LogContent.Read(log).Holes);
        for (var offset = Records; offset < Records + 60; offset++) await log.AppendAsync([TestBatches.Of(offset, 1, 300)], offset);
        var (read, holes) = LogContent.Read(log);
        Assert.Equal((first + 2, first + 3), (Assert.Single(holes).StartOffset, holes[0].EndOffset));
        Assert.Equal(Records + 59, read.Count);
    }

    /// <summary>Records of a damaged batch that hold whole batches are not given out as the log's.</summary>
    [Fact]
    public async Task Bytes_of_a_record_that_look_like_batches_are_never_the_next_ones()
    {
        using var damaged = new SegmentFixture();
        var batches = new List<ReadOnlyMemory<byte>>();
        await using (var store = damaged.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            for (var offset = 0; offset < 60; offset++)
            {
                using var builder = new Semel.Protocol.Records.RecordBatchBuilder(1 << 16);
                byte[] inner = [.. TestBatches.Of(offset + 1, 1, 100).Span, .. TestBatches.Of(offset + 2, 1, 100).Span];
                builder.TryAppend(1, default, keyIsNull: true, inner, valueIsNull: false);
                builder.Close(Semel.Protocol.CompressionCodec.None);
                var batch = builder.Bytes.ToArray();
                Semel.Protocol.Records.RecordBatchHeader.StampPlace(batch, offset, 0);
                batches.Add(batch);
                await log.AppendAsync([batch], offset);
            }
        }
        // The length field of one: where it ends is not known any more.
        SegmentFixture.FlipBit(damaged.SegmentPaths[0], batches[0].Length * 3 + 9);
        await using (var store = damaged.OpenStore())
        {
            var (read, holes) = LogContent.Read(SegmentFixture.Open(store));
            Assert.Equal((3, 4), (Assert.Single(holes).StartOffset, holes[0].EndOffset));
            foreach (var (offset, batch) in read) Assert.Equal(batches[(int)offset].ToArray(), batch);
        }
    }
}
