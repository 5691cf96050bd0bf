using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>Where reading begins and goes on: assignments, seeks, auto.offset.reset.</summary>
public sealed class ConsumerPositionTests : ConsumerTest
{
    [Fact]
    public async Task Reading_begins_at_the_offset_and_within_a_batch()
    {
        _log.Append("0", "1", "2").Append("3");
        Assert.Equal(["2", "3"], await TakeAsync(Reading(2), 2));
    }

    [Theory]
    [InlineData("earliest", "a")]
    [InlineData("latest", "later")]
    public async Task Without_an_offset_the_policy_says_where_to_begin(string policy, string expected)
    {
        _log.Append("a", "b");
        var consumer = Reading(Offset.Unset, ("auto.offset.reset", policy));
        var next = NextAsync(consumer);
        if (policy == "latest")
        {
            while (consumer.GetPositions(_partition).Delivered != 2) await Task.Yield();
            _log.Append("later");
        }
        Assert.Equal(expected, (await next).Message.Value);
    }

    [Fact]
    public async Task By_duration_begins_at_the_first_young_record_and_at_the_end_when_there_is_none()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        _log.Add(Batches.Of(0, ["old"], timestamp: now - 7_200_000)).Add(Batches.Of(1, ["young"], timestamp: now));
        Assert.Equal("young", (await NextAsync(Reading(Offset.Unset, ("auto.offset.reset", "by_duration:PT1H")))).Message.Value);
        await _consumer!.DisposeAsync();
        var consumer = Reading(Offset.Unset, ("auto.offset.reset", "by_duration:PT0S"));
        var next = NextAsync(consumer);
        while (consumer.GetPositions(_partition).Delivered != 2) await Task.Yield();
        _log.Append("later");
        Assert.Equal("later", (await next).Message.Value);
    }

    [Fact]
    public async Task Without_an_offset_and_without_a_policy_the_pull_says_so()
    {
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(Reading(Offset.Unset, ("auto.offset.reset", "none"))));
        Assert.Equal(ConsumeFault.OffsetOutOfRange, failure.Fault);
    }

    [Fact]
    public async Task No_record_from_before_a_seek_is_delivered_after_it()
    {
        for (var batch = 0; batch < 50; batch++) _log.Append([.. Enumerable.Range(batch * 10, 10).Select(number => $"{number}")]);
        var consumer = Reading(Offset.Beginning, ("max.partition.fetch.bytes", "400"));
        var random = new Random(1);
        for (var seek = 0; seek < 1000; seek++)
        {
            var target = random.Next(500);
            consumer.Seek(new TopicPartitionOffset(_partition, target));
            for (var read = 0; read < seek % 4; read++)
            {
                if (target + read == 500) break;
                Assert.Equal($"{target + read}", (await NextAsync(consumer)).Message.Value);
            }
        }
    }

    [Fact]
    public async Task Seeking_to_the_start_and_to_the_end_asks_the_broker()
    {
        _log.Append("0", "1");
        var consumer = Reading(Offset.End);
        consumer.Seek(new TopicPartitionOffset(_partition, Offset.Beginning));
        Assert.Equal("0", (await NextAsync(consumer)).Message.Value);
        consumer.Seek(new TopicPartitionOffset(_partition, Offset.End));
        var next = NextAsync(consumer);
        while (consumer.GetPositions(_partition).Delivered != 2) await Task.Yield();
        _log.Append("2");
        Assert.Equal("2", (await next).Message.Value);
        Assert.Throws<InvalidOperationException>(() => consumer.Seek(new TopicPartitionOffset("t", 9, 0)));
    }

    [Theory]
    [InlineData("earliest", "5")]
    [InlineData("latest", "later")]
    public async Task A_position_that_is_not_in_the_log_follows_the_policy_and_is_told(string policy, string expected)
    {
        _log.Append("0", "1", "2", "3", "4").Append("5", "6");
        _log.LogStart = 5;
        var consumer = Reading(1, ("auto.offset.reset", policy));
        var events = new List<ConsumerEvent>();
        consumer.Events += events.Add;
        var next = NextAsync(consumer);
        if (policy == "latest")
        {
            while (consumer.GetPositions(_partition).Delivered != 7) await Task.Yield();
            _log.Append("later");
        }
        Assert.Equal(expected, (await next).Message.Value);
        var told = Assert.Single(events);
        Assert.Equal((ConsumeFault.OffsetOutOfRange, new Offset(1), new Offset(policy == "latest" ? 7 : 5)), (told.Fault, told.From, told.To!.Value));
    }

    [Fact]
    public async Task A_position_that_is_not_in_the_log_is_an_exception_without_a_policy()
    {
        _log.Append("0");
        var consumer = Reading(50, ("auto.offset.reset", "none"));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.OffsetOutOfRange, 50L, ErrorClass.Application), (failure.Fault, failure.TopicPartitionOffset.Offset.Value, failure.Class));
        consumer.Seek(new TopicPartitionOffset(_partition, 0));
        Assert.Equal("0", (await NextAsync(consumer)).Message.Value);
    }

    [Fact]
    public async Task A_handler_of_events_that_throws_hinders_neither_the_fault_nor_the_other_handlers()
    {
        _log.Append("0");
        using var log = new RecordingLog();
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = _broker.Address.ToString(), ["auto.offset.reset"] = "none" }).UseLoggerFactory(log).Build();
        consumer.Assign(new TopicPartitionOffset(_partition, 5));
        var events = new List<ConsumerEvent>();
        consumer.Events += _ => throw new FormatException("the handler's own trouble");
        consumer.Events += events.Add;
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.OffsetOutOfRange, new TopicPartitionOffset(_partition, 5)), (failure.Fault, failure.TopicPartitionOffset));
        Assert.Equal(ConsumeFault.OffsetOutOfRange, Assert.Single(events).Fault);
        Assert.IsType<FormatException>(Assert.Single(log.Failures));
    }

    [Fact]
    public async Task Running_out_of_range_never_drops_records_that_were_fetched_before()
    {
        _log.Append("0").Append("1");
        _log.Instead.Enqueue(new FetchResponse.PartitionData { Records = Batches.Plain(0, "0"), HighWatermark = 2, LastStableOffset = 2, AbortedTransactions = [] });
        _log.Instead.Enqueue(new FetchResponse.PartitionData { ErrorCode = ErrorCode.OffsetOutOfRange });
        var consumer = Reading(0, ("auto.offset.reset", "earliest"));
        while (_log.FetchedFrom.Count < 2) await Task.Yield();
        Assert.Equal(["0", "0", "1"], await TakeAsync(consumer, 3));
    }

    [Fact]
    public async Task Positions_move_over_holes_to_behind_the_batch()
    {
        var batch = Batches.With(Batches.Plain(0, "0", "1"), header => header with { LastOffsetDelta = 9 });
        _log.Add(batch).Append("10");
        Assert.Equal(["0", "1", "10"], await TakeAsync(Reading(Offset.Beginning), 3));
    }

    [Fact]
    public async Task Watermarks_and_offsets_for_times_are_asked_of_the_broker()
    {
        _log.Add(Batches.Of(0, ["0"], timestamp: 100)).Add(Batches.Of(1, ["1"], timestamp: 200)).Transactional(1, CompressionCodec.None, "open");
        var consumer = Consumer();
        Assert.Equal(new WatermarkOffsets(0, 2), await consumer.GetWatermarksAsync(_partition));
        Assert.Equal([new(_partition, 1), new(_partition, Offset.End)], await consumer.OffsetsForTimesAsync([
            new(_partition, new Timestamp(150)), new(_partition, new Timestamp(5000)),
        ]));
        await Assert.ThrowsAsync<ArgumentException>(async () => await consumer.OffsetsForTimesAsync([new(_partition, default)]));
    }

    [Fact]
    public async Task An_assignment_that_cannot_be_is_refused_and_the_one_before_stays()
    {
        _log.Append("0");
        var consumer = Reading(Offset.Beginning);
        Assert.Throws<ArgumentException>(() => consumer.Assign(new TopicPartitionOffset("t", 1, 0), new TopicPartitionOffset("t", 1, 5)));
        Assert.Throws<ArgumentException>(() => consumer.Assign(new TopicPartitionOffset("t", -1, 0)));
        Assert.Throws<ArgumentException>(() => consumer.Assign(new TopicPartitionOffset("", 0, 0)));
        Assert.Throws<ArgumentException>(() => consumer.Assign(new TopicPartitionOffset(new string('t', 250), 0, 0)));
        Assert.Throws<ArgumentException>(() => consumer.Assign(new TopicPartitionOffset("t", 0, -7)));
        Assert.Throws<ArgumentException>(() => consumer.Seek(new TopicPartitionOffset("t", 0, -7)));
        Assert.Equal(_partition, Assert.Single(consumer.Assignment));
        Assert.Equal("0", (await NextAsync(consumer)).Message.Value);
    }

    [Fact]
    public async Task A_new_assignment_drops_the_old_one_and_unassigning_drops_all()
    {
        var other = new ScriptedLog().Append("other");
        ScriptedLog.Serve(_broker, "t", _log.Append("0", "1"), other);
        var consumer = Reading(Offset.Beginning);
        Assert.Equal("0", (await NextAsync(consumer)).Message.Value);
        consumer.Assign(new TopicPartitionOffset("t", 1, Offset.Beginning));
        Assert.Equal("other", (await NextAsync(consumer)).Message.Value);
        Assert.Throws<InvalidOperationException>(() => consumer.GetPositions(_partition));
        consumer.Unassign();
        Assert.Empty(consumer.Assignment);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
    }
}
