using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>A forced write that fails is never taken for one that succeeded.</summary>
public sealed class ForceTests
{
    const int BadDescriptor = 9, InputOutput = 5;

    /// <summary>Fails for the files that a test names.</summary>
    sealed class FailingForce : IForce
    {
        public Func<string, bool> Fails { get; set; } = _ => false;

        public void File(SafeFileHandle file, string path)
        {
            if (Fails(path)) throw new ForceFailedException(path, InputOutput);
        }

        public void Directory(string path)
        {
            if (Fails(path)) throw new ForceFailedException(path, InputOutput);
        }
    }

    readonly FailingForce _force = new();

    [Fact]
    public void The_device_reports_what_it_cannot_force()
    {
        // The runtime's own calls return normally for both of these.
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var notAFile = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        Assert.Contains("the pipe", Assert.Throws<ForceFailedException>(() => new DeviceForce().File(notAFile, "the pipe")).Message);
        using var closed = new SafeFileHandle(1_000_000, ownsHandle: false);
        Assert.Equal(BadDescriptor, Assert.Throws<ForceFailedException>(() => new DeviceForce().File(closed, "nothing")).Error);
    }

    [Fact]
    public void The_device_reports_a_folder_that_it_cannot_force()
    {
        using var folder = new TestFolder();
        new DeviceForce().Directory(folder.Path);
        Assert.Throws<ForceFailedException>(() => new DeviceForce().Directory(folder.Of("missing")));
    }

    [Fact]
    public async Task A_log_whose_name_could_not_be_forced_is_made_by_the_next_attempt()
    {
        using var folder = new SegmentFixture { Force = _force };
        await using (var store = folder.OpenStore())
        {
            _force.Fails = path => Path.GetFileName(path) == "logs";
            Assert.Throws<ForceFailedException>(() => SegmentFixture.Open(store));
            Assert.Empty(store.Names);
            _force.Fails = _ => false;
            await SegmentFixture.Fill(SegmentFixture.Open(store), 2);
        }
        await using var again = folder.OpenStore();
        Assert.Equal(["log"], again.Names);
        Assert.Equal(2, SegmentFixture.Open(again).Bounds.EndOffset);
    }

    [Fact]
    public async Task A_log_whose_name_could_not_be_taken_away_is_still_there_and_deleted_by_the_next_attempt()
    {
        using var folder = new SegmentFixture();
        var isWritable = false;
        await using (var store = new SegmentLogStore(folder.Options with { Points = new CrashPoints(point => { if (point == "log.delete.before-rename" && !isWritable) throw new IOException("read-only"); }) }))
        {
            await SegmentFixture.Fill(SegmentFixture.Open(store), 2);
            Assert.Throws<IOException>(() => store.Delete("log"));
            Assert.Equal(["log"], store.Names);
            await SegmentFixture.Fill(SegmentFixture.Open(store), 3);
            isWritable = true;
            store.Delete("log");
            Assert.Empty(store.Names);
        }
        await using var again = folder.OpenStore();
        Assert.Empty(again.Names);
        Assert.Equal(0, SegmentFixture.Open(again).Bounds.EndOffset);
    }

    [Fact]
    public async Task After_the_journal_failed_every_append_of_every_log_fails_until_the_store_is_opened_again()
    {
        using var running = new SegmentFixture { Force = _force };
        await using (var store = running.OpenStore())
        {
            var (one, other) = (SegmentFixture.Open(store), SegmentFixture.Open(store, "other"));
            await SegmentFixture.Fill(one, 2);
            await SegmentFixture.Fill(other, 2);
            _force.Fails = path => path.EndsWith(".journal", StringComparison.Ordinal);
            var failure = await Assert.ThrowsAsync<LogFailedException>(async () => await one.AppendAsync([TestBatches.Of(2)], 2));
            Assert.Contains(".journal", failure.Message);
            // The device is well again, but what it dropped is not known.
            _force.Fails = _ => false;
            await Assert.ThrowsAsync<LogFailedException>(async () => await one.AppendAsync([TestBatches.Of(3)], 3));
            await Assert.ThrowsAsync<LogFailedException>(async () => await other.AppendAsync([TestBatches.Of(2)], 2));
            Assert.Throws<LogFailedException>(() => other.SaveSnapshot(2, [1]));
            await Assert.ThrowsAsync<LogFailedException>(async () => await other.TrimStartAsync(1));
            // What is there can be read.
            using var read = other.Read(0, 2, 1);
            Assert.False(read.Bytes.IsEmpty);
        }
        await using var again = running.OpenStore();
        Assert.InRange(SegmentFixture.Open(again).Bounds.EndOffset, 2, 3);
        var log = SegmentFixture.Open(again, "other");
        Assert.Equal(2, log.Bounds.EndOffset);
        Assert.False(log.Recovery.WasClean);
        Assert.Equal(3, (await log.AppendAsync([TestBatches.Of(2)], 2)).EndOffset);
    }

