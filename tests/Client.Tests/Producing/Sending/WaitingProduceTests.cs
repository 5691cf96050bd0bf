namespace Semel.Client.Tests.Producing.Sending;

/// <summary>Records that Produce took while their topic was not known yet: to the caller they are accepted.</summary>
public class WaitingProduceTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static readonly (string, string)[] LongLinger = [("linger.ms", "600000"), ("delivery.timeout.ms", "700000")];

    [Fact]
    public async Task A_flush_waits_for_a_producers_first_records_and_counts_each_once()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(LongLinger);
        for (var number = 0; number < 3; number++) producer.Produce(TestCluster.Topic, new() { Value = $"{number}" });
        var flushed = await producer.FlushAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(new FlushResult(3, 0, null), flushed);
        Assert.Equal(new FlushResult(0, 0, null), await producer.FlushAsync().AsTask().WaitAsync(Patience));
        Assert.Equal(["0", "1", "2"], (await cluster.ReadAsync()).Select(record => record.Message.Value));
    }

    [Fact]
    public async Task Closing_waits_for_a_producers_first_records()
    {
        await using var cluster = await TestCluster.StartAsync();
        var producer = cluster.Produce(LongLinger);
        for (var number = 0; number < 3; number++) producer.Produce(TestCluster.Topic, new() { Value = $"{number}" });
        await producer.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(3, (await cluster.ReadAsync()).Count);
    }

    [Fact]
    public async Task A_record_whose_topic_is_never_told_of_fails_in_the_flush()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(("max.block.ms", "300"), ("allow.auto.create.topics", "false"));
        producer.Produce("not-there", new() { Value = "v" });
        var flushed = await producer.FlushAsync().AsTask().WaitAsync(Patience);
        Assert.Equal((0L, 1L), (flushed.Delivered, flushed.Failed));
        Assert.NotNull(flushed.FirstError);
    }

    [Fact]
    public async Task What_fails_at_the_end_without_a_handler_is_logged()
    {
        await using var cluster = await TestCluster.StartAsync();
        var logs = new RecordingLogs();
        var producer = cluster.Builder<string, string>(("close.timeout.ms", "0"), ("allow.auto.create.topics", "false")).UseLoggerFactory(logs).Build();
        producer.Produce("not-there", new() { Value = "v" });
        await producer.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Contains(logs.Lines, line => line.Text.Contains("not-there") && line.Text.Contains("nobody awaits"));
    }

    [Fact]
    public async Task A_caller_who_still_waits_to_be_accepted_is_refused_at_once_when_the_producer_closes()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Fault("Metadata:answer:blackhole");
        var producer = cluster.Produce(("close.timeout.ms", "0"));
        var waiting = producer.ProduceAsync(TestCluster.Topic, new() { Value = "v" }).AsTask();
        await producer.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(LocalErrorCode.Closed, (await Assert.ThrowsAsync<ProduceException>(() => waiting)).Error.LocalCode);
    }
}
