using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>What a flush has waited for when it returns, and what disposing does about records that were not delivered yet.</summary>
public sealed class ClosingTests
{
    const string Topic = TestCluster.Topic;
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task When_a_flush_returns_every_handler_of_its_records_has_run()
    {
        await using var cluster = await TestCluster.StartAsync(partitions: 3);
        await using var producer = cluster.Produce();
        var (handled, produced) = (0, 0);
        for (var round = 0; round < 20; round++)
        {
            for (var record = 0; record < 2000; record++)
            {
                producer.Produce(Topic, new() { Value = "v" }, _ => Interlocked.Increment(ref handled));
                produced++;
            }
            await producer.FlushAsync().AsTask().WaitAsync(Guard);
            Assert.Equal(produced, Volatile.Read(ref handled));
        }
    }

    [Fact]
    public async Task When_a_flush_returns_the_handlers_of_records_that_were_never_accepted_have_run()
    {
        await using var cluster = await TestCluster.StartAsync();
        for (var round = 0; round < 20; round++)
        {
            await using var producer = cluster.Produce();
            var handled = 0;
            for (var record = 0; record < 100; record++) producer.Produce("no/topic", new() { Value = "v" }, _ => Interlocked.Increment(ref handled));
            Assert.Equal(100, (await producer.FlushAsync().AsTask().WaitAsync(Guard)).Failed);
            Assert.Equal(100, Volatile.Read(ref handled));
        }
    }