    [Fact]
    public async Task After_a_segment_could_not_be_forced_in_the_background_the_store_takes_nothing_more()
    {
        using var running = new SegmentFixture { Force = _force };
        await using (var store = running.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            _force.Fails = path => path.EndsWith(".log", StringComparison.Ordinal);
            var failure = await Assert.ThrowsAsync<LogFailedException>(async () =>
            {
                while (true) await SegmentFixture.Fill(log, log.Bounds.EndOffset + 1, 900);
            });
            Assert.Contains(".log", failure.Message);
        }
        _force.Fails = _ => false;
        await using var again = running.OpenStore();
        // The journal still held everything that was acknowledged.
        Assert.True(SegmentFixture.Open(again).Bounds.EndOffset > 0);
    }

    [Fact]
    public async Task A_log_whose_folder_could_not_be_forced_ends_alone()
    {
        using var running = new SegmentFixture { Force = _force };
        await using var store = running.OpenStore();
        var (one, other) = (SegmentFixture.Open(store), SegmentFixture.Open(store, "other"));
        await SegmentFixture.Fill(one, 2);
        _force.Fails = path => path == running.LogFolder;
        await Assert.ThrowsAsync<LogFailedException>(async () =>
        {
            while (true) await SegmentFixture.Fill(one, one.Bounds.EndOffset + 1, 900);
        });
        await SegmentFixture.Fill(other, 3);
        _force.Fails = _ => false;
        var end = one.Bounds.EndOffset;
        one.Dispose();
        var again = SegmentFixture.Open(store);
        Assert.Equal(end, again.Bounds.EndOffset);
        await SegmentFixture.Fill(again, end + 5);
    }

    [Fact]
    public async Task A_snapshot_that_could_not_be_forced_leaves_the_one_before()
    {
        using var running = new SegmentFixture { Force = _force };
        await using var store = running.OpenStore();
        var log = SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 2);
        log.SaveSnapshot(1, [1]);
        _force.Fails = path => path.Contains(".snapshot", StringComparison.Ordinal);
        Assert.Contains(".snapshot", Assert.ThrowsAny<IOException>(() => log.SaveSnapshot(2, [2])).Message);
        Assert.Equal(1, log.LoadSnapshot()!.Offset);
        _force.Fails = _ => false;
        await SegmentFixture.Fill(log, 3);
    }

    [Fact]
    public async Task A_log_that_could_not_be_made_durable_is_not_there()
    {
        using var running = new SegmentFixture { Force = _force };
        await using (var store = running.OpenStore())
        {
            _force.Fails = path => path.EndsWith("log.descriptor", StringComparison.Ordinal);
            Assert.Throws<ForceFailedException>(() => SegmentFixture.Open(store));
            Assert.Empty(store.Names);
            _force.Fails = _ => false;
            Assert.Equal(0, SegmentFixture.Open(store).Bounds.EndOffset);
        }
    }

    [Fact]
    public async Task A_failed_write_ends_only_the_writer_of_its_log_and_what_it_left_is_cut_off()
    {
        using var running = new SegmentFixture();
        var isGone = false;
        await using var store = new SegmentLogStore(running.Options with { BeforeWrite = path => { if (isGone && path == running.LastSegment) throw new IOException("the device is gone"); } });
        var (one, other) = (SegmentFixture.Open(store), SegmentFixture.Open(store, "other"));
        await SegmentFixture.Fill(one, 3);
        // Half a batch lies after its end: a write that failed half way.
        isGone = true;
        SegmentFixture.Change(running.LastSegment, bytes => [.. bytes, .. TestBatches.Of(3).Span[..50]]);
        await Assert.ThrowsAsync<LogFailedException>(async () => await one.AppendAsync([TestBatches.Of(3)], 3));
        await Assert.ThrowsAsync<LogFailedException>(async () => await one.AppendAsync([TestBatches.Of(3)], 3));
        await SegmentFixture.Fill(other, 3);
        one.Dispose();
        isGone = false;
        var again = SegmentFixture.Open(store);
        Assert.Equal(3, again.Bounds.EndOffset);
        Assert.Equal(50, again.Recovery.TruncatedBytes);
        await SegmentFixture.Fill(again, 5);
    }
}
