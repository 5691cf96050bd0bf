using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

public sealed class CommitterTests
{
    static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    /// <summary>Counts forced writes of the journal and can hold them up.</summary>
    sealed class GatedForce : IForce
    {
        readonly ManualResetEventSlim _open = new(initialState: true);
        int _journalForces;

        public int JournalForces => Volatile.Read(ref _journalForces);
        public SemaphoreSlim Arrived { get; } = new(0);

        public void Hold() => _open.Reset();
        public void Release() => _open.Set();

        public void File(SafeFileHandle file, string path)
        {
            if (!path.EndsWith(".journal", StringComparison.Ordinal)) return;
            Interlocked.Increment(ref _journalForces);
            Arrived.Release();
            _open.Wait();
        }

        public void Directory(string path)
        {
        }
    }

    readonly GatedForce _force = new();

    [Fact]
    public async Task One_forced_write_serves_all_logs_that_wait()
    {
        using var folder = new SegmentFixture { Force = _force };
        await using var store = folder.OpenStore();
        var logs = Enumerable.Range(0, 40).Select(n => SegmentFixture.Open(store, $"log-{n}")).ToArray();
        await logs[0].AppendAsync([TestBatches.Of(0)], 0);
        while (await _force.Arrived.WaitAsync(0))
        {
        }
        _force.Hold();
        var first = logs[0].AppendAsync([TestBatches.Of(1)], 1).AsTask();
        await _force.Arrived.WaitAsync(Hang);
        var before = _force.JournalForces;
        var others = logs[1..].Select(log => log.AppendAsync([TestBatches.Of(0)], 0).AsTask()).ToArray();
        Assert.DoesNotContain(others, append => append.IsCompleted);
        _force.Release();
        await Task.WhenAll([first, .. others]).WaitAsync(Hang);
        Assert.Equal(before + 1, _force.JournalForces);
    }

    [Fact]
    public async Task An_append_is_not_done_before_it_is_forced()
    {
        using var folder = new SegmentFixture { Force = _force };
        await using var store = folder.OpenStore();
        var log = SegmentFixture.Open(store);
        await log.AppendAsync([TestBatches.Of(0)], 0);
        while (await _force.Arrived.WaitAsync(0))
        {
        }
        _force.Hold();
        var append = log.AppendAsync([TestBatches.Of(1)], 1).AsTask();
        await _force.Arrived.WaitAsync(Hang);
        Assert.False(append.IsCompleted);
        // It is there for readers that are allowed to see it, but no snapshot may build on it.
        Assert.Equal(2, log.Bounds.EndOffset);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.SaveSnapshot(2, [1]));
        _force.Release();
        await append.WaitAsync(Hang);
        log.SaveSnapshot(2, [1]);
    }

    [Fact]
    public async Task Code_after_an_append_may_wait_for_another_append()
    {
        using var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        var logs = Enumerable.Range(0, 4).Select(n => SegmentFixture.Open(store, $"log-{n}")).ToArray();
        await Task.WhenAll(logs.Select(log => Task.Run(async () =>
        {
            for (var offset = 0; offset < 50; offset += 2)
            {
                await log.AppendAsync([TestBatches.Of(offset)], offset);
                // Whichever thread this runs on, it must not be the only one that could commit.
                Blocking(log.AppendAsync([TestBatches.Of(offset + 1)], offset + 1));
            }
        }))).WaitAsync(Hang);
        Assert.All(logs, log => Assert.Equal(50, log.Bounds.EndOffset));

        await Task.Run(async () =>
        {
            await logs[0].AppendAsync([TestBatches.Of(50)], 50);
            Blocking(logs[1].AppendAsync([TestBatches.Of(50)], 50));
            Blocking(logs[2].AppendAsync([TestBatches.Of(50)], 50));
        }).WaitAsync(Hang);
    }

    /// <summary>What nobody should do, and what must not stop a broker nevertheless.</summary>
    static void Blocking(ValueTask<AppendOutcome> append) => Assert.True(append.AsTask().Wait(Hang));

    [Fact]
    public async Task A_store_may_be_disposed_by_the_code_after_an_append()
    {
        using var folder = new SegmentFixture();
        var store = folder.OpenStore();
        var log = SegmentFixture.Open(store);
        await Task.Run(async () =>
        {
            await log.AppendAsync([TestBatches.Of(0)], 0);
            await store.DisposeAsync();
        }).WaitAsync(Hang);
        await using var again = folder.OpenStore();
        Assert.Equal(1, SegmentFixture.Open(again).Bounds.EndOffset);
    }

    [Fact]
    public async Task Many_writers_of_many_logs_lose_nothing_and_mix_nothing_up()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore())
        {
            await Task.WhenAll(Enumerable.Range(0, 30).Select(n => Task.Run(async () =>
            {
                var log = SegmentFixture.Open(store, $"log-{n}");
                for (var offset = 0; offset < 60; offset++) Assert.Equal(offset + 1, (await log.AppendAsync([TestBatches.Of(offset, 1, 50 + n)], offset)).EndOffset);
            }))).WaitAsync(Hang);
            using var crashed = folder.Crashed();
            await using var recovered = crashed.OpenStore();
            foreach (var n in Enumerable.Range(0, 30))
            {
                var log = SegmentFixture.Open(recovered, $"log-{n}");
                Assert.Equal(60, log.Bounds.EndOffset);
                using var read = log.Read(30, long.MaxValue, 1);
                Assert.Equal(TestBatches.Of(30, 1, 50 + n).ToArray(), read.Bytes.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Where_the_system_gives_too_few_threads_appends_are_committed_all_the_same(int threads)
    {
        using var folder = new SegmentFixture { TryStartThread = (work, name) => Interlocked.Decrement(ref threads) >= 0 && StoreThread.TryStart(work, name) };
        await using (var store = folder.OpenStore())
        {
            var log = SegmentFixture.Open(store, "log");
            for (var offset = 0; offset < 20; offset++) await log.AppendAsync([TestBatches.Of(offset)], offset).AsTask().WaitAsync(Hang);
        }
        await using var later = folder.OpenStore();
        Assert.Equal(20, SegmentFixture.Open(later, "log").Bounds.EndOffset);
    }
}
