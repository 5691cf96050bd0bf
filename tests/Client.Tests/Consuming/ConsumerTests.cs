using System.Text;
using Semel.Client.Consuming;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>The whole consumer against a broker that serves scripted logs.</summary>
public sealed class ConsumerTests : IAsyncDisposable
{
    static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    readonly ScriptedBroker _broker = new();
    readonly ScriptedLog _log = new();
    readonly TopicPartition _partition = new("t", 0);
    IConsumer<string, string>? _consumer;

    public ConsumerTests() => ScriptedLog.Serve(_broker, "t", _log);

    public async ValueTask DisposeAsync()
    {
        if (_consumer is not null) await _consumer.DisposeAsync();
        await _broker.DisposeAsync();
    }

    IConsumer<string, string> Consumer(params (string Key, string Value)[] config)
    {
        var keys = new ConsumerConfig
        {
            BootstrapServers = _broker.Address.ToString(), ["retry.backoff.ms"] = "1", ["retry.backoff.max.ms"] = "2", ["reconnect.backoff.ms"] = "1", ["reconnect.backoff.max.ms"] = "2",
        };
        foreach (var (key, value) in config) keys[key] = value;
        return _consumer = new ConsumerBuilder<string, string>(keys).Build();
    }

    IConsumer<string, string> Reading(Offset from, params (string Key, string Value)[] config)
    {
        var consumer = Consumer(config);
        consumer.Assign(new TopicPartitionOffset(_partition, from));
        return consumer;
    }

    static async Task<ConsumeResult<string, string>> NextAsync(IConsumer<string, string> consumer) =>
        await consumer.ConsumeAsync(Long) ?? throw new TimeoutException("no record came");

    static async Task<List<string>> TakeAsync(IConsumer<string, string> consumer, int count)
    {
        var values = new List<string>();
        while (values.Count < count) values.Add((await NextAsync(consumer)).Message.Value!);
        return values;
    }

    static async Task<List<string>> ToEndAsync(IConsumer<string, string> consumer)
    {
        var values = new List<string>();
        await foreach (var result in consumer.ConsumeUntilEndAsync()) values.Add(result.Message.Value!);
        return values;
    }

