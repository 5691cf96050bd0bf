using System.Text;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>Records, batches and ends as they are pulled: what they hold, one at a time, cancelled, disposed of.</summary>
public sealed class ConsumerPullTests : ConsumerTest
{
    [Fact]
    public async Task Records_come_in_offset_order_with_everything_they_have()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        builder.TryAppend(123_456, "key"u8, false, "value"u8, false, [new RecordHeader("name", "content"u8.ToArray()), new RecordHeader("empty", null)]);
        builder.TryAppend(123_457, default, true, default, true);
        builder.Close(CompressionCodec.Gzip, null, Semel.Codecs.CodecTable.All);
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
    public async Task A_stream_that_is_cancelled_ends_there_though_more_is_buffered_and_the_next_pull_goes_on()
    {
        _log.Append([.. Enumerable.Range(0, 100).Select(number => $"{number}")]);
        var consumer = Reading(Offset.Beginning);
        using var cancellation = new CancellationTokenSource();
        var read = new List<string>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var result in consumer.ConsumeAsync(cancellation.Token))
            {
                read.Add(result.Message.Value!);
                if (read.Count == 10) await cancellation.CancelAsync();
            }
        });
        Assert.Equal(Enumerable.Range(0, 10).Select(number => $"{number}"), read);
        Assert.Equal("10", (await NextAsync(consumer)).Message.Value);
    }

    [Fact]
    public async Task A_pull_that_is_cancelled_before_it_begins_gives_nothing_and_loses_nothing()
    {
        _log.Append("0", "1", "2", "3");
        var consumer = Reading(Offset.Beginning);
        Assert.Equal("0", (await NextAsync(consumer)).Message.Value);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await consumer.ConsumeAsync(Long, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await consumer.ConsumeBatchAsync(cancelled));
        Assert.Equal(1, consumer.GetPositions(_partition).Delivered);
        Assert.Equal(["1", "2", "3"], await TakeAsync(consumer, 3));
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
}
