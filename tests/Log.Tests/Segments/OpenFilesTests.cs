using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Tests.Segments;

/// <summary>Segments' files are an account: opened when needed, closed when not, and never with bytes that were not forced.</summary>
public sealed class OpenFilesTests
{
    /// <summary>Notes what is forced, and can fail.</summary>
    sealed class NotedForce : IForce
    {
        public ConcurrentQueue<string> Files { get; } = [];
        public bool Fails { get; set; }
        public bool HasFileSystem { get; set; }
        public int FileSystems;

        public void File(SafeFileHandle file, string path)
        {
            if (Fails) throw new ForceFailedException(path, 5);
            Files.Enqueue(path);
        }

        public void Directory(string path)
        {
        }

        public bool TryFileSystem(SafeFileHandle file, string path)
        {
            if (HasFileSystem) Interlocked.Increment(ref FileSystems);
            return HasFileSystem && !Fails;
        }
    }

    readonly NotedForce _force = new();

    static SegmentFile[] Create(OpenFiles files, TestFolder folder, int count)
    {
        SegmentFile[] all = [.. Enumerable.Range(0, count).Select(number => new SegmentFile(files, folder.Path, number, 0, SegmentName.LogSuffix))];
        foreach (var file in all) file.Create();
        return all;
    }

    static void Write(SegmentFile file, byte value) => file.Write([value], 0);

    static byte Read(SegmentFile file)
    {
        Span<byte> read = stackalloc byte[1];
        file.Read(read, 0);
        return read[0];
    }

    static int Descriptors(TestFolder folder) =>
        new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(entry => entry.LinkTarget?.StartsWith(folder.Path, StringComparison.Ordinal) == true);

    [Fact]
    public void No_more_files_are_open_than_the_limit_and_all_can_be_used()
    {
        using var folder = new TestFolder(inMemory: true);
        using var files = new OpenFiles(8, _force, TimeProvider.System);
        var all = Create(files, folder, 100);
        for (var at = 0; at < all.Length; at++)
        {
            Write(all[at], (byte)at);
            Assert.InRange(files.Count, 1, 8);
        }
        for (var at = 0; at < all.Length; at++) Assert.Equal(at, Read(all[at]));
        if (OperatingSystem.IsLinux()) Assert.Equal(files.Count, Descriptors(folder));
    }

    [Fact]
    public void A_file_is_forced_before_the_account_closes_it_and_not_when_nothing_was_written()
    {
        using var folder = new TestFolder(inMemory: true);
        using var files = new OpenFiles(4, _force, TimeProvider.System);
        var all = Create(files, folder, 12);
        foreach (var file in all) Read0(file);
        Assert.Empty(_force.Files);
        foreach (var file in all) Write(file, 1);
        files.CloseAllAtRest();
        Assert.Equal(0, files.Count);
        Assert.Equal(all.Select(file => file.Path).Order(), _force.Files.Order());

        static void Read0(SegmentFile file) => file.Read([], 0);
    }

    [Fact]
    public void A_file_that_cannot_be_forced_stays_open_and_the_store_is_told()
    {
        using var folder = new TestFolder(inMemory: true);
        var told = new List<Exception>();
        using var files = new OpenFiles(4, _force, TimeProvider.System) { Failed = told.Add };
        var all = Create(files, folder, 4);
        foreach (var file in all) Write(file, 1);
        _force.Fails = true;
        files.CloseAllAtRest();
        Assert.Equal(4, files.Count);
        Assert.IsType<ForceFailedException>(Assert.Single(told));
        Assert.All(all, file => Assert.True(file.IsUnforced));
        // Others are still served, above the limit.
        var other = new SegmentFile(files, folder.Path, 4, 0, SegmentName.LogSuffix);
        other.Create();
        Assert.Equal(5, files.Count);
    }

    [Fact]
    public void Many_written_files_are_forced_by_one_call_where_the_system_has_one_and_singly_when_that_proves_nothing()
    {
        using var folder = new TestFolder(inMemory: true);
        using var files = new OpenFiles(100, _force, TimeProvider.System);
        var all = Create(files, folder, 64);
        foreach (var file in all) Write(file, 1);
        _force.HasFileSystem = true;
        files.CloseAllAtRest();
        Assert.Equal((1, 0, 0), (_force.FileSystems, _force.Files.Count, files.Count));
        foreach (var file in all) Write(file, 2);
        _force.HasFileSystem = false;
        files.CloseAllAtRest();
        Assert.Equal((64, 0), (_force.Files.Count, files.Count));
    }