    [Fact]
    public async Task Records_come_in_offset_order_with_everything_they_have()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        builder.TryAppend(123_456, "key"u8, false, "value"u8, false, [new RecordHeader("name", "content"u8.ToArray()), new RecordHeader("empty", null)]);
        builder.TryAppend(123_457, default, true, default, true);
        builder.Close(CompressionCodec.Gzip);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, 0, 4);
        _log.Add(batch);
        var consumer = Reading(Offset.Beginning);
        var first = await NextAsync(consumer);
        Assert.Equal((_partition, new Offset(0), 4), (first.TopicPartition, first.Offset, first.LeaderEpoch));
        Assert.Equal(("key", "value", 123_456L), (first.Message.Key, first.Message.Value, first.Message.Timestamp.UnixMilliseconds));
        Assert.Equal(["name", "empty"], first.Message.Headers!.Select(header => header.Key));
        Assert.Equal("content"u8.ToArray(), first.Message.Headers![0].Value!.Value.ToArray());
        Assert.Null(first.Message.Headers[1].Value);
        var second = await NextAsync(consumer);
        Assert.Null(second.Message.Key);
        Assert.Null(second.Message.Value);
        Assert.Null(second.Message.Headers);
    }

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

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    public async Task Of_interleaved_transactions_exactly_the_committed_records_are_seen_in_order_up_to_the_last_stable_offset(CompressionCodec codec)
    {
        _log.Transactional(1, codec, "a0", "a1")       // 0, 1
            .Transactional(2, codec, "b0", "b1")       // 2, 3
            .Append(codec, "c0")                       // 4
            .Transactional(1, codec, "a2")             // 5
            .Abort(2, firstOffset: 2, stillOpenFrom: 0)
            .Append(codec, "c1")                       // 7
            .Commit(1);                                // 8
        Assert.Equal(["a0", "a1", "c0", "a2", "c1"], await ToEndAsync(Reading(Offset.Beginning)));
        Assert.Equal((9, 0), (_consumer!.GetPositions(_partition).Delivered, (int)_consumer.GetPositions(_partition).OpenTransactionLag!));
    }

    [Fact]
    public async Task Read_uncommitted_sees_aborted_records_too_but_no_markers()
    {
        _log.Transactional(1, CompressionCodec.None, "aborted").Abort(1, 0).Append("plain").Transactional(2, CompressionCodec.None, "open");
        Assert.Equal(["aborted", "plain", "open"], await ToEndAsync(Reading(Offset.Beginning, ("isolation.level", "read_uncommitted"))));
    }

    [Fact]
    public async Task Two_aborts_and_a_commit_of_one_producer_leave_the_committed_records()
    {
        _log.Transactional(1, CompressionCodec.None, "x").Abort(1, 0).Transactional(1, CompressionCodec.None, "kept").Commit(1).Transactional(1, CompressionCodec.None, "y").Abort(1, 4);
        Assert.Equal(["kept"], await ToEndAsync(Reading(Offset.Beginning)));
    }

    [Fact]
    public async Task An_abort_marker_without_data_hides_nothing()
    {
        _log.Abort(1, null).Transactional(1, CompressionCodec.None, "kept").Commit(1);
        Assert.Equal(["kept"], await ToEndAsync(Reading(Offset.Beginning)));
    }

    [Fact]
    public async Task A_fetch_that_starts_inside_an_aborted_transaction_delivers_nothing_of_it()
    {
        _log.Transactional(1, CompressionCodec.None, "0", "1").Transactional(1, CompressionCodec.None, "2", "3").Abort(1, 0).Append("after");
        Assert.Equal(["after"], await ToEndAsync(Reading(1)));
    }

    [Fact]
    public async Task An_open_transaction_stops_delivery_and_its_commit_brings_everything_in_order()
    {
        _log.Append("0", "1").Transactional(1, CompressionCodec.None, "2").Append("3");
        var consumer = Reading(Offset.Beginning);
        Assert.Equal(["0", "1"], await TakeAsync(consumer, 2));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        while (consumer.GetPositions(_partition) is not { Lag: 0, OpenTransactionLag: 2 }) await Task.Yield();
        var rest = TakeAsync(consumer, 2);
        _log.Commit(1);
        Assert.Equal(["2", "3"], await rest);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        while (consumer.GetPositions(_partition) is not { Delivered: 5, Processed: 5, Lag: 0 }) await Task.Yield();
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

    [Fact]
    public async Task A_damaged_batch_is_fetched_again_and_delivered_when_it_is_sound_then()
    {
        _log.Append("0").Append("1");
        var fetches = 0;
        _log.Distort = bytes => fetches++ < 2 ? Batches.Damaged(bytes) : bytes;
        Assert.Equal(["0", "1"], await TakeAsync(Reading(Offset.Beginning), 2));
        Assert.Equal(3, fetches);
    }

    [Fact]
    public async Task A_batch_that_stays_damaged_is_told_after_what_lies_before_it_and_seeking_past_it_goes_on()
    {
        _log.Append("0").Append("1", "2").Append("3");
        _log.Distort = bytes =>
        {
            var at = bytes.AsSpan().IndexOf(Batches.Plain(1, "1", "2").AsSpan(0, 8));
            if (at >= 0) bytes[at + 25] ^= 1;
            return bytes;
        };
        var consumer = Reading(Offset.Beginning);
        var events = new List<ConsumerEvent>();
        consumer.Events += events.Add;
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.CorruptRecord, new TopicPartitionOffset(_partition, 1)), (failure.Fault, failure.TopicPartitionOffset));
        Assert.Equal(ConsumeFault.CorruptRecord, Assert.Single(events).Fault);
        Assert.Equal(3, _log.FetchedFrom.Count(offset => offset <= 1));
        Assert.True(consumer.GetPositions(_partition).IsStopped);
        consumer.Seek(new TopicPartitionOffset(_partition, 3));
        Assert.Equal("3", (await NextAsync(consumer)).Message.Value);
    }

    [Fact]
    public async Task Damage_is_not_looked_for_when_crcs_are_not_to_be_checked()
    {
        var batch = Batches.Plain(0, "0");
        batch[17] ^= 1;
        _log.Add(batch);
        Assert.Equal(["0"], await TakeAsync(Reading(Offset.Beginning, ("check.crcs", "false")), 1));
    }

    [Theory]
    [InlineData(CompressionCodec.Snappy, "snappy")]
    [InlineData(CompressionCodec.Lz4, "lz4")]
    [InlineData(CompressionCodec.Zstd, "zstd")]
    public async Task A_codec_that_cannot_be_read_is_named_and_never_skipped(CompressionCodec codec, string name)
    {
        _log.Append("0").Add(Batches.Pretend(Batches.Plain(1, "1", "2"), codec)).Append("3");
        var consumer = Reading(Offset.Beginning);
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.UnsupportedCodec, 1L), (failure.Fault, failure.TopicPartitionOffset.Offset.Value));
        Assert.Contains(name, failure.Message);
        Assert.Contains("past offset 2", failure.Message);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
    }

    [Fact]
    public async Task A_codec_that_cannot_be_read_does_not_matter_in_an_aborted_transaction()
    {
        _log.Transactional(1, CompressionCodec.None, "0");
        _log.Add(Batches.Pretend(Batches.Of(1, ["1"], 1, transactional: true), CompressionCodec.Zstd)).Abort(1, 0).Append("kept");
        Assert.Equal(["kept"], await ToEndAsync(Reading(Offset.Beginning)));
    }

    [Fact]
    public async Task A_batch_that_grows_beyond_the_limit_is_corrupt_at_once()
    {
        _log.Append("0").Append(CompressionCodec.Gzip, new string('x', 1_000_000)).Append("2");
        var consumer = Reading(Offset.Beginning, ("max.decompressed.batch.bytes", "100000"));
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal(ConsumeFault.CorruptRecord, failure.Fault);
        Assert.Contains("max.decompressed.batch.bytes=100000", failure.Message);
    }

    [Fact]
    public async Task Records_whose_count_or_lengths_lie_are_damage()
    {
        _log.Add(Batches.With(Batches.Plain(0, "a", "b"), header => header with { RecordCount = 2_000_000_000 }));
        Assert.Equal(ConsumeFault.CorruptRecord, (await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(Reading(Offset.Beginning)))).Fault);
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
    public async Task The_end_of_a_partition_is_told_once_each_time_it_is_reached()
    {
        _log.Append("0");
        var consumer = Reading(Offset.Beginning, ("enable.partition.eof", "true"));
        Assert.Equal("0", (await NextAsync(consumer)).Message.Value);
        var end = await NextAsync(consumer);
        Assert.True(end.IsPartitionEof);
        Assert.Equal(new TopicPartitionOffset(_partition, 1), end.TopicPartitionOffset);
        var next = NextAsync(consumer);
        _log.Append("1");
        Assert.Equal("1", (await next).Message.Value);
        using var batch = await consumer.ConsumeBatchAsync();
        Assert.Equal((0, new TopicPartitionOffset(_partition, 2)), (batch.Count, Assert.Single(batch.PartitionEnds)));
    }

    [Fact]
    public async Task The_end_is_behind_the_marker_of_the_last_transaction()
    {
        _log.Transactional(1, CompressionCodec.None, "0").Abort(1, 0);
        var end = await NextAsync(Reading(Offset.Beginning, ("enable.partition.eof", "true")));
        Assert.Equal((true, 2L), (end.IsPartitionEof, end.Offset.Value));
    }

    [Fact]
    public async Task A_paused_partition_delivers_nothing_and_keeps_what_it_has()
    {
        _log.Append("0", "1", "2");
        var consumer = Reading(Offset.Beginning);
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        consumer.Pause(_partition);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        var fetches = _log.FetchedFrom.Count(offset => offset == 0);
        consumer.Resume(_partition);
        Assert.Equal(["1", "2"], await TakeAsync(consumer, 2));
        Assert.Equal(fetches, _log.FetchedFrom.Count(offset => offset == 0));
        Assert.Throws<InvalidOperationException>(() => consumer.Pause(new TopicPartition("other", 0)));
        Assert.Throws<InvalidOperationException>(() => consumer.Resume(new TopicPartition("other", 0)));
    }

    [Fact]
    public async Task A_record_that_cannot_be_deserialised_stays_the_next_until_it_is_skipped()
    {
        _log.Append("1", "poison", "3");
        await using var consumer = new ConsumerBuilder<Null, int>(new ConsumerConfig { BootstrapServers = _broker.Address.ToString() }).SetValueDeserializer(new Numbers()).Build();
        consumer.Assign(new TopicPartitionOffset(_partition, 0));
        Assert.Equal(1, (await consumer.ConsumeAsync(Long))!.Value.Message.Value);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var failure = await Assert.ThrowsAsync<ConsumeException>(async () => await consumer.ConsumeAsync(Long));
            Assert.Equal((ConsumeFault.Deserialization, ErrorClass.Record, 1L), (failure.Fault, failure.Class, failure.TopicPartitionOffset.Offset.Value));
            Assert.Equal("poison"u8.ToArray(), failure.Raw!.Value.Message.Value);
            Assert.IsType<FormatException>(failure.InnerException);
            Assert.Equal(1, consumer.GetPositions(_partition).Delivered);
            if (attempt == 2) consumer.SkipRecord(failure);
            if (attempt == 2) Assert.Throws<InvalidOperationException>(() => consumer.SkipRecord(failure));
        }
        Assert.Equal(3, (await consumer.ConsumeAsync(Long))!.Value.Message.Value);
    }

    sealed class Numbers : IDeserializer<int>
    {
        public int Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => int.Parse(Encoding.UTF8.GetString(data));
    }

    [Fact]
    public async Task A_batch_gives_views_of_its_records_until_it_is_disposed_of_or_the_next_pull()
    {
        _log.Append("0", "1", "2").Append(CompressionCodec.Gzip, "3", "4");
        var consumer = Reading(Offset.Beginning);
        var batch = await consumer.ConsumeBatchAsync(5);
        Assert.Equal(5, batch.Count);
        var values = new List<string>();
        foreach (var view in batch)
        {
            values.Add(view.Value!);
            Assert.Equal(view.Value, Encoding.UTF8.GetString(view.RawValue));
            Assert.True(view.KeyIsNull);
            Assert.Equal(values.Count - 1, view.Offset);
        }
        Assert.Equal(["0", "1", "2", "3", "4"], values);
        Assert.Equal("3", batch[3].Value);
        Assert.Equal("4", batch[4].ToResult().Message.Value);
        Assert.Equal(new TopicPartitionOffset(_partition, 5), Assert.Single(batch.NextOffsets));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = batch[5].Offset);
        _log.Append("5");
        using var next = await consumer.ConsumeBatchAsync();
        Assert.Throws<ObjectDisposedException>(() => _ = batch[0].Offset);
        Assert.Equal("5", next[0].Value);
        next.Dispose();
        next.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = next[0].Offset);
    }

    [Fact]
    public async Task A_batch_has_no_more_records_than_asked_for_and_the_rest_comes_next()
    {
        _log.Append("0", "1", "2", "3", "4");
        var consumer = Reading(Offset.Beginning);
        using (var two = await consumer.ConsumeBatchAsync(2)) Assert.Equal((2, 2L), (two.Count, two.NextOffsets[0].Offset.Value));
        Assert.Equal((2L, 0L), (consumer.GetPositions(_partition).Delivered, consumer.GetPositions(_partition).Processed));
        using (var three = await consumer.ConsumeBatchAsync(10)) Assert.Equal("2", three[0].Value);
        Assert.Equal((5L, 2L), (consumer.GetPositions(_partition).Delivered, consumer.GetPositions(_partition).Processed));
    }

    [Fact]
    public async Task Positions_move_over_holes_to_behind_the_batch()
    {
        var batch = Batches.With(Batches.Plain(0, "0", "1"), header => header with { LastOffsetDelta = 9 });
        _log.Add(batch).Append("10");
        Assert.Equal(["0", "1", "10"], await TakeAsync(Reading(Offset.Beginning), 3));
    }

    [Fact]
    public async Task Cancelling_a_pull_loses_nothing()
    {
        var consumer = Reading(Offset.Beginning);
        using var cancellation = new CancellationTokenSource();
        var cancelled = consumer.ConsumeAsync(Long, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _log.Append("0", "1");
        Assert.Equal(["0", "1"], await TakeAsync(consumer, 2));
    }

    [Fact]
    public async Task A_second_pull_at_the_same_time_is_refused()
    {
        var consumer = Reading(Offset.Beginning);
        var first = NextAsync(consumer);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.ConsumeBatchAsync());
        _log.Append("0");
        Assert.Equal("0", (await first).Message.Value);
    }

    [Fact]
    public async Task Disposing_ends_a_pull_that_waits_as_if_there_were_nothing_more()
    {
        var consumer = Reading(Offset.Beginning);
        await using var stream = consumer.ConsumeAsync().GetAsyncEnumerator();
        var next = stream.MoveNextAsync();
        await consumer.DisposeAsync();
        Assert.False(await next);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await consumer.ConsumeAsync(Long));
        Assert.Throws<ObjectDisposedException>(() => consumer.Assign([]));
    }

    [Fact]
    public async Task Reading_until_the_end_leaves_what_came_later_for_the_next_pull()
    {
        _log.Append("0", "1");
        var consumer = Reading(Offset.Beginning);
        var values = new List<string>();
        await foreach (var result in consumer.ConsumeUntilEndAsync())
        {
            if (values.Count == 0) _log.Append("2");
            values.Add(result.Message.Value!);
        }
        Assert.Equal(["0", "1"], values);
        Assert.Equal("2", (await NextAsync(consumer)).Message.Value);
    }

    [Fact]
    public async Task Reading_an_empty_partition_until_the_end_completes_at_once()
    {
        Assert.Empty(await ToEndAsync(Reading(Offset.Beginning)));
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
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = _broker.Address.ToString() }).UseTimeProvider(time).Build();
        consumer.Assign(new TopicPartitionOffset(_partition, 0));
        while (Volatile.Read(ref fetches) == 0) await Task.Yield();
        var paused = time.GetElapsedTime(0);
        while (Volatile.Read(ref fetches) == 1)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
        Assert.True(time.GetElapsedTime(0) - paused >= TimeSpan.FromSeconds(29));
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
