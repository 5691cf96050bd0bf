using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>Many logs are closed with as few forced writes as one, and a crash on the way loses nothing.</summary>
public sealed class ClosingTests
{
    const int Logs = 50, End = 3;

    sealed class CountedForce(bool hasFileSystem) : IForce
    {
        public ConcurrentQueue<string> Forced { get; } = [];
        public int FileSystems;

        /// <summary>From this call on the whole proves nothing.</summary>
        public int FileSystemsThatSucceed { get; init; } = int.MaxValue;

        public void File(SafeFileHandle file, string path) => Forced.Enqueue(path);
        public void Directory(string path) => Forced.Enqueue(path);
        public bool TryFileSystem(SafeFileHandle file, string path) => hasFileSystem && Interlocked.Increment(ref FileSystems) <= FileSystemsThatSucceed;
    }

    static async Task FillAll(SegmentLogStore store)
    {
        foreach (var number in Enumerable.Range(0, Logs)) await SegmentFixture.Fill(SegmentFixture.Open(store, $"log{number}"), End);
    }

    static async Task Close(SegmentLogStore store, IEnumerable<ILog> logs)
    {
        store.Closing();
        foreach (var log in logs)
        {
            log.SaveSnapshot(log.Bounds.EndOffset, [1, 2, 3]);
            log.Dispose();
        }
        await store.DisposeAsync();
        Assert.Null(store.NotClosed);
    }

    static async Task ExpectClean(SegmentFixture folder)
    {
        await using var again = folder.OpenStore();
        foreach (var number in Enumerable.Range(0, Logs))
        {
            var log = SegmentFixture.Open(again, $"log{number}");
            Assert.True(log.Recovery.WasClean, log.Recovery.Detail);
            Assert.Equal((End, End), (log.Bounds.EndOffset, log.LoadSnapshot()!.Offset));
        }
        Assert.All(Enumerable.Range(0, Logs), number => Assert.Single(Directory.GetFiles(folder.Folder.Of("logs", $"log{number}"), "*.snapshot")));
    }

    [Fact]
    public async Task A_log_whose_folder_is_about_to_go_says_no_more_how_far_it_is_forced()
    {
        using var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        var log = (SegmentLog)SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 40);
        Assert.NotNull(log.Known);
        log.Abandon();
        // Its segments count as needing nothing more, whether they were forced or not: the power may go before the folder does.
        Assert.Null(log.Known);
    }

    [LinuxTheory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Logs_that_are_closed_together_are_forced_together_where_the_file_system_can_be(int succeed)
    {
        var force = new CountedForce(hasFileSystem: true) { FileSystemsThatSucceed = succeed };
        using var folder = new SegmentFixture { Force = force, JournalFileBytes = 1 << 20 };
        var store = folder.OpenStore();
        await FillAll(store);
        await store.DisposeAsync();
        var reopened = folder.OpenStore();
        var logs = Enumerable.Range(0, Logs).Select(number => SegmentFixture.Open(reopened, $"log{number}")).ToList();
        force.Forced.Clear();
        force.FileSystems = 0;
        await Close(reopened, logs);
        // Without that each of them is, as one that failed proves nothing.
        if (succeed == int.MaxValue) Assert.InRange(force.Forced.Count, 0, 5);
        else Assert.InRange(force.Forced.Count(path => path.Contains(".snapshot", StringComparison.Ordinal)), Logs, 2 * Logs);
        await ExpectClean(folder);
    }

    [LinuxTheory]
    [InlineData(UnforcedBytes.Gone)]
    [InlineData(UnforcedBytes.AllThere)]
    [InlineData(UnforcedBytes.SomePages)]
    [InlineData(UnforcedBytes.Zeros)]
    public async Task A_power_cut_while_logs_are_closed_together_loses_nothing_and_leaves_a_snapshot(UnforcedBytes unforced)
    {
        using var folder = new TestFolder(inMemory: true);
        using var disk = new PowerCutDisk(folder.Path) { HasFileSystem = true };
        var crashes = new List<(string Point, TestFolder Folder)>();
        var random = new Random(3);
        var isClosing = false;
        var options = new SegmentFixture(folder: folder).Options;
        var store = new SegmentLogStore(options with { Force = disk, Points = new CrashPoints(At) });
        var names = new[] { "one", "two", "three" };
        var logs = names.Select(name => SegmentFixture.Open(store, name)).ToList();
        foreach (var log in logs)
        {
            await SegmentFixture.Fill(log, 40);
            log.SaveSnapshot(40, [4, 0]);
            await SegmentFixture.Fill(log, 45);
        }
        store.Closing();
        isClosing = true;
        foreach (var log in logs)
        {
            log.SaveSnapshot(45, [4, 5]);
            log.Dispose();
        }
        await store.DisposeAsync();
        Assert.Contains(crashes, crash => crash.Point == "shutdown.before-force");
        foreach (var (point, crashed) in crashes)
        {
            using (var fixture = new SegmentFixture(folder: crashed))
            {
                await using var again = fixture.OpenStore();
                foreach (var name in names)
                {
                    var log = SegmentFixture.Open(again, name);
                    Assert.True(log.Bounds.EndOffset == 45, $"{name} at {point}");
                    var snapshot = log.LoadSnapshot();
                    Assert.Equal(snapshot!.Offset == 45 ? [4, 5] : [4, 0], snapshot.Content.ToArray());
                }
            }
        }

        void At(string point)
        {
            if (!Volatile.Read(ref isClosing)) return;
            lock (crashes) crashes.Add((point, disk.Cut(unforced, random)));
        }
    }
}