    [Fact]
    public void A_file_in_use_is_not_closed()
    {
        using var folder = new TestFolder(inMemory: true);
        using var files = new OpenFiles(4, _force, TimeProvider.System);
        var file = Create(files, folder, 1)[0];
        var handle = file.Hold(out _)!;
        files.CloseAllAtRest();
        Assert.Equal((1, false), (files.Count, handle.IsClosed));
        file.Dispose();
        Assert.False(handle.IsClosed);
        Assert.Throws<ObjectDisposedException>(() => Write(file, 1));
        file.LetGo();
        Assert.Equal((0, true), (files.Count, handle.IsClosed));
    }

    [Fact]
    public void Files_that_nobody_uses_any_more_are_closed_but_for_a_few()
    {
        using var folder = new TestFolder(inMemory: true);
        var time = new ManualTime();
        var due = 0;
        using var files = new OpenFiles(1000, _force, time) { Due = () => due++ };
        var all = Create(files, folder, OpenFiles.KeptAtRest + 72);
        Write(all[0], 1);
        // The first look finds that all have been used.
        time.Advance(OpenFiles.RestPeriod);
        Assert.Equal(1, due);
        files.CloseRested();
        Assert.Equal(all.Length, files.Count);
        Write(all[1], 1);
        time.Advance(OpenFiles.RestPeriod);
        Assert.Equal(2, due);
        files.CloseRested();
        Assert.Equal(OpenFiles.KeptAtRest, files.Count);
        // As few as these stay for ever.
        time.Advance(OpenFiles.RestPeriod * 10);
        Assert.Equal(2, due);
        foreach (var file in all) Read(file, file == all[0] || file == all[1] ? 1 : 0);

        static void Read(SegmentFile file, int expected) => file.Read(new byte[expected], 0);
    }

    [Fact]
    public async Task Readers_and_writers_of_many_files_at_once_never_meet_one_that_was_closed_under_them()
    {
        using var folder = new TestFolder(inMemory: true);
        using var files = new OpenFiles(8, _force, TimeProvider.System);
        var all = Create(files, folder, 64);
        for (var at = 0; at < all.Length; at++) Write(all[at], (byte)at);
        var closing = new CancellationTokenSource();
        var closer = Task.Run(() => { while (!closing.IsCancellationRequested) files.CloseAllAtRest(); });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Random(worker);
            for (var step = 0; step < 5_000; step++)
            {
                var at = random.Next(all.Length);
                if (step % 2 == 0) Write(all[at], (byte)at);
                else Assert.Equal(at, Read(all[at]));
            }
        })));
        await closing.CancelAsync();
        await closer;
        files.CloseAllAtRest();
        Assert.Equal(0, files.Count);
        Assert.All(all, file => Assert.False(file.IsUnforced));
    }

    [Fact]
    public async Task Two_hundred_logs_live_with_sixteen_files()
    {
        const int logs = 200, limit = 16;
        using var folder = new SegmentFixture();
        var options = folder.Options with { MostOpenFiles = limit, JournalFileBytes = 1 << 20 };
        await using (var store = new SegmentLogStore(options))
        {
            var all = Enumerable.Range(0, logs).Select(number => SegmentFixture.Open(store, $"log{number}")).ToList();
            // Some of them get several segments.
            for (var end = 1; end <= 3; end++)
                foreach (var log in all) await SegmentFixture.Fill(log, log.Name.EndsWith('7') ? end * 12 : end, 900);
            foreach (var log in all)
            {
                using var read = log.Read(0, log.Bounds.EndOffset, 1 << 20);
                Assert.False(read.Bytes.IsEmpty);
            }
            if (OperatingSystem.IsLinux()) Assert.InRange(Descriptors(folder.Folder), 1, limit + 8);
        }
        await using var again = new SegmentLogStore(options);
        foreach (var number in Enumerable.Range(0, logs))
        {
            var log = SegmentFixture.Open(again, $"log{number}");
            Assert.True(log.Recovery.WasClean, log.Recovery.Detail);
            Assert.Equal(number % 10 == 7 ? 36 : 3, log.Bounds.EndOffset);
        }
        if (OperatingSystem.IsLinux()) Assert.InRange(Descriptors(folder.Folder), 0, limit + 8);
    }
}