    [Fact]
    public async Task A_flush_inside_a_handler_waits_for_records_and_not_for_handlers()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce();
        var flushed = new TaskCompletionSource<FlushResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        producer.Produce(Topic, new() { Value = "v" }, _ =>
        {
            producer.Produce(Topic, new() { Value = "w" }, _ => { });
            flushed.SetResult(producer.FlushAsync().AsTask().GetAwaiter().GetResult());
        });
        Assert.True((await flushed.Task.WaitAsync(Guard)).Delivered >= 1);
    }

    [Fact]
    public async Task A_plain_using_delivers_everything_and_runs_every_handler()
    {
        await using var cluster = await TestCluster.StartAsync();
        var handled = 0;
        await Task.Run(() =>
        {
            using var producer = cluster.Produce(("linger.ms", "1000"));
            for (var record = 0; record < 5000; record++) producer.Produce(Topic, new() { Value = $"{record}" }, _ => Interlocked.Increment(ref handled));
        }).WaitAsync(Guard);
        Assert.Equal(5000, Volatile.Read(ref handled));
        Assert.Equal(5000, (await cluster.ReadAsync()).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_given_up_when_the_time_is_over_is_told_to_the_exact_number(bool isAsync)
    {
        await using var cluster = await TestCluster.StartAsync();
        var logs = new RecordingLogs();
        var producer = cluster.Builder<string, string>(("close.timeout.ms", "300"), ("batch.num.messages", "10")).UseLoggerFactory(logs).Build();
        await producer.ProduceAsync(Topic, new() { Value = "known" });
        cluster.Fault("Produce:answer:blackhole", "Metadata:answer:blackhole");
        var reports = new ConcurrentQueue<PersistenceStatus>();
        var told = new ConcurrentQueue<RecordsGivenUp>();
        producer.Events += happened =>
        {
            if (happened is RecordsGivenUp lost) told.Enqueue(lost);
        };
        for (var record = 0; record < 137; record++) producer.Produce(Topic, new() { Value = "v" }, report => reports.Enqueue(report.Status));
        // Nor of what waits for a topic that nobody can tell.
        for (var record = 0; record < 5; record++) producer.Produce(new string('x', 100), new() { Value = "v" }, report => reports.Enqueue(report.Status));
        if (isAsync) await producer.DisposeAsync().AsTask().WaitAsync(Guard);
        else await Task.Run(producer.Dispose).WaitAsync(Guard);
        Assert.Equal(142, reports.Count);
        var lost = Assert.Single(told);
        Assert.Equal((reports.Count(static status => status == PersistenceStatus.NotPersisted), reports.Count(static status => status == PersistenceStatus.PossiblyPersisted)), (lost.NotPersisted, lost.PossiblyPersisted));
        Assert.True(lost.PossiblyPersisted > 0 && lost.NotPersisted > 0, $"{lost}");
        Assert.Contains(logs.Lines, line => line.Level == LogLevel.Warning && line.Text.Contains($"{lost.NotPersisted} records were not delivered") && line.Text.Contains("close.timeout.ms"));
    }

    [Fact]
    public async Task A_producer_that_delivered_everything_gives_nothing_up()
    {
        await using var cluster = await TestCluster.StartAsync();
        var producer = cluster.Produce();
        var told = new ConcurrentQueue<ProducerEvent>();
        producer.Events += told.Enqueue;
        producer.Produce(Topic, new() { Value = "v" });
        await Task.Run(producer.Dispose).WaitAsync(Guard);
        Assert.Empty(told);
    }

    [Fact]
    public async Task Every_call_after_disposing_throws()
    {
        await using var cluster = await TestCluster.StartAsync();
        var producer = cluster.Produce();
        await producer.ProduceAsync(Topic, new() { Value = "v" });
        await Task.Run(producer.Dispose).WaitAsync(Guard);
        producer.Dispose();
        Message<string, string> late = new() { Value = "late" };
        Action[] calls =
        [
            () => producer.Produce(Topic, late), () => producer.TryProduce(Topic, late, out _), () => producer.EnqueueAsync(Topic, late).AsTask().GetAwaiter().GetResult(),
            () => producer.ProduceAsync(Topic, late).AsTask().GetAwaiter().GetResult(), () => producer.ProduceAsync("another", late).AsTask().GetAwaiter().GetResult(),
            () => producer.FlushAsync().AsTask().GetAwaiter().GetResult(),
        ];
        foreach (var call in calls)
        {
            var refused = Assert.Throws<ProduceException>(call);
            Assert.Equal((LocalErrorCode.Closed, PersistenceStatus.NotPersisted), (refused.Error.LocalCode, refused.Status));
        }
        Assert.Single(await cluster.ReadAsync());
    }

    [Fact]
    public async Task A_handler_may_dispose_of_the_producer_and_what_was_accepted_is_delivered_all_the_same()
    {
        await using var cluster = await TestCluster.StartAsync();
        var producer = cluster.Produce(("linger.ms", "1000"));
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handled = 0;
        producer.Produce(Topic, new() { Value = "first" }, _ =>
        {
            for (var record = 0; record < 10; record++) producer.Produce(Topic, new() { Value = "v" }, _ => Interlocked.Increment(ref handled));
            producer.Dispose();
            disposed.SetResult();
        });
        await disposed.Task.WaitAsync(Guard);
        await Eventually.Is(() => Volatile.Read(ref handled) == 10);
        Assert.Equal(11, (await cluster.ReadAsync()).Count);
    }

    /// <summary>As in a window's thread: whatever is posted to it runs after the call that holds it.</summary>
    [Fact]
    public async Task Disposing_on_the_only_thread_of_a_context_does_not_wait_for_that_thread()
    {
        await using var cluster = await TestCluster.StartAsync();
        var context = new OneThread();
        var done = context.Run(async () =>
        {
            using var producer = cluster.Produce();
            await producer.ProduceAsync(Topic, new() { Value = "captures the context" });
            for (var record = 0; record < 100; record++) _ = AwaitAsync(producer);
            Assert.Same(context, SynchronizationContext.Current);
        });
        await done.WaitAsync(Guard);
        Assert.Equal(101, (await cluster.ReadAsync()).Count);

        static async Task AwaitAsync(IProducer<string, string> producer) => await producer.ProduceAsync(Topic, new() { Value = "v" });
    }

    sealed class OneThread : SynchronizationContext
    {
        readonly BlockingCollection<Action> _work = [];

        public override void Post(SendOrPostCallback callback, object? state) => _work.Add(() => callback(state));
        public override void Send(SendOrPostCallback callback, object? state) => throw new NotSupportedException("nobody may wait for this thread");

        public Task Run(Func<Task> main)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() =>
            {
                SetSynchronizationContext(this);
                _ = Track(main());
                // What is posted after the end is of no interest, and no fault of who posts it.
                while (!ended.Task.IsCompleted) _work.Take()();
            }) { IsBackground = true }.Start();
            return ended.Task;

            async Task Track(Task running)
            {
                try
                {
                    await running;
                    ended.SetResult();
                }
                catch (Exception failure)
                {
                    ended.SetException(failure);
                }
            }
        }
    }
}
