using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Consuming;

/// <summary>Brokers that move, go, answer nonsense or nothing.</summary>
public sealed class ConsumerBrokerTests : ConsumerTest
{
    [Fact]
    public async Task A_broker_that_moved_the_leadership_away_is_left_for_the_one_it_names()
    {
        await using var other = new ScriptedBroker();
        var moved = new ScriptedLog().Append("0", "1");
        ScriptedLog.Serve(other, "t", _broker.Topics["t"].Id, moved);
        _log.Append("0");
        var consumer = Reading(Offset.Beginning, ("fetch.max.wait.ms", "20"));
        Assert.Equal("0", (await NextAsync(consumer)).Message.Value);
        other.On<MetadataRequest, MetadataResponse>((request, _) => Moved(other, request));
        _broker.On<MetadataRequest, MetadataResponse>((request, _) => Moved(other, request));
        for (var refusal = 0; refusal < 10_000; refusal++) _log.Instead.Enqueue(new FetchResponse.PartitionData { ErrorCode = ErrorCode.NotLeaderOrFollower });
        Assert.Equal("1", (await NextAsync(consumer)).Message.Value);
    }

    MetadataResponse Moved(ScriptedBroker to, MetadataRequest request)
    {
        var answer = _broker.Metadata(request);
        answer.Brokers.Add(new() { NodeId = new NodeId(2), Host = to.Address.Host, Port = to.Address.Port });
        foreach (var topic in answer.Topics)
            foreach (var partition in topic.Partitions) (partition.LeaderId, partition.LeaderEpoch) = (new NodeId(2), 1);
        return answer;
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_told()
    {
        var consumer = Consumer();
        consumer.Assign(new TopicPartitionOffset("missing", 0, 0));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.UnknownPartition, ErrorCode.UnknownTopicOrPartition), (failure.Fault, failure.Error.Code));
    }

    [Fact]
    public async Task A_partition_that_the_topic_does_not_have_is_told()
    {
        var consumer = Consumer();
        consumer.Assign(new TopicPartitionOffset("t", 5, 0));
        Assert.Equal(ConsumeFault.UnknownPartition, (await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer))).Fault);
    }

    /// <summary>The question where it ends is asked for a minute; nobody waits for that without a word.</summary>
    [Theory]
    [InlineData("missing", 0)]
    [InlineData("t", 5)]
    public async Task What_is_not_there_is_told_as_well_to_who_reads_to_the_end(string topic, int partition)
    {
        var consumer = Consumer();
        var events = new List<ConsumerEvent>();
        consumer.Events += events.Add;
        consumer.Assign(new TopicPartitionOffset(topic, partition, 0));
        var failure = await Assert.ThrowsAsync<ConsumeException>(async () =>
        {
            await foreach (var record in consumer.ConsumeUntilEndAsync()) Assert.Fail($"{record.Offset}");
        });
        Assert.Equal(ConsumeFault.UnknownPartition, failure.Fault);
        Assert.Equal(2, events.Count);
    }

    [Fact]
    public async Task When_no_broker_can_be_reached_the_pull_says_which_were_tried()
    {
        var consumer = Consumer(("bootstrap.servers", "127.0.0.1:1"));
        consumer.Assign(new TopicPartitionOffset("t", 0, 0));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Contains("127.0.0.1:1", failure.Message);
        Assert.Equal(ErrorClass.Retriable, failure.Class);
    }

    [Fact]
    public async Task A_lost_connection_costs_nothing_but_time()
    {
        for (var batch = 0; batch < 100; batch++) _log.Append($"{batch}");
        var consumer = Reading(Offset.Beginning, ("max.partition.fetch.bytes", "100"));
        for (var read = 0; read < 100; read++)
        {
            Assert.Equal($"{read}", (await NextAsync(consumer)).Message.Value);
            if (read % 30 == 10) _broker.CutConnections();
        }
    }

    [Fact]
    public async Task A_broker_that_answers_fetches_with_nothing_at_once_is_not_asked_without_end()
    {
        var time = new ManualTime();
        var fetches = 0;
        _broker.On<FetchRequest, FetchResponse>((_, _) =>
        {
            Interlocked.Increment(ref fetches);
            return new FetchResponse();
        });
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = _broker.Address.ToString() }).UseTimeProvider(time).Build();
        consumer.Assign(new TopicPartitionOffset(_partition, 0));
        while (Volatile.Read(ref fetches) == 0) await Task.Yield();
        for (var step = 0; step < 50; step++)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
        Assert.InRange(fetches, 1, 60);
    }

    [Fact]
    public async Task A_broker_that_asks_for_an_endless_pause_is_asked_again_after_half_a_minute()
    {
        var time = new ManualTime();
        var fetches = 0;
        _broker.On<FetchRequest, FetchResponse>((_, _) =>
        {
            Interlocked.Increment(ref fetches);
            return new FetchResponse { ThrottleTimeMs = int.MaxValue };
        });
        // No other timer is due in half a minute.
        var config = new ConsumerConfig { BootstrapServers = _broker.Address.ToString(), RequestTimeoutMs = 60_000 };
        await using var consumer = new ConsumerBuilder<string, string>(config).UseTimeProvider(time).Build();
        consumer.Assign(new TopicPartitionOffset(_partition, 0));
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(1, Volatile.Read(ref fetches));
        time.Advance(TimeSpan.FromSeconds(1));
        using var patience = new CancellationTokenSource(Long);
        while (Volatile.Read(ref fetches) == 1)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task An_error_code_that_nobody_knows_is_told_once_and_reading_goes_on()
    {
        _log.Append("0");
        _log.Instead.Enqueue(new FetchResponse.PartitionData { ErrorCode = (ErrorCode)12345 });
        _log.Instead.Enqueue(new FetchResponse.PartitionData { ErrorCode = (ErrorCode)12345 });
        var consumer = Reading(Offset.Beginning);
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.Broker, (ErrorCode)12345), (failure.Fault, failure.Error.Code));
        Assert.Equal("0", (await NextAsync(consumer)).Message.Value);
    }

    [Fact]
    public async Task Metadata_that_flips_the_host_with_every_answer_neither_loses_nor_repeats_a_record()
    {
        await using var other = new ScriptedBroker();
        ScriptedLog.Serve(other, "t", _broker.Topics["t"].Id, _log);
        for (var batch = 0; batch < 60; batch++) _log.Append($"{batch}");
        var answers = 0;
        MetadataResponse Flip(MetadataRequest request) => (Interlocked.Increment(ref answers) % 2 == 0 ? _broker : other).Metadata(request);
        _broker.On<MetadataRequest, MetadataResponse>((request, _) => Flip(request));
        other.On<MetadataRequest, MetadataResponse>((request, _) => Flip(request));
        var consumer = Reading(Offset.Beginning, ("max.partition.fetch.bytes", "100"), ("metadata.max.age.ms", "1"));
        var read = new List<string>();
        while (read.Count < 60)
        {
            try { read.Add((await NextAsync(consumer)).Message.Value!); }
            // Told when no connection lives long enough to be of use; pulling may go on.
            catch (ConsumeException failure) when (failure.IsRetriable) { }
        }
        Assert.Equal(Enumerable.Range(0, 60).Select(number => $"{number}"), read);
    }

    [Fact]
    public async Task A_leader_that_lost_delivered_records_is_told_and_reading_goes_on_where_the_logs_part()
    {
        _log.Append("0", "1").Append("2");
        var consumer = Reading(Offset.Beginning, ("metadata.max.age.ms", "1"), ("auto.offset.reset", "earliest"), ("fetch.max.wait.ms", "5"));
        var events = new List<ConsumerEvent>();
        consumer.Events += events.Add;
        await TakeAsync(consumer, 3);
        for (var refusal = 0; refusal < 1000; refusal++)
            _log.Instead.Enqueue(new FetchResponse.PartitionData { HighWatermark = 2, LastStableOffset = 2, DivergingEpoch = new() { Epoch = 0, EndOffset = 2 }, AbortedTransactions = [] });
        _broker.LeaderEpoch = 1;
        while (events.Count == 0) Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(1)));
        _log.Instead.Clear();
        Assert.Equal((ConsumeFault.LogTruncated, new Offset(3), new Offset(2)), (events[0].Fault, events[0].From, events[0].To!.Value));
        Assert.Equal("2", (await NextAsync(consumer)).Message.Value);
    }
}
