using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>A store goes on by itself when a full device has room again, and after forcing failed; whatever was acknowledged is there.</summary>
public sealed class FullDeviceTests : IDisposable
{
    readonly SegmentFixture _folder = new();
    readonly DroppingDisk _disk = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A disk that drops what it could not write, as an operating system does: the next forced write of the same pages succeeds and proves nothing.</summary>
    sealed class DroppingDisk : IForce
    {
        readonly ConcurrentDictionary<string, bool> _dropped = [];

        public Func<string, bool> Fails { get; set; } = _ => false;

        /// <summary>Files of which bytes are gone that nobody wrote again.</summary>
        public IEnumerable<string> Dropped => _dropped.Keys;

        public void Written(string path) => _dropped.TryRemove(path, out _);

        public void File(SafeFileHandle file, string path)
        {
            if (!Fails(path)) return;
            _dropped[path] = true;
            throw new ForceFailedException(path, 28);
        }

        public void Directory(string path)
        {
        }
    }

    SegmentStoreOptions Options(Func<string, bool> isFull) => _folder.Options with
    {
        Force = _disk,
        BeforeWrite = path =>
        {
            if (isFull(path)) throw DeviceErrors.Full(path);
            _disk.Written(path);
        },
        Points = new CrashPoints(point =>
        {
            if (point.EndsWith(".before-write", StringComparison.Ordinal) && isFull(point)) throw DeviceErrors.Full(point);
        }),
    };

    /// <summary>What a sequencer does: it goes on with the log it opens again.</summary>
    static async Task<ILog> FillOpeningAgain(SegmentLogStore store, ILog log, long endOffset, Func<int, bool> goOn)
    {
        for (var failures = 0; ;)
        {
            try
            {
                await SegmentFixture.Fill(log, endOffset);
                return log;
            }
            catch (LogFailedException) when (goOn(++failures))
            {
                log.Dispose();
                while (TryOpen(store, log.Name) is var again)
                {
                    if (again is null && !goOn(++failures)) throw;
                    if (again is null) continue;
                    log = again;
                    break;
                }
            }
        }
    }

    static ILog? TryOpen(SegmentLogStore store, string name)
    {
        try
        {
            return SegmentFixture.Open(store, name);
        }
        catch (IOException)
        {
            return null;
        }
    }

    async Task ExpectAfterACrash(params (string Name, long End)[] logs)
    {
        using var crashed = _folder.Crashed();
        await using var store = crashed.OpenStore();
        foreach (var (name, end) in logs)
        {
            var log = SegmentFixture.Open(store, name);
            Assert.Equal(end, log.Bounds.EndOffset);
            for (long at = 0; at < end;)
            {
                using var read = log.Read(at, end, 1);
                Assert.False(read.Bytes.IsEmpty);
                at = TestBatches.End(read.Bytes);
            }
        }
    }

    [Fact]
    public async Task A_journal_that_could_not_be_written_fails_its_appends_and_goes_on_with_the_next()
    {
        var isFull = false;
        await using var store = new SegmentLogStore(Options(path => isFull && path.EndsWith(".journal", StringComparison.Ordinal)));
        var (one, other) = (SegmentFixture.Open(store), SegmentFixture.Open(store, "other"));
        await SegmentFixture.Fill(one, 3);
        await SegmentFixture.Fill(other, 3);
        isFull = true;
        await Assert.ThrowsAsync<LogFailedException>(async () => await one.AppendAsync([TestBatches.Of(3)], 3));
        await Assert.ThrowsAsync<LogFailedException>(async () => await one.AppendAsync([TestBatches.Of(4)], 4));
        isFull = false;
        // A log whose append did not fail needs no opening.
        await SegmentFixture.Fill(other, 5);
        one.Dispose();
        one = SegmentFixture.Open(store);
        // The batch came through, though nobody was told so.
        Assert.Equal(4, one.Bounds.EndOffset);
        await SegmentFixture.Fill(one, 6);
        await ExpectAfterACrash(("log", 6), ("other", 5));
    }

