using Semel.Log.Batches;
using Semel.Protocol;

namespace Semel.Log.Tests.Contract;

/// <summary>What every engine promises, held by one suite. A subclass only says how its store is opened on the same place again.</summary>
public abstract class LogContract : IAsyncLifetime
{
    static readonly LogOptions Options = new() { SegmentBytes = 16 << 10, IndexIntervalBytes = 512, Codecs = Semel.Codecs.CodecTable.All };

    private protected ManualTime Time { get; } = new();
    protected ILogStore Store { get; private set; } = null!;

    protected abstract ILogStore OpenStore();

    public virtual Task InitializeAsync()
    {
        Store = OpenStore();
        return Task.CompletedTask;
    }

    public virtual async Task DisposeAsync() => await Store.DisposeAsync();

    async Task Restart()
    {
        await Store.DisposeAsync();
        Store = OpenStore();
    }

    ILog Open(string name = "orders-0") => Store.OpenOrCreate(name, Options);

    static async Task<AppendOutcome> Append(ILog log, params ReadOnlyMemory<byte>[] batches) => await log.AppendAsync(batches, log.Bounds.EndOffset);

    /// <summary>Appends batches of one record until the end offset is reached; returns all their bytes.</summary>
    static async Task<List<ReadOnlyMemory<byte>>> Fill(ILog log, long endOffset, int valueBytes = 400)
    {
        var batches = new List<ReadOnlyMemory<byte>>();
        while (log.Bounds.EndOffset < endOffset)
        {
            var offset = log.Bounds.EndOffset;
            batches.Add(TestBatches.Of(offset, 1, valueBytes, TestBatches.FirstTimestamp + offset * 10));
            await Append(log, batches[^1]);
        }
        return batches;
    }

    /// <summary>Everything from an offset on, read as a consumer does.</summary>
    static byte[] ReadOn(ILog log, long offset, int maxBytes = 3000)
    {
        var bytes = new List<byte>();
        while (offset < log.Bounds.EndOffset)
        {
            using var read = log.Read(offset, long.MaxValue, maxBytes);
            Assert.NotEqual(0, read.Bytes.Length);
            bytes.AddRange(read.Bytes.ToArray());
            var walk = new BatchWalk(read.Bytes.Span);
            while (walk.MoveNext()) offset = walk.Header.NextOffset;
        }
        return [.. bytes];
    }

    [Fact]
    public async Task A_new_log_is_empty_and_begins_at_zero()
    {
        using var log = Open();
        Assert.Equal(new LogBounds(0, 0), log.Bounds);
        Assert.Equal("orders-0", log.Name);
        Assert.Equal(new LogRecovery(true, 0, 0, null, 0), log.Recovery);
        using var read = log.Read(0, long.MaxValue, 1000);
        Assert.True(read.Bytes.IsEmpty);
        Assert.Null(log.FindOffset(0, long.MaxValue));
        Assert.Null(log.FindMaxTimestamp(long.MaxValue));
        Assert.Null(log.LoadSnapshot());
        Assert.Equal(new AppendOutcome(AppendStatus.Appended, 0, false), await log.AppendAsync([], 0));
    }

    [Fact]
    public async Task Each_opening_that_claims_the_log_has_a_higher_writer_epoch_and_others_leave_it_as_it_is()
    {
        var claiming = Options with { ClaimsWriterEpoch = true };
        using (var plain = Store.Create("orders-0", Options)) Assert.Equal(0, plain.WriterEpoch);
        using (var first = Store.Open("orders-0", claiming))
        {
            Assert.Equal(1, first.WriterEpoch);
            await Append(first, TestBatches.Of(0, 3));
            await first.TrimStartAsync(2);
        }
        using (var second = Store.Open("orders-0", claiming)) Assert.Equal(2, second.WriterEpoch);
        await Restart();
        using (var plain = Store.Open("orders-0", Options)) Assert.Equal(2, plain.WriterEpoch);
        using (var third = Store.Open("orders-0", claiming)) Assert.Equal((3, new LogBounds(2, 3)), (third.WriterEpoch, third.Bounds));
        Store.Delete("orders-0");
        using var anew = Store.Create("orders-0", claiming);
        Assert.Equal(1, anew.WriterEpoch);
    }

    [Fact]
    public async Task A_log_is_made_once_and_only_what_was_made_is_opened()
    {
        Assert.Throws<LogMissingException>(() => Store.Open("orders-0", Options));
        Assert.Empty(Store.Names);
        using (var log = Store.Create("orders-0", Options)) await Append(log, TestBatches.Of(0, 3));
        Assert.Throws<LogExistsException>(() => Store.Create("orders-0", Options));
        using (var log = Store.Open("orders-0", Options)) Assert.Equal(3, log.Bounds.EndOffset);
        await Restart();
        Assert.Throws<LogExistsException>(() => Store.Create("orders-0", Options));
        Store.Delete("orders-0");
        Assert.Throws<LogMissingException>(() => Store.Open("orders-0", Options));
        using var anew = Store.Create("orders-0", Options);
        Assert.Equal(new LogBounds(0, 0), anew.Bounds);
        Assert.Empty(anew.Holes);
        Assert.Empty(Store.Remarks);
    }

    [Fact]
    public async Task Appended_batches_are_read_back_byte_for_byte()
    {
        using var log = Open();
        var (first, second) = (TestBatches.Of(0, 3), TestBatches.Of(3, 2));
        Assert.Equal(new AppendOutcome(AppendStatus.Appended, 5, false), await Append(log, first, second));
        using var read = log.Read(0, long.MaxValue, 10_000);
        Assert.Equal(TestBatches.Joined(first, second), read.Bytes.ToArray());
        Assert.Equal(new LogBounds(0, 5), log.Bounds);
    }

