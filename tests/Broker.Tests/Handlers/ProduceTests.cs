using System.Buffers.Binary;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Handlers;

/// <summary>Idempotent producing as a client sees it: the rules themselves are tested where they are, in the machine.</summary>
public class ProduceTests : BrokerTest
{
    async Task<(FrameClient Client, ProducerId Producer)> StartAsync(int partitions = 1)
    {
        await Broker.CreateTopicAsync("t", partitions);
        var client = await ConnectAsync();
        return (client, await client.NewProducerAsync());
    }

    [Fact]
    public async Task Each_of_the_five_last_batches_sent_again_is_acknowledged_at_its_first_offset_and_not_appended()
    {
        var (client, producer) = await StartAsync();
        for (var i = 0; i < 6; i++) Assert.Equal(i * 2, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, i * 2, $"{i}a", $"{i}b"))).BaseOffset);
        for (var i = 5; i >= 1; i--)
        {
            var again = await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, i * 2, $"{i}a", $"{i}b"));
            Assert.Equal((ErrorCode.None, i * 2L), (again.ErrorCode, again.BaseOffset));
        }
        Assert.NotEqual(ErrorCode.None, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "0a", "0b"))).ErrorCode);
        Assert.Equal(12, (await client.ReadAllAsync("t")).Count);
    }

    [Fact]
    public async Task A_gap_an_overlap_and_a_stale_epoch_are_refused_with_their_own_errors_and_leave_no_trace()
    {
        var (client, producer) = await StartAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(producer, 1, 0, "a", "b"));
        var gap = await client.ProduceAsync("t", 0, TestBatch.Of(producer, 1, 5, "x"));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), (gap.ErrorCode, gap.BaseOffset));
        Assert.NotNull(gap.ErrorMessage);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 1, 1, "b", "c"))).ErrorCode);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 2, "x"))).ErrorCode);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 2, 2, "x"))).ErrorCode);
        Assert.Equal((ErrorCode.None, 2L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 1, 2, "c"))));
        Assert.Equal((ErrorCode.None, 3L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 2, 0, "d"))));
        Assert.Equal(["a", "b", "c", "d"], await client.ReadAllAsync("t"));
    }

    static (ErrorCode, long) Outcome(ProduceResponse.PartitionProduceResponse row) => (row.ErrorCode, row.BaseOffset);

    [Fact]
    public async Task Five_in_flight_whose_first_is_lost_are_refused_and_all_succeed_when_sent_in_order()
    {
        var (client, producer) = await StartAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "0"));
        for (var sequence = 2; sequence <= 5; sequence++)
            Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, sequence, $"{sequence}"))).ErrorCode);
        for (var sequence = 1; sequence <= 5; sequence++)
            Assert.Equal((ErrorCode.None, (long)sequence), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, sequence, $"{sequence}"))));
        Assert.Equal(["0", "1", "2", "3", "4", "5"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task One_refused_partition_does_not_hinder_the_others_of_its_request()
    {
        var (client, producer) = await StartAsync(partitions: 3);
        var response = await client.AskAsync(Requests.Produce([
            ("t", 0, TestBatch.Of(producer, 0, 0, "a")), ("t", 1, TestBatch.Of(producer, 0, 9, "gap")), ("t", 2, TestBatch.Of(producer, 0, 0, "c")), ("absent", 0, TestBatch.Plain("x"))]), Requests.ProduceVersion);
        Assert.Equal([("t", 0, ErrorCode.None), ("t", 1, ErrorCode.OutOfOrderSequenceNumber), ("t", 2, ErrorCode.None), ("absent", 0, ErrorCode.UnknownTopicOrPartition)],
            response.Responses.SelectMany(topic => topic.PartitionResponses.Select(row => (topic.Name, row.Index, row.ErrorCode))));
        Assert.Equal(["a"], await client.ReadAllAsync("t", 0));
        Assert.Empty(await client.ReadAllAsync("t", 1));
        Assert.Equal(["c"], await client.ReadAllAsync("t", 2));
    }

    [Fact]
    public async Task A_hundred_connections_that_send_the_same_batch_at_once_append_it_once_and_all_hear_the_same_offset()
    {
        var (client, producer) = await StartAsync();
        var before = await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "before"));
        var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ConnectAsync()));
        var rows = await Task.WhenAll(clients.Select(one => one.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 1, "x", "y"))));
        Assert.All(rows, row => Assert.Equal((ErrorCode.None, before.BaseOffset + 1), Outcome(row)));
        Assert.Equal(["before", "x", "y"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task A_partition_that_stands_twice_in_a_request_is_refused_twice_and_nothing_is_appended()
    {
        var (client, _) = await StartAsync();
        var request = Requests.Produce("t", 0, TestBatch.Plain("a"));
        request.TopicData.Add(new() { Name = "t", PartitionData = [new() { Index = 0, Records = TestBatch.Plain("b") }] });
        var rows = (await client.AskAsync(request, Requests.ProduceVersion)).Responses.SelectMany(topic => topic.PartitionResponses);
        Assert.Equal([ErrorCode.InvalidRequest, ErrorCode.InvalidRequest], rows.Select(row => row.ErrorCode));
        Assert.Empty(await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task The_stored_batch_is_the_sent_one_but_for_its_offset_and_leader_epoch()
    {
        var (client, producer) = await StartAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("first"));
        var batch = TestBatch.Of(producer, 0, 0, "a", "b");
        var sent = (byte[])batch.Clone();
        await client.ProduceAsync("t", 0, batch);
        var stored = (await client.FetchAsync("t", 0, 1)).Records!.Value.ToArray();
        BinaryPrimitives.WriteInt64BigEndian(sent, 1);
        BinaryPrimitives.WriteInt32BigEndian(sent.AsSpan(12), 0);
        Assert.Equal(sent, stored);
    }

    [Fact]
    public async Task A_topic_with_append_times_stamps_the_batch_anew_and_tells_the_time()
    {
        await Broker.CreateTopicAsync("t", configs: new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime" });
        var client = await ConnectAsync();
        var row = await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        var stored = (await client.FetchAsync("t", 0, 0)).Records!.Value;
        Assert.True(RecordBatchHeader.TryRead(stored.Span, out var header));
        Assert.Equal((TimestampType.LogAppendTime, row.LogAppendTimeMs), (header.Attributes.TimestampType, header.MaxTimestamp));
        Assert.InRange(row.LogAppendTimeMs, 1, long.MaxValue);
        Assert.True(RecordBatch.HasValidCrc(stored.Span));
    }

    [Fact]
    public async Task Acks_0_has_no_answer_and_the_next_request_sees_the_record()
    {
        var (client, _) = await StartAsync();
        await client.SendAsync(Requests.Produce("t", 0, TestBatch.Plain("a"), Acks.None), ApiKey.Produce, Requests.ProduceVersion);
        Assert.Equal(["a"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task Acks_0_with_a_refused_batch_closes_the_connection()
    {
        var (client, producer) = await StartAsync();
        await client.SendAsync(Requests.Produce("t", 0, TestBatch.Of(producer, 0, 7, "gap"), Acks.None), ApiKey.Produce, Requests.ProduceVersion);
        Assert.True(await client.IsClosedAsync());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    [InlineData(short.MaxValue)]
    public async Task Other_acks_are_refused_on_each_partition(short acks)
    {
        var (client, _) = await StartAsync();
        var row = Assert.Single((await client.AskAsync(Requests.Produce("t", 0, TestBatch.Plain("a"), (Acks)acks), Requests.ProduceVersion)).Responses[0].PartitionResponses);
        Assert.Equal(ErrorCode.InvalidRequiredAcks, row.ErrorCode);
        Assert.Empty(await client.ReadAllAsync("t"));
    }

    [Theory]
    [InlineData(null, ErrorCode.TransactionalIdAuthorizationFailed)]
    [InlineData("", ErrorCode.InvalidRequest)]
    public async Task A_transactional_batch_refuses_its_whole_request(string? transactionalId, ErrorCode expected)
    {
        var (client, producer) = await StartAsync(partitions: 2);
        var transactional = TestBatch.Build(producer, 0, 0, CompressionCodec.None, transactional: true, "a");
        var request = Requests.Produce([("t", 0, transactional), ("t", 1, TestBatch.Plain("plain"))], transactionalId: transactionalId is null ? null : new TransactionalId(transactionalId));
        Assert.All((await client.AskAsync(request, 11)).Responses[0].PartitionResponses, row => Assert.Equal(expected, row.ErrorCode));
        Assert.Empty(await client.ReadAllAsync("t", 1));
    }

    [Fact]
    public async Task A_plain_batch_in_a_request_with_a_transactional_id_is_taken_as_an_idempotent_one()
    {
        var (client, producer) = await StartAsync();
        var response = await client.AskAsync(Requests.Produce("t", 0, TestBatch.Of(producer, 0, 0, "a"), transactionalId: new TransactionalId("id")), 11);
        Assert.Equal(ErrorCode.None, response.Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task A_partition_that_is_not_there_is_unknown(int partition)
    {
        var (client, _) = await StartAsync();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.ProduceAsync("t", partition, TestBatch.Plain("a"))).ErrorCode);
    }

    [Fact]
    public async Task A_topic_id_that_is_not_there_is_unknown()
    {
        var (client, _) = await StartAsync();
        var request = Requests.Produce("t", 0, TestBatch.Plain("a"));
        request.TopicData[0].TopicId = new TopicId(Guid.NewGuid());
        Assert.Equal(ErrorCode.UnknownTopicId, (await client.AskAsync(request, 13)).Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public async Task What_was_recognised_and_what_was_refused_is_told_in_the_log_with_producer_and_partition()
    {
        var (client, producer) = await StartAsync();
        var batch = TestBatch.Of(producer, 0, 0, "a");
        await client.ProduceAsync("t", 0, batch);
        await client.ProduceAsync("t", 0, batch);
        await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 8, "gap"));
        Assert.Contains($"t-0: producer {producer} epoch 0 sent sequences 0 to 0 again", await Lines.WaitForAsync(400));
        Assert.Contains($"t-0: producer {producer} epoch 0 sent sequences 8 to 8 out of order", await Lines.WaitForAsync(401));
    }
}
