using Semel.Protocol;

namespace Semel.Client.Tests.Administration;

/// <summary>default.api.timeout.ms against brokers that accept connections or requests and never answer.</summary>
public sealed class ApiTimeoutTests : IAsyncLifetime
{
    /// <summary>Only so that a call that never ends fails the test instead of hanging it.</summary>
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    readonly ScriptedBroker _broker = new();
    readonly ManualTime _time = new();
    readonly AdminClient _admin;
    readonly IConsumer<string, string> _consumer;

    public ApiTimeoutTests()
    {
        // No attempt to connect ends by itself before the call does.
        _admin = new AdminClient(new ClientConfig
        {
            BootstrapServers = _broker.Address.ToString(), ["default.api.timeout.ms"] = "15000", ["socket.connection.setup.timeout.ms"] = "60000", ["socket.connection.setup.timeout.max.ms"] = "60000",
        }, time: _time);
        _consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = _broker.Address.ToString(), ["default.api.timeout.ms"] = "3000" }).UseTimeProvider(_time).Build();
        _broker.Topics["t"] = (new TopicId(Guid.NewGuid()), 1);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _consumer.DisposeAsync();
        await _broker.DisposeAsync();
    }

    /// <summary>Moves the clock to exactly the end of the call's time, and no further.</summary>
    async Task<KafkaException> AtEndAsync(Task call, int milliseconds)
    {
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        return await Assert.ThrowsAnyAsync<KafkaException>(() => call.WaitAsync(Guard));
    }

    void AcceptAndSayNothing() => _broker.Serve = static (_, closing) => Task.Delay(Timeout.Infinite, closing);

    [Fact]
    public async Task A_call_for_any_broker_ends_in_time_while_the_broker_does_not_shake_hands()
    {
        AcceptAndSayNothing();
        var failure = await AtEndAsync(_admin.ListTopicsAsync(), 15_000);
        Assert.Contains("default.api.timeout.ms=15000", failure.Message);
        Assert.Contains($"a connection to {_broker.Address}", failure.Message);
        Assert.True(failure.IsRetriable);
    }

    [Fact]
    public async Task A_call_for_the_controller_ends_in_time_while_nobody_tells_the_metadata()
    {
        AcceptAndSayNothing();
        var failure = await AtEndAsync(_admin.CreateTopicsAsync([new NewTopic("new", 1, 1)]), 15_000);
        Assert.Contains($"the cluster's metadata from {_broker.Address}", failure.Message);
    }

    [Fact]
    public async Task A_question_for_the_leader_ends_in_time_while_nobody_tells_the_metadata()
    {
        AcceptAndSayNothing();
        var failure = await AtEndAsync(_consumer.GetWatermarksAsync(new TopicPartition("t", 0)).AsTask(), 3000);
        Assert.Contains($"the metadata of topic t from {_broker.Address}", failure.Message);
        Assert.Contains("3000 ms (default.api.timeout.ms)", failure.Message);
    }

    [Fact]
    public async Task Cancelling_a_call_that_waits_for_a_connection_is_not_taken_for_its_time_being_over()
    {
        AcceptAndSayNothing();
        using var cancellation = new CancellationTokenSource();
        var call = _admin.ListTopicsAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Guard));
    }
}