    [Fact]
    public async Task Recovery_points_that_cannot_be_saved_are_saved_when_there_is_room_and_appends_meanwhile_fail_instead_of_waiting()
    {
        var isFull = false;
        await using var store = new SegmentLogStore(Options(path => isFull && path.StartsWith("recovery.points", StringComparison.Ordinal)));
        var log = SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 3, 900);
        isFull = true;
        // Two journal files of 64 KiB are full sooner or later.
        var failure = await Assert.ThrowsAsync<LogFailedException>(async () => await SegmentFixture.Fill(log, 1000, 900));
        Assert.Contains("No space left", failure.Message);
        isFull = false;
        var end = log.Bounds.EndOffset + 200;
        log.Dispose();
        log = await FillOpeningAgain(store, SegmentFixture.Open(store), end, _ => true);
        await ExpectAfterACrash(("log", end));
    }

    [Fact]
    public async Task A_segment_that_is_full_ends_its_log_until_it_is_opened_again()
    {
        var isFull = false;
        await using var store = new SegmentLogStore(Options(path => isFull && path.EndsWith(".log", StringComparison.Ordinal)));
        var log = SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 3);
        isFull = true;
        await Assert.ThrowsAsync<LogFailedException>(async () => await log.AppendAsync([TestBatches.Of(3)], 3));
        isFull = false;
        log = await FillOpeningAgain(store, log, 60, _ => true);
        await ExpectAfterACrash(("log", 60));
    }

    [Fact]
    public async Task A_clean_mark_that_cannot_be_written_is_told_and_the_next_start_recovers()
    {
        var isFull = false;
        var store = new SegmentLogStore(Options(path => isFull && path.StartsWith("recovery.points", StringComparison.Ordinal)));
        await SegmentFixture.Fill(SegmentFixture.Open(store), 30);
        isFull = true;
        await store.DisposeAsync();
        Assert.Contains("No space left", store.NotClosed);
        Assert.Empty(Directory.GetFiles(_folder.Folder.Path, "*" + AtomicFile.UnfinishedSuffix));
        await ExpectAfterACrash(("log", 30));
    }

    [Fact]
    public async Task Records_are_deleted_and_the_store_ends_in_order_on_a_full_device_because_a_reserve_is_given_up_for_that()
    {
        var isFull = false;
        // Whatever is written takes room, and there is none while the reserve is there.
        var reserve = _folder.Folder.Of(SpaceReserve.FileName);
        await using (var store = new SegmentLogStore(Options(_ => isFull && new FileInfo(reserve).Length > 0)))
        {
            var log = SegmentFixture.Open(store);
            await SegmentFixture.Fill(log, 100);
            Assert.InRange(new FileInfo(reserve).Length, 256 << 10, 4 << 20);
            isFull = true;
            await Assert.ThrowsAsync<LogFailedException>(async () => await log.AppendAsync([TestBatches.Of(100)], 100));
            log.Dispose();
            log = SegmentFixture.Open(store);
            log.SaveSnapshot(100, [1, 2, 3]);
            await log.TrimStartAsync(100);
            Assert.Equal(new LogBounds(100, 100), log.Bounds);
            Assert.Single(_folder.SegmentPaths);
            // There is room again, and the reserve is made anew; then the device gets full once more.
            isFull = false;
            await SegmentFixture.Fill(log, 160);
            await log.TrimStartAsync(150);
            Assert.NotEqual(0, new FileInfo(reserve).Length);
            isFull = true;
            await store.DisposeAsync();
            Assert.Null(store.NotClosed);
        }
        await using var again = _folder.OpenStore();
        var kept = SegmentFixture.Open(again);
        Assert.Equal(new LogBounds(150, 160), kept.Bounds);
    }

    /// <param name="surplus">Bytes of entries in the index files that recovery does not keep.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    public async Task A_start_on_a_full_device_serves_reads_and_writes_when_there_is_room(int surplus)
    {
        using var killed = await SegmentFixture.Killed(FlushMode.Disk, 30);
        foreach (var suffix in new[] { ".index", ".timeindex" })
            File.AppendAllBytes(Path.ChangeExtension(killed.LastSegment, suffix), new byte[surplus]);
        var isFull = true;
        await using (var store = new SegmentLogStore(killed.Options with
        {
            BeforeWrite = path => { if (isFull) throw DeviceErrors.Full(path); },
            Points = new CrashPoints(point => { if (isFull && point.EndsWith(".before-write", StringComparison.Ordinal)) throw DeviceErrors.Full(point); }),
        }))
        {
            var log = SegmentFixture.Open(store);
            Assert.Equal(30, log.Bounds.EndOffset);
            using (var read = log.Read(29, 30, 1)) Assert.False(read.Bytes.IsEmpty);
            await Assert.ThrowsAsync<LogFailedException>(async () => await log.AppendAsync([TestBatches.Of(30)], 30));
            isFull = false;
            await FillOpeningAgain(store, log, 40, _ => true);
        }
        Assert.Equal(0, new FileInfo(Path.ChangeExtension(killed.LastSegment, ".index")).Length % 8);
        await using var again = killed.OpenStore();
        Assert.Equal(40, SegmentFixture.Open(again).Bounds.EndOffset);
    }

    [Theory]
    [InlineData(".log")]
    [InlineData(".journal")]
    [InlineData(".index")]
    public async Task After_forcing_failed_the_store_begins_anew_and_what_the_system_dropped_is_written_again(string suffix)
    {
        var time = new ManualTime();
        await using (var store = new SegmentLogStore(Options(_ => false) with { Time = time }))
        {
            var (log, other, idle) = (SegmentFixture.Open(store), SegmentFixture.Open(store, "other"), SegmentFixture.Open(store, "idle"));
            await SegmentFixture.Fill(idle, 5);
            await SegmentFixture.Fill(other, 5);
            var failing = true;
            _disk.Fails = path => failing && path.EndsWith(suffix, StringComparison.Ordinal);
            var tries = 0;
            log = await FillOpeningAgain(store, log, 400, failures =>
            {
                // It goes on failing for a while.
                failing = ++tries < 3;
                time.Advance(TimeSpan.FromSeconds(2));
                return true;
            });
            Assert.InRange(tries, 3, 20);
            // Logs that nobody wrote to meanwhile are served, and end with the next append.
            using (var read = idle.Read(4, 5, 1)) Assert.False(read.Bytes.IsEmpty);
            other = await FillOpeningAgain(store, other, 8, failures => failures == 1);
            // Indexes are made again when they are missing; what was acknowledged is on the disk.
            Assert.DoesNotContain(_disk.Dropped, path => path.EndsWith(".log", StringComparison.Ordinal));
            await ExpectAfterACrash(("log", 400), ("other", 8), ("idle", 5));
        }
        await using var again = _folder.OpenStore();
        Assert.Equal(400, SegmentFixture.Open(again).Bounds.EndOffset);
    }
}
