using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Semel.Broker.Compaction;
using Semel.Broker.Tests.Support;
using Semel.Log;
using Semel.Log.Memory;
using Semel.Log.Segments;
using Semel.Peers;
using Xunit.Abstractions;

namespace Semel.Broker.Tests.Compaction;

/// <summary>State logs stay small while they are written to: how often a key was written does not show in the folder. SEMEL_COMPACTION_APPENDS sets how many appends the long run takes.</summary>
public sealed class CompactionWorkerTests(ITestOutputHelper output) : IDisposable
{
    const int Keys = 1000, Usual = 2_000_000;
    const long MostBytes = 64 << 20;

    readonly string _folder = Directory.CreateTempSubdirectory("semel-compaction-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static int Appends => int.TryParse(Surroundings.Variable("SEMEL_COMPACTION_APPENDS"), CultureInfo.InvariantCulture, out var appends) ? appends : Usual;

    static readonly LogOptions Options = new() { SegmentBytes = 2 << 20 };

    SegmentLogStore OpenStore() => new(new SegmentStoreOptions { Directory = _folder, Flush = FlushMode.Os });

    static CompactionWorker Worker(CompactionSettings? settings = null, CaughtLines? lines = null) => new(settings ?? new(), TimeProvider.System, lines ?? (Microsoft.Extensions.Logging.ILogger)NullLogger.Instance);

    long FolderBytes() => new DirectoryInfo(_folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    [Fact]
    public async Task Millions_of_appends_of_a_thousand_keys_end_in_a_small_folder_with_the_newest_of_each()
    {
        var appends = new KeyedAppends(Keys);
        await using (var store = OpenStore())
        {
            appends.Log = store.Create("state-0", Options);
            await using var worker = Worker();
            await appends.Append(Appends, () => worker.Request(appends));
            await worker.Idle;
            worker.Request(appends);
            await worker.Idle;
            Assert.InRange(appends.Check(), Keys, Appends / 10);
        }
        output.WriteLine($"{Appends} appends of {Keys} keys left {FolderBytes()} bytes");
        Assert.InRange(FolderBytes(), 1, MostBytes);
        await using var again = OpenStore();
        using var log = again.Open("state-0", Options);
        appends.Log = log;
        Assert.True(log.Recovery.WasClean);
        Assert.Equal(Appends, log.Bounds.EndOffset);
        appends.Check();
    }

    [Fact]
    public async Task Keys_that_do_not_fit_into_memory_at_once_are_compacted_all_the_same()
    {
        var appends = new KeyedAppends(5000);
        await using var store = OpenStore();
        using var log = store.Create("state-0", Options with { SegmentBytes = 256 << 10 });
        appends.Log = log;
        await using var worker = Worker(new CompactionSettings { KeyBytes = 64 << 10, StepBytes = 1 << 20 });
        await appends.Append(60_000, () => { });
        worker.Request(appends);
        await worker.Idle;
        Assert.InRange(appends.Check(), 5000, 10_000);
        Assert.Contains(log.Parts(), part => part.WasReplaced);
    }

    [Fact]
    public async Task Nothing_at_or_above_the_last_stable_offset_is_touched_and_too_little_is_not_worth_it()
    {
        var appends = new KeyedAppends(10);
        await using var store = new MemoryLogStore();
        using var log = store.Create("state-0", Options with { SegmentBytes = 64 << 10 });
        appends.Log = log;
        await using var worker = Worker();
        await appends.Append(5000, () => { });
        appends.BoundIs = 0;
        worker.Request(appends);
        await worker.Idle;
        Assert.DoesNotContain(log.Parts(), part => part.WasReplaced);
        var parts = log.Parts();
        appends.BoundIs = parts[2].NextOffset - 1;
        worker.Request(appends);
        await worker.Idle;
        Assert.Equal(parts.Skip(2), log.Parts().SkipWhile(part => part.WasReplaced));
        appends.BoundIs = null;
        worker.Request(appends);
        await worker.Idle;
        var (compacted, records) = (log.Parts(), appends.Check());
        // Nothing was appended since: nothing is done again.
        worker.Request(appends);
        await worker.Idle;
        Assert.Equal(compacted, log.Parts());
        Assert.Equal(records, appends.Check());
    }

    [Fact]
    public async Task A_snapshot_below_what_is_compacted_goes_and_the_newest_stays()
    {
        var appends = new KeyedAppends(10);
        await using var store = OpenStore();
        using var log = store.Create("state-0", Options with { SegmentBytes = 64 << 10 });
        appends.Log = log;
        await appends.Append(2000, () => { });
        log.SaveSnapshot(log.Parts()[1].BaseOffset, [1]);
        log.SaveSnapshot(2000, [2]);
        await using var worker = Worker();
        worker.Request(appends);
        await worker.Idle;
        Assert.Equal(2000, log.LoadSnapshot()!.Offset);
        Assert.Null(log.LoadSnapshot(below: 2000));
    }

    [Fact]
    public async Task What_goes_wrong_is_told_once_harms_nothing_and_is_tried_again()
    {
        var lines = new CaughtLines();
        var appends = new KeyedAppends(10);
        await using var store = new MemoryLogStore();
        using var log = store.Create("state-0", Options with { SegmentBytes = 64 << 10 });
        appends.Log = log;
        await appends.Append(5000, () => { });
        store.MakeHole("state-0", 10, 20);
        await using var worker = Worker(lines: lines);
        for (var request = 0; request < 3; request++)
        {
            worker.Request(appends);
            await worker.Idle;
        }
        Assert.Single(lines.All, line => line.Id == 231);
        Assert.DoesNotContain(log.Parts(), part => part.WasReplaced);
        await log.TrimStartAsync(20);
        worker.Request(appends);
        await worker.Idle;
        Assert.Contains(log.Parts(), part => part.WasReplaced);
        appends.Check();
    }

    [Fact]
    public async Task A_log_that_is_not_open_or_closed_meanwhile_and_a_worker_that_stops_end_well()
    {
        var lines = new CaughtLines();
        var appends = new KeyedAppends(10);
        await using var store = OpenStore();
        var worker = Worker(lines: lines);
        worker.Request(appends);
        await worker.Idle;
        appends.Log = store.Create("state-0", Options with { SegmentBytes = 64 << 10 });
        await appends.Append(5000, () => { });
        appends.Log.Dispose();
        worker.Request(appends);
        await worker.Idle;
        appends.Log = store.Open("state-0", Options);
        worker.Request(appends);
        await worker.DisposeAsync();
        worker.Request(appends);
        await worker.Idle;
        appends.Check();
        Assert.Empty(lines.All);
    }
}
