using Microsoft.Extensions.Logging;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>Code of the application that the producer calls: partitioners, delivery handlers, event handlers.</summary>
public class HandlerTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    sealed class Choosing(Func<int> choose) : IPartitioner
    {
        public int Choose(string topic, ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, int partitionCount) => choose();
    }

    [Theory]
    [InlineData(7, "partition 7")]
    [InlineData(-1, "no idea")]
    public async Task A_partitioner_that_fails_a_waiting_record_is_told_to_its_handler(int chosen, string said)
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Builder<string, string>()
            .SetPartitioner(new Choosing(() => chosen >= 0 ? chosen : throw new InvalidOperationException("no idea"))).Build();
        var reported = new TaskCompletionSource<DeliveryReport<string, string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        producer.Produce(TestCluster.Topic, new() { Value = "v" }, reported.SetResult);
        var report = await reported.Task.WaitAsync(Patience);
        Assert.Equal(PersistenceStatus.NotPersisted, report.Status);
        Assert.Contains(said, report.Error!.Message);
        Assert.IsType<InvalidOperationException>(report.Error.InnerException);
    }

    [Fact]
    public async Task A_handler_that_never_ends_does_not_keep_the_producer_open_and_is_counted_in_the_log()
    {
        await using var cluster = await TestCluster.StartAsync();
        var logs = new RecordingLogs();
        var producer = cluster.Builder<string, string>(("close.timeout.ms", "500")).UseLoggerFactory(logs).Build();
        await producer.ProduceAsync(TestCluster.Topic, new() { Value = "0" });
        using var unblock = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var number = 0; number < 3; number++)
            producer.Produce(TestCluster.Topic, new() { Value = "1" }, _ =>
            {
                entered.TrySetResult();
                unblock.Wait(Patience);
            });
        await entered.Task.WaitAsync(Patience);
        using (var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(50)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await producer.FlushAsync(impatient.Token));
        try
        {
            await producer.DisposeAsync().AsTask().WaitAsync(Patience / 2);
        }
        finally
        {
            unblock.Set();
        }
        Assert.Contains("3 handlers", Assert.Single(logs.Lines, line => line.Level == LogLevel.Warning && line.Text.Contains("handlers")).Text);
    }

    [Fact]
    public async Task An_event_handler_that_throws_keeps_no_other_from_being_told()
    {
        await using var cluster = await TestCluster.StartAsync();
        var logs = new RecordingLogs();
        await using var producer = cluster.Builder<string, string>().UseLoggerFactory(logs).Build();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        producer.Events += _ => throw new InvalidOperationException("a handler of the application");
        producer.Events += _ => told.TrySetResult();
        await producer.ProduceAsync(TestCluster.Topic, new() { Value = "0" });
        cluster.Fault("Produce:answer:cut:count=1");
        await producer.ProduceAsync(TestCluster.Topic, new() { Value = "1" });
        await told.Task.WaitAsync(Patience);
        Assert.Contains(logs.Lines, line => line.Level == LogLevel.Error && line.Text.Contains("handler"));
    }

    [Fact]
    public async Task A_topic_that_is_null_is_named()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce();
        Assert.Equal("topic", (await Assert.ThrowsAsync<ArgumentNullException>(async () => await producer.ProduceAsync(null!, new() { Value = "v" }))).ParamName);
    }
}