    [Fact]
    public async Task An_append_at_another_end_offset_is_a_conflict_and_writes_nothing()
    {
        using var log = Open();
        await Append(log, TestBatches.Of(0));
        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 1, false), await log.AppendAsync([TestBatches.Of(0)], 0));
        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 1, false), await log.AppendAsync([TestBatches.Of(2)], 2));
        Assert.Equal(1, log.Bounds.EndOffset);
        Assert.Equal(AppendStatus.Appended, (await Append(log, TestBatches.Of(1))).Status);
    }

    [Fact]
    public async Task Batches_that_leave_a_gap_or_are_no_batches_are_the_callers_fault_and_write_nothing()
    {
        using var log = Open();
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAsync([TestBatches.Of(1)], 0));
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAsync([TestBatches.Of(0), TestBatches.Of(2)], 0));
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAsync([TestBatches.Of(0)[..^1]], 0));
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAsync([new byte[30]], 0));
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAsync([TestBatches.Joined(TestBatches.Of(0), TestBatches.Of(1))], 0));
        Assert.Equal(0, log.Bounds.EndOffset);
        Assert.Equal(AppendStatus.Appended, (await Append(log, TestBatches.Of(0))).Status);
    }

    [Fact]
    public async Task A_read_begins_with_the_batch_that_holds_the_offset()
    {
        using var log = Open();
        var (first, second) = (TestBatches.Of(0, 3), TestBatches.Of(3, 4));
        await Append(log, first, second);
        foreach (var offset in new[] { 3, 5, 6 })
        {
            using var read = log.Read(offset, long.MaxValue, 10_000);
            Assert.Equal(second.ToArray(), read.Bytes.ToArray());
        }
    }

    [Fact]
    public async Task A_read_never_shows_a_batch_that_reaches_the_upper_bound()
    {
        using var log = Open();
        var (first, second) = (TestBatches.Of(0, 3), TestBatches.Of(3, 4));
        await Append(log, first, second);
        foreach (var upTo in new[] { 3, 4, 6 })
        {
            using var read = log.Read(0, upTo, 10_000);
            Assert.Equal(first.ToArray(), read.Bytes.ToArray());
        }
        using var none = log.Read(0, 2, 10_000);
        Assert.True(none.Bytes.IsEmpty);
        using var all = log.Read(0, 7, 10_000);
        Assert.Equal(first.Length + second.Length, all.Bytes.Length);
    }

    [Fact]
    public async Task A_read_stays_below_its_size_but_gives_at_least_one_batch()
    {
        using var log = Open();
        var batches = new[] { TestBatches.Of(0), TestBatches.Of(1), TestBatches.Of(2) };
        await Append(log, batches);
        var size = batches[0].Length;
        foreach (var (maxBytes, expected) in new[] { (0, 1), (1, 1), (size, 1), (size * 2 - 1, 1), (size * 2, 2), (size * 3, 3), (int.MaxValue, 3) })
        {
            using var read = log.Read(0, long.MaxValue, maxBytes);
            Assert.Equal(expected * size, read.Bytes.Length);
        }
    }

    [Fact]
    public async Task A_read_at_the_end_is_empty_and_one_outside_the_bounds_is_refused()
    {
        using var log = Open();
        await Append(log, TestBatches.Of(0, 5));
        using (var read = log.Read(5, long.MaxValue, 1000)) Assert.True(read.Bytes.IsEmpty);
        Assert.Throws<OffsetOutOfRangeException>(() => log.Read(6, long.MaxValue, 1000));
        Assert.Throws<OffsetOutOfRangeException>(() => log.Read(-1, long.MaxValue, 1000));
        await log.TrimStartAsync(2);
        Assert.Throws<OffsetOutOfRangeException>(() => log.Read(1, long.MaxValue, 1000));
    }

    [Fact]
    public async Task A_consumer_reads_across_segments_from_any_offset()
    {
        using var log = Open();
        var batches = await Fill(log, 150);
        for (var offset = 0; offset < 150; offset += 7)
            Assert.Equal(TestBatches.Joined(batches[offset..]), ReadOn(log, offset));
    }

    [Fact]
    public async Task A_batch_larger_than_a_segment_and_than_any_read_goes_through_whole()
    {
        using var log = Open();
        var batches = new[] { TestBatches.Of(0, 1, 100), TestBatches.Of(1, 1, 3 << 20), TestBatches.Of(2, 1, 100) };
        foreach (var batch in batches) await Append(log, batch);
        Assert.Equal(TestBatches.Joined(batches), ReadOn(log, 0));
    }

    [Fact]
    public async Task A_new_segment_is_reported_when_the_size_is_reached()
    {
        using var log = Open();
        var rolled = new List<long>();
        while (rolled.Count < 3)
        {
            var offset = log.Bounds.EndOffset;
            if ((await Append(log, TestBatches.Of(offset, 1, 4000))).Rolled) rolled.Add(offset);
        }
        Assert.Equal([4, 8, 12], rolled);
    }

    [Fact]
    public async Task A_new_segment_is_reported_when_the_age_is_reached()
    {
        using var log = Store.Create("aging", Options with { SegmentAge = TimeSpan.FromHours(1) });
        Assert.False((await Append(log, TestBatches.Of(0))).Rolled);
        Time.Advance(TimeSpan.FromMinutes(59));
        Assert.False((await Append(log, TestBatches.Of(1))).Rolled);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await Append(log, TestBatches.Of(2))).Rolled);
        Assert.False((await Append(log, TestBatches.Of(3))).Rolled);
    }

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        List<ReadOnlyMemory<byte>> batches;
        using (var log = Open())
        {
            batches = await Fill(log, 120);
            await log.TrimStartAsync(5);
            log.SaveSnapshot(100, [1, 2, 3]);
        }
        await Restart();
        using var again = Open();
        Assert.True(again.Recovery.WasClean);
        Assert.Equal(0, again.Recovery.ScannedBytes);
        Assert.Equal(new LogBounds(5, 120), again.Bounds);
        Assert.Equal(TestBatches.Joined(batches[5..]), ReadOn(again, 5));
        Assert.Equal([1, 2, 3], again.LoadSnapshot()!.Content.ToArray());
        Assert.Equal(AppendStatus.Appended, (await Append(again, TestBatches.Of(120))).Status);
    }

    [Fact]
    public async Task A_log_that_is_closed_can_be_opened_again_in_the_same_store()
    {
        using (var log = Open()) await Append(log, TestBatches.Of(0, 3));
        using var again = Open();
        Assert.True(again.Recovery.WasClean);
        Assert.Equal(new LogBounds(0, 3), again.Bounds);
        Assert.Equal(AppendStatus.Appended, (await Append(again, TestBatches.Of(3))).Status);
    }

    [Fact]
    public async Task A_log_is_open_once_at_a_time_and_refuses_everything_once_closed()
    {
        var log = Open();
        Assert.Throws<InvalidOperationException>(() => Open());
        await Append(log, TestBatches.Of(0));
        log.Dispose();
        log.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await log.AppendAsync([TestBatches.Of(1)], 1));
        Assert.Throws<ObjectDisposedException>(() => log.Read(0, long.MaxValue, 1000));
        Assert.Throws<ObjectDisposedException>(() => log.FindOffset(0, long.MaxValue));
        Assert.Throws<ObjectDisposedException>(() => log.SaveSnapshot(0, []));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await log.TrimStartAsync(0));
    }

    [Fact]
    public async Task Trimming_moves_the_start_and_leaves_the_rest_readable()
    {
        using var log = Open();
        var batches = await Fill(log, 100);
        await log.TrimStartAsync(60);
        Assert.Equal(new LogBounds(60, 100), log.Bounds);
        Assert.Equal(TestBatches.Joined(batches[60..]), ReadOn(log, 60));
        await log.TrimStartAsync(10);
        Assert.Equal(60, log.Bounds.StartOffset);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.TrimStartAsync(101));
    }

    [Fact]
    public async Task Trimming_inside_a_batch_keeps_the_batch_but_not_the_offsets_below()
    {
        using var log = Open();
        var batch = TestBatches.Of(0, 10);
        await Append(log, batch);
        await log.TrimStartAsync(4);
        using var read = log.Read(4, long.MaxValue, 1000);
        Assert.Equal(batch.ToArray(), read.Bytes.ToArray());
        Assert.Equal(new TimestampedOffset(4, TestBatches.FirstTimestamp + 4), log.FindOffset(0, long.MaxValue));
    }

    [Fact]
    public async Task Everything_can_be_trimmed_and_the_log_goes_on_at_its_end()
    {
        using (var log = Open())
        {
            await Fill(log, 90);
            await log.TrimStartAsync(90);
            Assert.Equal(new LogBounds(90, 90), log.Bounds);
            Assert.Null(log.FindOffset(0, long.MaxValue));
        }
        await Restart();
        using var again = Open();
        Assert.Equal(new LogBounds(90, 90), again.Bounds);
        var batch = TestBatches.Of(90);
        Assert.Equal(91, (await Append(again, batch)).EndOffset);
        Assert.Equal(batch.ToArray(), ReadOn(again, 90));
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public async Task A_timestamp_finds_the_first_record_that_is_not_older(CompressionCodec codec)
    {
        using var log = Open();
        const long t = TestBatches.FirstTimestamp;
        await Append(log, TestBatches.WithTimestamps(0, [t + 10, t + 20, t + 30], codec: codec), TestBatches.WithTimestamps(3, [t + 15, t + 90, t + 40], codec: codec));
        Assert.Equal(new TimestampedOffset(0, t + 10), log.FindOffset(t, long.MaxValue));
        Assert.Equal(new TimestampedOffset(1, t + 20), log.FindOffset(t + 11, long.MaxValue));
        Assert.Equal(new TimestampedOffset(2, t + 30), log.FindOffset(t + 30, long.MaxValue));
        Assert.Equal(new TimestampedOffset(4, t + 90), log.FindOffset(t + 31, long.MaxValue));
        Assert.Null(log.FindOffset(t + 91, long.MaxValue));
        Assert.Null(log.FindOffset(t + 31, 4));
        Assert.Equal(new TimestampedOffset(2, t + 30), log.FindOffset(t + 30, 3));
    }

    [Fact]
    public async Task A_timestamp_in_records_that_cannot_be_opened_finds_the_first_offset_of_the_batch()
    {
        using var log = Open();
        const long t = TestBatches.FirstTimestamp;
        await Append(log, TestBatches.Claiming(TestBatches.WithTimestamps(0, [t, t + 10]), CompressionCodec.Zstd), TestBatches.Claiming(TestBatches.WithTimestamps(2, [t + 20, t + 30]), CompressionCodec.Zstd));
        Assert.Equal(new TimestampedOffset(2, t + 30), log.FindOffset(t + 25, long.MaxValue));
        Assert.Equal(new TimestampedOffset(2, t + 30), log.FindMaxTimestamp(long.MaxValue));
    }

    [Fact]
    public async Task The_largest_timestamp_is_the_first_of_its_kind_below_the_bound()
    {
        using var log = Open();
        const long t = TestBatches.FirstTimestamp;
        await Append(log, TestBatches.WithTimestamps(0, [t, t + 50, t + 50]), TestBatches.WithTimestamps(3, [t + 50, t + 49]), TestBatches.WithTimestamps(5, [t + 60]));
        Assert.Equal(new TimestampedOffset(5, t + 60), log.FindMaxTimestamp(long.MaxValue));
        Assert.Equal(new TimestampedOffset(1, t + 50), log.FindMaxTimestamp(5));
        Assert.Equal(new TimestampedOffset(0, t), log.FindMaxTimestamp(1));
        await log.TrimStartAsync(4);
        Assert.Equal(new TimestampedOffset(4, t + 49), log.FindMaxTimestamp(5));
    }

    [Fact]
    public async Task Timestamps_are_found_in_every_segment_also_after_a_restart()
    {
        using (var log = Open()) await Fill(log, 150);
        await Restart();
        using var again = Open();
        for (var offset = 0; offset < 150; offset++)
        {
            var timestamp = TestBatches.FirstTimestamp + offset * 10;
            Assert.Equal(new TimestampedOffset(offset, timestamp), again.FindOffset(timestamp - 9, long.MaxValue));
            Assert.Equal(new TimestampedOffset(offset, timestamp), again.FindMaxTimestamp(offset + 1));
        }
    }

    [Fact]
    public async Task Timestamps_in_no_order_are_found_as_a_plain_search_finds_them()
    {
        using var log = Open();
        var random = new Random(5);
        var timestamps = Enumerable.Range(0, 300).Select(_ => TestBatches.FirstTimestamp + random.Next(1000)).ToArray();
        for (var offset = 0; offset < timestamps.Length; offset++) await Append(log, TestBatches.WithTimestamps(offset, [timestamps[offset]], random.Next(50, 500)));
        for (var turn = 0; turn < 400; turn++)
        {
            var (wanted, upTo) = (TestBatches.FirstTimestamp + random.Next(1100), random.Next(301));
            var first = Array.FindIndex(timestamps, timestamp => timestamp >= wanted);
            Assert.Equal(first >= 0 && first < upTo ? new TimestampedOffset(first, timestamps[first]) : null, log.FindOffset(wanted, upTo));
            var largest = upTo == 0 ? null : (TimestampedOffset?)new TimestampedOffset(Array.IndexOf(timestamps, timestamps[..upTo].Max()), timestamps[..upTo].Max());
            Assert.Equal(largest, log.FindMaxTimestamp(upTo));
        }
    }

    [Fact]
    public async Task The_newest_snapshot_is_loaded_and_older_ones_on_request()
    {
        using var log = Open();
        await Fill(log, 100);
        log.SaveSnapshot(0, [0]);
        log.SaveSnapshot(40, [4]);
        Time.Advance(TimeSpan.FromSeconds(5));
        log.SaveSnapshot(100, [9, 9]);
        var newest = log.LoadSnapshot()!;
        Assert.Equal((100, Time.Now.ToUnixTimeMilliseconds()), (newest.Offset, newest.SavedAt));
        Assert.Equal([9, 9], newest.Content.ToArray());
        // Offset 40 is neither the latest nor the beginning of a segment; 0 is.
        Assert.Equal(0, log.LoadSnapshot(below: 100)!.Offset);
        Assert.Null(log.LoadSnapshot(below: 0));
    }

    [Fact]
    public async Task Snapshots_below_an_offset_are_forgotten_on_request()
    {
        using (var log = Open())
        {
            await Fill(log, 150);
            var parts = log.Parts();
            foreach (var part in parts) log.SaveSnapshot(part.NextOffset, [(byte)part.NextOffset]);
            log.DropSnapshots(below: parts[1].NextOffset);
            Assert.Null(log.LoadSnapshot(below: parts[1].NextOffset));
            Assert.Equal(parts[1].NextOffset, log.LoadSnapshot(below: parts[1].NextOffset + 1)!.Offset);
            log.DropSnapshots(below: 150);
            log.DropSnapshots(below: 150);
        }
        await Restart();
        using var again = Open();
        Assert.Equal(150, again.LoadSnapshot()!.Offset);
        Assert.Null(again.LoadSnapshot(below: 150));
    }

    [Fact]
    public async Task A_snapshot_is_replaced_by_one_of_the_same_offset_and_may_be_empty_or_large()
    {
        using var log = Open();
        await Append(log, TestBatches.Of(0));
        log.SaveSnapshot(1, [1]);
        var large = new byte[200_000];
        new Random(1).NextBytes(large);
        log.SaveSnapshot(1, large);
        Assert.Equal(large, log.LoadSnapshot()!.Content.ToArray());
        log.SaveSnapshot(1, []);
        Assert.True(log.LoadSnapshot()!.Content.IsEmpty);
    }

    [Fact]
    public void A_snapshot_beyond_what_is_appended_is_refused()
    {
        using var log = Open();
        Assert.Throws<ArgumentOutOfRangeException>(() => log.SaveSnapshot(1, [1]));
    }

    [Fact]
    public async Task A_snapshot_outlives_the_trimming_of_everything_it_describes()
    {
        using var log = Open();
        await Fill(log, 80);
        log.SaveSnapshot(80, [8]);
        await log.TrimStartAsync(80);
        Assert.Equal([8], log.LoadSnapshot()!.Content.ToArray());
    }

    [Fact]
    public async Task Names_are_listed_sorted_and_deleted_logs_are_gone()
    {
        foreach (var name in new[] { "b-1", "B-0", "a~x", new string('n', 300), ".", "..", "a" }) Open(name).Dispose();
        Assert.Equal([".", "..", "B-0", "a", "a~x", "b-1", new string('n', 300)], Store.Names);
        Store.Delete("a");
        Store.Delete(new string('n', 300));
        Store.Delete("never-there");
        await Restart();
        Assert.Equal([".", "..", "B-0", "a~x", "b-1"], Store.Names);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a\0")]
    [InlineData("grün")]
    [InlineData("a b")]
    [InlineData("a+b")]
    public void A_name_that_could_be_a_path_is_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => Open(name));
        Assert.Throws<ArgumentException>(() => Store.Delete(name));
    }

    [Fact]
    public void A_name_that_is_too_long_and_options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Open(new string('n', 301)));
        Assert.Throws<ArgumentException>(() => Store.Open("a", new LogOptions { SegmentBytes = 0 }));
        Assert.Throws<ArgumentException>(() => Store.Open("a", new LogOptions { SegmentAge = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>(() => Store.Open("a", new LogOptions { IndexIntervalBytes = -1 }));
    }

    [Fact]
    public async Task A_deleted_log_ends_and_a_new_one_of_its_name_begins_empty()
    {
        var log = Open();
        await Fill(log, 100);
        log.SaveSnapshot(100, [1]);
        await log.TrimStartAsync(20);
        Store.Delete("orders-0");
        Assert.ThrowsAny<ObjectDisposedException>(() => log.Read(20, long.MaxValue, 1000));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await log.AppendAsync([TestBatches.Of(100)], 100));
        log.Dispose();
        using (var again = Open())
        {
            Assert.Equal(new LogBounds(0, 0), again.Bounds);
            Assert.Null(again.LoadSnapshot());
            await Append(again, TestBatches.Of(0));
        }
        await Restart();
        using var later = Open();
        Assert.Equal(new LogBounds(0, 1), later.Bounds);
    }

    [Fact]
    public async Task Readers_and_the_writer_do_not_disturb_each_other()
    {
        using var log = Open();
        var batches = Enumerable.Range(0, 400).Select(offset => TestBatches.Of(offset, 1, 100 + offset % 300)).ToArray();
        var durable = 0L;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var offset = 0L;
            while (offset < batches.Length)
            {
                using var read = log.Read(offset, Volatile.Read(ref durable), 2000);
                var walk = new BatchWalk(read.Bytes.Span);
                while (walk.MoveNext())
                {
                    Assert.Equal(offset, walk.Header.BaseOffset);
                    Assert.True(batches[offset].Span.SequenceEqual(walk.Batch));
                    offset = walk.Header.NextOffset;
                }
                if (read.Bytes.IsEmpty) Thread.Yield();
            }
        })).ToArray();
        foreach (var batch in batches) Volatile.Write(ref durable, (await Append(log, batch)).EndOffset);
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Readers_see_whole_batches_or_an_exception_while_the_log_is_trimmed_and_deleted()
    {
        var log = Open();
        var batches = await Fill(log, 200);
        var readers = Enumerable.Range(0, 2).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            while (true)
            {
                var offset = random.Next(200);
                try
                {
                    using var read = log.Read(offset, long.MaxValue, 2000);
                    Assert.True(read.Bytes.Span.StartsWith(batches[offset].Span));
                }
                catch (OffsetOutOfRangeException)
                {
                }
                catch (ObjectDisposedException)
                {
                    return;
                }
            }
        })).ToArray();
        for (var start = 10; start <= 190; start += 10) await log.TrimStartAsync(start);
        Store.Delete("orders-0");
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Replaces a range of sealed parts by some of their batches.</summary>
    static async Task Replace(ILog log, long fromOffset, long upToOffset, IEnumerable<ReadOnlyMemory<byte>> batches)
    {
        using var replacement = log.BeginReplacement(fromOffset, upToOffset);
        foreach (var batch in batches) await replacement.AddAsync(batch);
        await replacement.CommitAsync();
    }

    /// <summary>The base offsets of all batches that a reader gets who goes on behind each.</summary>
    static List<long> BasesRead(ILog log, long offset, int maxBytes = 1500)
    {
        var bases = new List<long>();
        while (offset < log.Bounds.EndOffset)
        {
            using var read = log.Read(offset, long.MaxValue, maxBytes);
            if (read.Bytes.IsEmpty) break;
            var walk = new BatchWalk(read.Bytes.Span);
            while (walk.MoveNext())
            {
                bases.Add(walk.Header.BaseOffset);
                offset = walk.Header.NextOffset;
            }
        }
        return bases;
    }

    static void AssertTile(ILog log)
    {
        var parts = log.Parts();
        Assert.True(parts[0].BaseOffset <= log.Bounds.StartOffset);
        Assert.Equal(log.Bounds.EndOffset, parts[^1].NextOffset);
        for (var at = 1; at < parts.Count; at++) Assert.Equal(parts[at - 1].NextOffset, parts[at].BaseOffset);
        Assert.Equal([.. Enumerable.Repeat(true, parts.Count - 1), false], parts.Select(part => part.IsSealed));
    }

    [Fact]
    public async Task Parts_say_where_they_begin_and_end_how_large_they_are_and_how_new()
    {
        using var log = Open();
        Assert.Equal([new LogPart(0, 0, 0, -1, false, false)], log.Parts());
        var batches = await Fill(log, 100);
        AssertTile(log);
        var parts = log.Parts();
        Assert.InRange(parts.Count, 3, 10);
        foreach (var part in parts)
        {
            Assert.Equal(batches[(int)part.BaseOffset..(int)part.NextOffset].Sum(batch => batch.Length), part.SizeInBytes);
            Assert.Equal(TestBatches.FirstTimestamp + (part.NextOffset - 1) * 10, part.LargestTimestamp);
        }
        await log.TrimStartAsync(parts[1].BaseOffset + 1);
        Assert.Equal(parts.Skip(1), log.Parts());
    }

    [Fact]
    public async Task Parts_are_replaced_by_some_of_their_batches_and_what_is_read_rises_over_the_gaps()
    {
        using (var log = Open())
        {
            var batches = await Fill(log, 150);
            var (from, upTo) = (log.Parts()[1].BaseOffset, log.Parts()[3].NextOffset);
            bool IsKept(long offset) => offset < from || offset >= upTo || (offset % 3 == 0 && offset < upTo - 10);
            await Replace(log, from, upTo, batches.Where((_, offset) => offset >= from && offset < upTo && IsKept(offset)));
            Assert.Equal(new LogBounds(0, 150), log.Bounds);
            CheckGaps(log, batches, IsKept);
            Assert.Equal(batches[150 - 1].Length, batches[^1].Length);
            Assert.Equal(151, (await Append(log, TestBatches.Of(150))).EndOffset);
        }
        await Restart();
        using var again = Open();
        Assert.True(again.Recovery.WasClean);
        Assert.Contains(again.Parts(), part => part.WasReplaced);
        Assert.Equal(TestBatches.Of(150).ToArray(), ReadOn(again, 150));
    }

    void CheckGaps(ILog log, List<ReadOnlyMemory<byte>> batches, Func<long, bool> isKept)
    {
        AssertTile(log);
        Assert.Empty(log.Holes);
        var kept = Enumerable.Range(0, batches.Count).Select(offset => (long)offset).Where(isKept).ToList();
        foreach (var offset in Enumerable.Range(0, batches.Count).Where(offset => offset % 4 == 0)) Assert.Equal(kept.Where(at => at >= offset), BasesRead(log, offset));
        for (var offset = 0; offset < batches.Count; offset++)
        {
            // Where nothing is, the next batch is read; never one of an upper bound that is reached before.
            var next = kept.Find(at => at >= offset);
            using (var read = log.Read(offset, long.MaxValue, 1)) Assert.Equal(batches[(int)next].ToArray(), read.Bytes.ToArray());
            using (var none = log.Read(offset, next, 1000)) Assert.True(none.Bytes.IsEmpty);
            var timestamp = TestBatches.FirstTimestamp + offset * 10;
            Assert.Equal(new TimestampedOffset(next, TestBatches.FirstTimestamp + next * 10), log.FindOffset(timestamp, long.MaxValue));
            var last = kept.FindLast(at => at <= offset);
            Assert.Equal(new TimestampedOffset(last, TestBatches.FirstTimestamp + last * 10), log.FindMaxTimestamp(offset + 1));
        }
    }

    [Fact]
    public async Task Gaps_inside_a_batch_keep_the_other_records_at_their_offsets()
    {
        using var log = Open();
        var batches = new List<ReadOnlyMemory<byte>>();
        while (log.Parts().Count < 3)
        {
            var offset = log.Bounds.EndOffset;
            batches.Add(TestBatches.Of(offset, 10, 300, TestBatches.FirstTimestamp + offset * 10));
            await Append(log, batches[^1]);
        }
        var upTo = log.Parts()[1].NextOffset;
        await Replace(log, 0, upTo, batches.Where(batch => TestBatches.End(batch) <= upTo).Select(batch => TestBatches.Without(batch, delta => delta % 2 == 0 || delta > 5)));
        var bases = BasesRead(log, 0);
        Assert.Equal(batches.Select(batch => TestBatches.End(batch) - 10), bases);
        Assert.Equal(new TimestampedOffset(1, TestBatches.FirstTimestamp + 1), log.FindOffset(0, long.MaxValue));
        Assert.Equal(new TimestampedOffset(11, TestBatches.FirstTimestamp + 101), log.FindOffset(TestBatches.FirstTimestamp + 6, long.MaxValue));
        Assert.Equal(new TimestampedOffset(5, TestBatches.FirstTimestamp + 5), log.FindMaxTimestamp(10));
        using var read = log.Read(8, long.MaxValue, 1);
        Assert.True(TestBatches.Without(batches[0], delta => delta % 2 == 0 || delta > 5).Span.SequenceEqual(read.Bytes.Span));
    }

    [Fact]
    public async Task The_timestamp_of_an_emptied_batch_is_no_records_any_more()
    {
        using (var log = Open())
        {
            var batches = await Fill(log, 150);
            var upTo = log.Parts()[1].NextOffset;
            await Replace(log, 0, upTo, batches.Take((int)upTo).Select((batch, offset) => offset % 10 == 0 ? batch : TestBatches.Without(batch, _ => true)));
            await log.TrimStartAsync(1);
        }
        await Restart();
        using var again = Open();
        var end = again.Parts()[0].NextOffset;
        var last = (end - 1) / 10 * 10;
        Assert.Equal(new TimestampedOffset(last, TestBatches.FirstTimestamp + last * 10), again.FindMaxTimestamp(end));
        Assert.Equal(new TimestampedOffset(last, TestBatches.FirstTimestamp + last * 10), again.FindMaxTimestamp(last + 1));
        Assert.Equal(TestBatches.FirstTimestamp + last * 10, again.Parts()[0].LargestTimestamp);
        Assert.Equal(new TimestampedOffset(10, TestBatches.FirstTimestamp + 100), again.FindOffset(TestBatches.FirstTimestamp + 1, long.MaxValue));
        Assert.Equal(Enumerable.Range(1, 149).Select(offset => (long)offset), BasesRead(again, 1));
    }

    [Fact]
    public async Task Parts_are_replaced_again_and_again_also_by_nothing_and_a_part_without_batches_is_passed()
    {
        using var log = Open();
        var batches = await Fill(log, 150);
        var upTo = log.Parts()[^1].BaseOffset;
        await Replace(log, 0, upTo, batches.Take((int)upTo).Where((_, offset) => offset % 2 == 0));
        Assert.True(log.Parts().Count < 6);
        await Replace(log, 0, upTo, batches.Take((int)upTo).Where((_, offset) => offset % 50 == 0));
        Assert.Equal([0, 50, 100], BasesRead(log, 0).Where(offset => offset < upTo));
        await Replace(log, 0, upTo, []);
        Assert.Equal(upTo, BasesRead(log, 3)[0]);
        Assert.Equal((0, upTo, 0, -1), (log.Parts()[0].BaseOffset, log.Parts()[0].NextOffset, log.Parts()[0].SizeInBytes, log.Parts()[0].LargestTimestamp));
        Assert.Equal(upTo, log.FindOffset(0, long.MaxValue)!.Value.Offset);
        Assert.Null(log.FindMaxTimestamp(upTo));
        await log.TrimStartAsync(upTo);
        Assert.Equal(new LogBounds(upTo, 150), log.Bounds);
        AssertTile(log);
    }

    [Fact]
    public async Task A_reader_at_the_end_of_a_log_whose_last_batches_are_gone_waits_for_the_next()
    {
        using var log = Open();
        var batches = await Fill(log, 60);
        await log.TrimStartAsync(1);
        // The last part is new and empty.
        while (log.Parts()[^1].SizeInBytes > 0)
        {
            Time.Advance(TimeSpan.FromDays(8));
            batches.AddRange(await Fill(log, log.Bounds.EndOffset + 1));
            if (log.Parts()[^1].NextOffset - log.Parts()[^1].BaseOffset == 1) break;
        }
        var upTo = log.Parts()[^1].BaseOffset;
        await Replace(log, log.Parts()[0].BaseOffset, upTo, batches.Skip(1).Take(5));
        using (var none = log.Read(30, upTo, 1000)) Assert.True(none.Bytes.IsEmpty);
        using var next = log.Read(30, long.MaxValue, 1000);
        Assert.Equal(batches[(int)upTo].ToArray(), next.Bytes.ToArray());
    }

    [Fact]
    public async Task What_has_no_place_in_a_replacement_is_refused_and_changes_nothing()
    {
        using var log = Open();
        var batches = await Fill(log, 150);
        var parts = log.Parts();
        var (from, upTo) = (parts[1].BaseOffset, parts[2].NextOffset);
        Assert.Throws<ArgumentException>(() => log.BeginReplacement(from + 1, upTo));
        Assert.Throws<ArgumentException>(() => log.BeginReplacement(from, upTo - 1));
        Assert.Throws<ArgumentException>(() => log.BeginReplacement(from, from));
        Assert.Throws<ArgumentException>(() => log.BeginReplacement(upTo, from));
        // Never what is written to.
        Assert.Throws<ArgumentException>(() => log.BeginReplacement(parts[^1].BaseOffset, log.Bounds.EndOffset));
        using (var replacement = log.BeginReplacement(from, upTo))
        {
            Assert.Throws<InvalidOperationException>(() => log.BeginReplacement(0, from));
            await replacement.AddAsync(batches[(int)from + 3]);
            foreach (var offset in new[] { from, from + 3, upTo, 0 }) await Assert.ThrowsAsync<ArgumentException>(async () => await replacement.AddAsync(batches[(int)offset]));
            await Assert.ThrowsAsync<ArgumentException>(async () => await replacement.AddAsync(batches[(int)from + 4][..^1]));
            await Assert.ThrowsAsync<ArgumentException>(async () => await replacement.AddAsync(TestBatches.Joined(batches[(int)from + 4], batches[(int)from + 5])));
            var damaged = batches[(int)from + 4].ToArray();
            damaged[^1] ^= 1;
            await Assert.ThrowsAsync<ArgumentException>(async () => await replacement.AddAsync(damaged));
        }
        Assert.Equal(parts, log.Parts());
        Assert.Equal(TestBatches.Joined(batches), ReadOn(log, 0));
        await Replace(log, from, upTo, [batches[(int)from + 3]]);
        Assert.Equal(150 - (upTo - from) + 1, BasesRead(log, 0).Count);
    }

    [Fact]
    public async Task A_replacement_is_thrown_away_when_the_log_ends()
    {
        var log = Open();
        var batches = await Fill(log, 100);
        var upTo = log.Parts()[0].NextOffset;
        var replacement = log.BeginReplacement(0, upTo);
        await replacement.AddAsync(batches[0]);
        log.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await replacement.CommitAsync());
        using (var again = Open())
        {
            Assert.Equal(TestBatches.Joined(batches), ReadOn(again, 0));
            await Replace(again, 0, upTo, [batches[1]]);
            replacement.Dispose();
            Assert.Equal([1, upTo], BasesRead(again, 0)[..2]);
            var late = again.BeginReplacement(0, upTo);
            Store.Delete("orders-0");
            await Assert.ThrowsAnyAsync<ObjectDisposedException>(async () => await late.CommitAsync());
        }
        using var anew = Open();
        Assert.Equal(new LogBounds(0, 0), anew.Bounds);
    }

    [Fact]
    public async Task What_is_trimmed_while_its_part_is_replaced_stays_trimmed()
    {
        using var log = Open();
        var batches = await Fill(log, 200);
        var parts = log.Parts();
        using (var replacement = log.BeginReplacement(0, parts[3].NextOffset))
        {
            foreach (var batch in batches.Take((int)parts[3].NextOffset).Where((_, offset) => offset % 5 == 0)) await replacement.AddAsync(batch);
            await log.TrimStartAsync(parts[2].BaseOffset + 1);
            batches.AddRange(await Fill(log, 260));
            await replacement.CommitAsync();
        }
        Assert.Equal(parts[2].BaseOffset + 1, log.Bounds.StartOffset);
        AssertTile(log);
        bool IsKept(long offset) => offset > parts[2].BaseOffset && (offset >= parts[3].NextOffset || offset % 5 == 0);
        Assert.Equal(Enumerable.Range(0, 260).Select(offset => (long)offset).Where(IsKept), BasesRead(log, log.Bounds.StartOffset));
        Assert.Throws<OffsetOutOfRangeException>(() => log.Read(parts[2].BaseOffset, long.MaxValue, 1000));
        // All of what is being replaced goes.
        using (var replacement = log.BeginReplacement(log.Parts()[0].BaseOffset, log.Parts()[0].NextOffset))
        {
            var gone = log.Parts()[0].NextOffset;
            await log.TrimStartAsync(250);
            await replacement.CommitAsync();
            Assert.True(log.Parts()[0].BaseOffset >= gone);
        }
        Assert.Equal(Enumerable.Range(250, 10).Select(offset => (long)offset), BasesRead(log, 250));
    }

    [Fact]
    public async Task Snapshots_of_offsets_in_what_is_replaced_stay()
    {
        using var log = Open();
        var batches = await Fill(log, 150);
        var (inside, upTo) = (log.Parts()[1].BaseOffset, log.Parts()[2].NextOffset);
        log.SaveSnapshot(inside, [5]);
        log.SaveSnapshot(inside + 3, [6]);
        await Replace(log, 0, upTo, batches.Take(1));
        Assert.Equal((inside + 3, 6), (log.LoadSnapshot()!.Offset, log.LoadSnapshot()!.Content.Span[0]));
        Assert.Equal((inside, 5), (log.LoadSnapshot(below: inside + 3)!.Offset, log.LoadSnapshot(below: inside + 3)!.Content.Span[0]));
    }

    [Fact]
    public async Task Readers_and_the_writer_go_on_while_parts_are_replaced_under_them()
    {
        using var log = Open();
        var batches = Enumerable.Range(0, 900).Select(offset => TestBatches.Of(offset, 1, 100 + offset % 300, TestBatches.FirstTimestamp + offset)).ToArray();
        var isOver = false;
        var readers = Enumerable.Range(0, 2).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            var reads = 0;
            for (; !Volatile.Read(ref isOver) || reads == 0; reads++)
            {
                var (from, end) = (random.NextInt64(log.Bounds.EndOffset + 1), log.Bounds.EndOffset);
                using var read = log.Read(from, end, 2000);
                var walk = new BatchWalk(read.Bytes.Span);
                var due = from;
                while (walk.MoveNext())
                {
                    Assert.True(walk.Header.BaseOffset >= due);
                    Assert.True(batches[walk.Header.BaseOffset].Span.SequenceEqual(walk.Batch));
                    // Every fifth is in all of the replacements.
                    Assert.True(walk.Header.BaseOffset <= (due + 4) / 5 * 5);
                    due = walk.Header.NextOffset;
                }
                if (log.FindMaxTimestamp(end) is { } largest) Assert.InRange(largest.Offset, end - 5, end - 1);
                if (log.FindOffset(TestBatches.FirstTimestamp + from, end) is { } found) Assert.InRange(found.Offset, from, (from + 4) / 5 * 5);
            }
            Assert.Empty(log.Holes);
        })).ToArray();
        var replacing = Task.Run(async () =>
        {
            for (var turn = 2; !Volatile.Read(ref isOver); turn++)
            {
                if (log.Parts() is not { Count: > 1 } parts) continue;
                var upTo = parts[^1].BaseOffset;
                // Fewer of them each time; nothing that is gone comes back.
                await Replace(log, 0, upTo, batches.Take((int)upTo).Where((_, offset) => offset % 5 == 0 || (turn == 2 && offset % 2 == 0)));
            }
        });
        foreach (var batch in batches) await Append(log, batch);
        Volatile.Write(ref isOver, true);
        await Task.WhenAll([.. readers, replacing]).WaitAsync(TimeSpan.FromSeconds(60));
        AssertTile(log);
        Assert.Empty(log.Holes);
    }
}
