namespace Semel.Client.Tests.Producing.Sending;

/// <summary>A broker that stands still: callers wait without a thread, within the memory, and are told.</summary>
public sealed class BackPressureTests
{
    const string Topic = TestCluster.Topic;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static readonly (string, string)[] Small = [("buffer.memory", "1000000"), ("max.request.size", "200000"), ("batch.size", "100000"), ("request.timeout.ms", "500")];

    [Fact]
    public async Task Callers_wait_without_a_thread_and_fail_when_their_time_is_over_and_what_was_accepted_is_delivered()
    {
        await using var cluster = await TestCluster.StartAsync();
        // The first record's question for the topic has to be answered within it, on a busy machine too.
        await using var producer = cluster.Produce([.. Small, ("max.block.ms", "2500")]);
        await producer.ProduceAsync(Topic, new() { Value = "known" });
        cluster.Fault("Produce:answer:blackhole");
        var value = new string('x', 20_000);
        var accepted = 1;
        // Nobody awaits between the calls: a caller that held its thread would hold this one.
        var waiting = new List<Task<Delivery>>();
        while (waiting.Count < 10)
        {
            var call = producer.EnqueueAsync(Topic, new() { Value = value }).AsTask();
            if (call.IsCompletedSuccessfully) accepted++;
            else waiting.Add(call);
        }
        var full = producer.GetStatistics();
        Assert.InRange(full.BufferedBytes, 900_000, 1_000_000);
        Assert.Equal(10, full.Waiting);
        foreach (var call in waiting)
        {
            var failure = await Assert.ThrowsAsync<ProduceException>(() => call.WaitAsync(Patience));
            Assert.Equal((LocalErrorCode.QueueFull, PersistenceStatus.NotPersisted, ErrorClass.Retriable), (failure.Error.LocalCode, failure.Status, failure.Class));
        }
        cluster.Proxy.Rules = [];
        Assert.Equal(new FlushResult(accepted, 0, null), await producer.FlushAsync().AsTask().WaitAsync(Patience));
        Assert.Equal(accepted, (await cluster.ReadAsync()).Count);
    }

    [Fact]
    public async Task Callers_that_waited_go_on_in_the_order_in_which_they_came()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(Small);
        await producer.ProduceAsync(Topic, new() { Value = "known" });
        cluster.Fault("Produce:answer:blackhole");
        var filler = new string('x', 20_000);
        var waiting = new List<Task<Delivery>>();
        var number = 0;
        while (waiting.Count < 10)
        {
            var call = producer.EnqueueAsync(Topic, new() { Value = $"{number++} {filler}" }).AsTask();
            if (!call.IsCompletedSuccessfully) waiting.Add(call);
        }
        cluster.Proxy.Rules = [];
        await Task.WhenAll(waiting).WaitAsync(Patience);
        await producer.FlushAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, number), (await cluster.ReadAsync()).Skip(1).Select(static record => int.Parse(record.Message.Value!.Split(' ')[0])));
    }
}
