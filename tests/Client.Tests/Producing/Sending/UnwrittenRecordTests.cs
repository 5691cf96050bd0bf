namespace Semel.Client.Tests.Producing.Sending;

/// <summary>Records that never left the process because nobody could be reached: that is certain, and is what they are reported as.</summary>
public class UnwrittenRecordTests
{
    static async Task<PersistenceStatus> FailAsync(Task<DeliveryResult> producing) => (await Assert.ThrowsAsync<ProduceException>(() => producing)).Status;

    /// <summary>A producer that knows the topic and has found out that nobody can be reached.</summary>
    static async Task<IProducer<string, string>> BeCutOffAsync(TestCluster cluster, params (string, string)[] config)
    {
        var producer = cluster.Produce([("linger.ms", "0"), ("request.timeout.ms", "1000"), ("delivery.timeout.ms", "1200"), ("retry.backoff.max.ms", "5"),
            ("reconnect.backoff.ms", "300"), ("reconnect.backoff.max.ms", "700"), .. config]);
        await producer.ProduceAsync(TestCluster.Topic, new() { Value = "there" });
        await cluster.Proxy.DisposeAsync();
        // This one may still be written to the old connection.
        await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync(TestCluster.Topic, new() { Value = "in doubt" }).AsTask());
        return producer;
    }

    static Task<PersistenceStatus>[] ProduceSix(IProducer<string, string> producer) =>
        [.. Enumerable.Range(0, 6).Select(number => FailAsync(producer.ProduceAsync(TestCluster.Topic, new() { Value = $"{number}" }).AsTask()))];

    [Fact]
    public async Task Records_whose_time_runs_out_while_nobody_can_be_reached_are_not_persisted()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = await BeCutOffAsync(cluster);
        Assert.All(await Task.WhenAll(ProduceSix(producer)), status => Assert.Equal(PersistenceStatus.NotPersisted, status));
    }

    [Fact]
    public async Task Records_that_wait_for_a_connection_when_the_producer_is_closed_are_not_persisted()
    {
        await using var cluster = await TestCluster.StartAsync();
        var producer = await BeCutOffAsync(cluster, ("close.timeout.ms", "0"));
        var waiting = ProduceSix(producer);
        await producer.DisposeAsync();
        Assert.All(await Task.WhenAll(waiting), status => Assert.Equal(PersistenceStatus.NotPersisted, status));
    }
}
