#nullable disable
using Semel.Compat.Confluent;
using Semel.Compat.Confluent.Admin;

namespace CompatTests;

/// <summary>What is refused says what is wrong and what to do, and what goes wrong in a program's own code harms nothing else.</summary>
public sealed class RefusalTests(BrokerForBoth both) : IClassFixture<BrokerForBoth>
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    ProducerConfig Producing => new() { BootstrapServers = both.Broker.BootstrapServers, LingerMs = 1 };
    ConsumerConfig Consuming(string group) => new() { BootstrapServers = both.Broker.BootstrapServers, GroupId = group,
        AutoOffsetReset = AutoOffsetReset.Earliest };

    [Fact]
    public void A_key_that_nobody_knows_is_named()
    {
        var config = Producing;
        config.Set("bogus.key", "1");
        Assert.Contains("bogus.key", Assert.Throws<ArgumentException>(() => new ProducerBuilder<string, string>(config).Build()).Message);
    }

    [Fact]
    public void A_value_that_is_none_is_named()
    {
        var config = Producing;
        config.Set("acks", "some");
        Assert.Contains("acks", Assert.Throws<ArgumentException>(() => new ProducerBuilder<string, string>(config).Build()).Message);
        Assert.Contains("acks='some'", Assert.Throws<ArgumentException>(() => config.Acks).Message);
    }

    [Fact]
    public void A_key_of_the_native_library_is_not_for_programs() =>
        Assert.Throws<ArgumentException>(() => new ProducerConfig(new Dictionary<string, string> { ["dr_msg_cb"] = "x" }).ThrowIfContainsNonUserConfigurable());

    [Fact]
    public void A_consumer_needs_a_group() =>
        Assert.Contains("group.id", Assert.Throws<ArgumentException>(() =>
        new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = "x:1" }).Build()).Message);

    [Fact]
    public void A_type_needs_a_serializer()
    {
        Assert.Contains("DateTime", Assert.Throws<ArgumentNullException>(() => new ProducerBuilder<DateTime, string>(Producing).Build()).Message);
        Assert.Contains("DateTime", Assert.Throws<InvalidOperationException>(() => new ConsumerBuilder<DateTime, string>(Consuming("g")).Build()).Message);
    }

    [Fact]
    public void A_handler_is_given_once() =>
        Assert.Throws<InvalidOperationException>(() => new ProducerBuilder<string, string>(Producing).SetErrorHandler((_, _) => { }).SetErrorHandler((_, _) =>
            { }));

    [Fact]
    public void Nothing_is_done_after_the_end()
    {
        var producer = new ProducerBuilder<string, string>(Producing).Build();
        producer.Dispose();
        producer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => producer.Produce("t", new Message<string, string>()));
        Assert.Throws<ObjectDisposedException>(() => producer.Flush(Limit));
        var consumer = new ConsumerBuilder<string, string>(Consuming("ended")).Build();
        consumer.Close();
        Assert.Throws<ObjectDisposedException>(() => consumer.Consume(0));
        Assert.Throws<ObjectDisposedException>(consumer.Close);
        consumer.Dispose();
    }

    [Fact]
    public void A_consumer_has_no_connections_for_a_producer()
    {
        using var consumer = new ConsumerBuilder<string, string>(Consuming("handle")).Build();
        Assert.Throws<InvalidOperationException>(() => new DependentProducerBuilder<string, string>(consumer.Handle).Build());
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        Assert.Single(admin.GetMetadata(Limit).Brokers);
    }

    [Fact]
    public async Task Rights_are_refused_by_name()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = both.Broker.BootstrapServers }).Build();
        var refused = await Assert.ThrowsAsync<KafkaException>(async () => await admin.CreateAclsAsync([]));
        Assert.Equal(ErrorCode.Local_UnsupportedFeature, refused.Error.Code);
    }

    [Fact]
    public async Task A_delivery_handler_that_throws_keeps_no_other_from_being_told()
    {
        await both.Broker.CreateTopicAsync("handlers");
        using var producer = new ProducerBuilder<string, string>(Producing).Build();
        var told = 0;
        for (var number = 0; number < 3; number++)
            producer.Produce("handlers", new Message<string, string> { Value = "v" },
                _ => throw new InvalidOperationException($"handler {Interlocked.Increment(ref told)}"));
        Assert.Equal(0, producer.Flush(Limit));
        Assert.Equal(3, told);
        Assert.Equal(3, (await producer.ProduceAsync("handlers", new Message<string, string> { Value = "v" })).Offset.Value);
    }

    [Fact]
    public async Task What_a_rebalance_handler_throws_is_thrown_by_consume_and_reading_goes_on()
    {
        await both.Broker.CreateTopicAsync("rebalances");
        using var producer = new ProducerBuilder<string, string>(Producing).Build();
        await producer.ProduceAsync("rebalances", new Message<string, string> { Value = "v" });
        using var consumer = new ConsumerBuilder<string, string>(Consuming("throwing")).SetPartitionsAssignedHandler((_, _) =>
            { throw new FormatException("mine"); }).Build();
        consumer.Subscribe("rebalances");
        Assert.Equal("mine", Assert.Throws<FormatException>(() => consumer.Consume(Limit)).Message);
        Assert.Equal("v", consumer.Consume(Limit).Message.Value);
        consumer.Close();
    }

    /// <summary>A commit waits for the group that shares its partitions out anew, and the group for a handler that only the committing thread can
    /// run.</summary>
    [Fact]
    public async Task A_commit_while_partitions_are_being_taken_does_not_wait_for_ever()
    {
        await both.Broker.CreateTopicAsync("moving", 2);
        using var producer = new ProducerBuilder<string, string>(Producing).Build();
        for (var partition = 0; partition < 2; partition++) await producer.ProduceAsync(new TopicPartition("moving", partition),
            new Message<string, string> { Value = "v" });
        var revoked = 0;
        using var first = new ConsumerBuilder<string, string>(Consuming("movers")).SetPartitionsRevokedHandler((_, _) => { revoked++; }).Build();
        first.Subscribe("moving");
        for (var read = 0; read < 2; read++) Assert.NotNull(first.Consume(Limit));
        using var second = new ConsumerBuilder<string, string>(Consuming("movers")).Build();
        second.Subscribe("moving");
        var joining = Task.Run(() => { while (second.Assignment.Count == 0) second.Consume(50); });
        for (var began = TimeProvider.System.GetTimestamp(); revoked == 0; first.Consume(20))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, "nothing was revoked");
            try { first.Commit(); }
            catch (KafkaException nothing) when (nothing.Error.Code == ErrorCode.Local_NoOffset) { }
        }
        await joining.WaitAsync(Limit);
        first.Close();
        second.Close();
    }
}
