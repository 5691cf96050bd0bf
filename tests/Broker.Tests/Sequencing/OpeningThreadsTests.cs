using Semel.Broker.Sequencing;

namespace Semel.Broker.Tests.Sequencing;

/// <summary>Logs are opened on few threads, and on whatever there is when the system gives none.</summary>
public class OpeningThreadsTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Many_logs_are_opened_by_a_few_threads()
    {
        var (started, running, most) = (0, 0, 0);
        var openings = new OpeningThreads((work, name) =>
        {
            Interlocked.Increment(ref started);
            return WorkThread.TryStart(work, name);
        });
        using var all = new CountdownEvent(200);
        for (var i = 0; i < 200; i++)
        {
            openings.Post(() =>
            {
                var now = Interlocked.Increment(ref running);
                lock (all) most = Math.Max(most, now);
                Thread.Yield();
                Interlocked.Decrement(ref running);
                all.Signal();
            });
        }
        await Task.Run(() => Assert.True(all.Wait(Patience)));
        Assert.InRange(most, 1, OpeningThreads.Most);
        Assert.InRange(started, 1, 200);
    }

    [Fact]
    public async Task Where_no_thread_can_be_started_the_pool_opens_them_all()
    {
        var openings = new OpeningThreads((_, _) => false);
        using var all = new CountdownEvent(50);
        for (var i = 0; i < 50; i++) openings.Post(() => all.Signal());
        await Task.Run(() => Assert.True(all.Wait(Patience)));
    }

    [Fact]
    public async Task Where_threads_run_out_those_that_are_there_open_what_comes()
    {
        var left = 1;
        var openings = new OpeningThreads((work, name) => Interlocked.Decrement(ref left) >= 0 && WorkThread.TryStart(work, name));
        using var all = new CountdownEvent(50);
        using var first = new ManualResetEventSlim();
        openings.Post(() =>
        {
            first.Wait(Patience);
            all.Signal();
        });
        for (var i = 0; i < 49; i++) openings.Post(() => all.Signal());
        first.Set();
        await Task.Run(() => Assert.True(all.Wait(Patience)));
    }
}
