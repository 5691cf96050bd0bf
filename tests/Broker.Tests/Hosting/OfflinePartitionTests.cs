using Semel.Broker.Tests.Handlers;
using Semel.Broker.Tests.Support;
using Semel.Log;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Hosting;

/// <summary>A partition whose log cannot be opened: told by every API in its way, with file, reason and remedy wherever there is room for words, and alone.</summary>
public class OfflinePartitionTests : StoreTest
{
    const string Reason = "/data/t-0/00000000000000000000.log is damaged at position 17: restore the file from a copy";

    static readonly MetadataRequest OfTopic = new() { Topics = [new() { Name = "t" }] };

    /// <summary>Partition 0 of two holds a record and is damaged; partition 1 is sound.</summary>
    async Task<FrameClient> StartDamagedAsync()
    {
        await CreateTopicAsync("t", 2);
        var client = await ConnectAsync();
        for (var partition = 0; partition < 2; partition++) await client.ProduceAsync("t", partition, TestBatch.Plain("kept"));
        await Broker.StopAsync();
        Store.OpenFault = name => name.StartsWith("t-0~", StringComparison.Ordinal) ? new LogDamagedException(Reason) : null;
        await StartAsync();
        await Broker.LogsOpened;
        return await ConnectAsync();
    }

    [Theory, MemberData(nameof(EveryVersionTests.Of), ApiKey.Metadata, MemberType = typeof(EveryVersionTests))]
    public async Task Metadata_tells_no_leader_and_an_offline_replica_beside_the_partition_that_serves(short version)
    {
        var client = await StartDamagedAsync();
        var topic = Assert.Single((await client.AskAsync(OfTopic, version)).Topics);
        Assert.Equal(ErrorCode.None, topic.ErrorCode);
        var offline = topic.Partitions.Single(row => row.PartitionIndex == 0);
        Assert.Equal((ErrorCode.LeaderNotAvailable, NodeId.None), (offline.ErrorCode, offline.LeaderId));
        Assert.Equal([Broker.Options.NodeId], offline.ReplicaNodes);
        Assert.Empty(offline.IsrNodes);
        if (version >= 5) Assert.Equal([Broker.Options.NodeId], offline.OfflineReplicas);
        var online = topic.Partitions.Single(row => row.PartitionIndex == 1);
        Assert.Equal((ErrorCode.None, Broker.Options.NodeId), (online.ErrorCode, online.LeaderId));
        Assert.Empty(online.OfflineReplicas);
    }

    [Theory, MemberData(nameof(EveryVersionTests.Of), ApiKey.Produce, MemberType = typeof(EveryVersionTests))]
    public async Task Produce_is_a_storage_error_with_the_reason_where_the_version_has_room_for_it(short version)
    {
        var client = await StartDamagedAsync();
        var id = (await client.AskAsync(OfTopic, 12)).Topics[0].TopicId;
        var request = Requests.Produce([("t", 0, TestBatch.Plain("x")), ("t", 1, TestBatch.Plain("y"))]);
        request.TopicData[0].TopicId = version >= 13 ? id : TopicId.None;
        var rows = (await client.AskAsync(request, version)).Responses[0].PartitionResponses;
        Assert.Equal((ErrorCode.KafkaStorageError, -1L), (rows[0].ErrorCode, rows[0].BaseOffset));
        if (version >= 8) Assert.Contains($"{Reason}. Where there is no copy of it, the way out is to delete the topic, which gives up all its records.", rows[0].ErrorMessage);
        Assert.Equal((ErrorCode.None, 1L), (rows[1].ErrorCode, rows[1].BaseOffset));
    }

    [Fact]
    public async Task Readers_and_those_who_delete_or_describe_are_told_and_the_other_partition_answers_beside_it()
    {
        var client = await StartDamagedAsync();
        var fetch = Requests.Fetch("t", 0, 0, maxWaitMs: int.MaxValue);
        fetch.Topics[0].Partitions.Add(new() { Partition = 1, PartitionMaxBytes = 1 << 20 });
        var fetched = (await client.AskAsync(fetch, Requests.FetchVersion)).Responses[0].Partitions;
        Assert.Equal([ErrorCode.KafkaStorageError, ErrorCode.None], fetched.Select(row => row.ErrorCode));
        Assert.Equal(["kept"], TestBatch.ValuesOf(fetched[1].Records!.Value));

        var listed = await client.AskAsync(new ListOffsetsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }, new() { PartitionIndex = 1, Timestamp = -1 }] }] }, 7);
        Assert.Equal([(ErrorCode.KafkaStorageError, -1L), (ErrorCode.None, 1L)], listed.Topics[0].Partitions.Select(row => (row.ErrorCode, row.Offset)));

        var deleted = await client.AskAsync(new DeleteRecordsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = -1 }] }] }, 2);
        Assert.Equal((ErrorCode.KafkaStorageError, -1L), (deleted.Topics[0].Partitions[0].ErrorCode, deleted.Topics[0].Partitions[0].LowWatermark));

        var described = await client.AskAsync(new DescribeProducersRequest { Topics = [new() { Name = "t", PartitionIndexes = [0, 1] }] }, 0);
        Assert.Equal(ErrorCode.KafkaStorageError, described.Topics[0].Partitions[0].ErrorCode);
        Assert.Contains(Reason, described.Topics[0].Partitions[0].ErrorMessage);
        Assert.Equal((ErrorCode.None, null), (described.Topics[0].Partitions[1].ErrorCode, described.Topics[0].Partitions[1].ErrorMessage));
    }

    [Fact]
    public async Task The_broker_tells_it_at_its_start_in_one_line_and_no_request_opens_it_again()
    {
        var client = await StartDamagedAsync();
        var line = Assert.Single(Lines.All, line => line.Id == 202).Text;
        Assert.Contains(Reason, line);
        Assert.Contains("t-0~", line);
        var openings = Store.OpeningsOf("t-0~");
        for (var i = 0; i < 5; i++)
        {
            await client.FetchAsync("t", 0, 0);
            await client.ProduceAsync("t", 0, TestBatch.Plain("x"));
            await client.AskAsync(OfTopic, 12);
        }
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(openings, Store.OpeningsOf("t-0~"));
        Assert.Single(Lines.All, line => line.Id == 202);
    }

    [Fact]
    public async Task A_log_that_is_gone_while_the_broker_runs_is_offline_from_the_next_record_on_and_is_not_made_anew()
    {
        await CreateTopicAsync("t", 2);
        var client = await ConnectAsync();
        for (var partition = 0; partition < 2; partition++) await client.ProduceAsync("t", partition, TestBatch.Plain("kept"));
        Store.Inner.Lose(LogOf("t"));
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.ProduceAsync("t", 0, TestBatch.Plain("x"))).ErrorCode);
        await Lines.WaitForAsync(202);
        var topic = Assert.Single((await client.AskAsync(OfTopic, 12)).Topics);
        Assert.Equal([ErrorCode.LeaderNotAvailable, ErrorCode.None], topic.Partitions.Select(row => row.ErrorCode));
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.FetchAsync("t", 0, 0)).ErrorCode);
        Assert.Throws<LogMissingException>(() => Store.Inner.Open(LogOf("t"), new LogOptions()));
        Assert.Equal(["kept"], await client.ReadAllAsync("t", 1));
    }

    [Fact]
    public async Task One_that_could_not_be_opened_for_a_passing_reason_comes_back_by_itself_although_nobody_asks_for_it()
    {
        await CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("kept"));
        await Broker.StopAsync();
        Store.OpenFault = name => name.StartsWith("t-0~", StringComparison.Ordinal) ? ScriptedLogStore.TooManyFiles("/data/t-0/0.log") : null;
        await StartAsync();
        await Broker.LogsOpened;
        client = await ConnectAsync();
        Assert.Equal(ErrorCode.LeaderNotAvailable, (await client.AskAsync(OfTopic, 12)).Topics[0].Partitions[0].ErrorCode);
        var told = (await client.ProduceAsync("t", 0, TestBatch.Plain("x"))).ErrorMessage;
        Assert.Contains("/data/t-0/0.log", told);
        Assert.Contains("ulimit -n", told);
        // It was tried once more at once; from there on the pauses grow.
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await BrokerTest.AwaitAsync(() => Lines.All.Any(line => line.Id == 209));
        Store.OpenFault = null;
        Time.Advance(TimeSpan.FromSeconds(1));
        await Lines.WaitForAsync(212);
        Assert.Equal(ErrorCode.None, (await client.AskAsync(OfTopic, 12)).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(["kept"], await client.ReadAllAsync("t"));
        Assert.Single(Lines.All, line => line.Id == 203);
    }

    [Fact]
    public async Task A_full_device_is_told_with_its_remedy_once_in_the_log_and_to_each_producer_and_heals_by_itself()
    {
        await CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("kept"));
        Store.AppendFault = name => name.StartsWith("t-0~", StringComparison.Ordinal) ? ScriptedLogStore.DeviceFull("/data/journal/0000.journal") : null;
        for (var i = 0; i < 3; i++)
        {
            var refused = await client.ProduceAsync("t", 0, TestBatch.Plain("x"));
            Assert.Equal(ErrorCode.KafkaStorageError, refused.ErrorCode);
            Assert.StartsWith("the device is full", refused.ErrorMessage);
            Assert.Contains("/data/journal/0000.journal", refused.ErrorMessage);
            Assert.Contains("Free some space", refused.ErrorMessage);
        }
        Assert.Equal(ErrorCode.None, (await client.AskAsync(OfTopic, 12)).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(["kept"], await client.ReadAllAsync("t"));
        Assert.Single(Lines.All, line => line.Id == 204);
        Store.AppendFault = null;
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((ErrorCode.None, 1L), (await client.ProduceAsync("t", 0, TestBatch.Plain("again"))) is var row ? (row.ErrorCode, row.BaseOffset) : default);
        await Lines.WaitForAsync(211);
    }

    [Fact]
    public async Task A_catalog_that_cannot_be_written_says_why_to_those_who_create_and_delete_topics()
    {
        await CreateTopicAsync("t");
        var client = await ConnectAsync();
        Store.AppendFault = name => name == "catalog" ? ScriptedLogStore.DeviceFull("/data/catalog/0.log") : null;
        var created = (await client.AskAsync(new CreateTopicsRequest { Topics = [new() { Name = "u", NumPartitions = 1, ReplicationFactor = 1 }] }, 7)).Topics[0];
        Assert.Equal(ErrorCode.KafkaStorageError, created.ErrorCode);
        Assert.Contains("the device is full", created.ErrorMessage);
        var deleted = (await client.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"] }, 5)).Responses[0];
        Assert.Equal(ErrorCode.KafkaStorageError, deleted.ErrorCode);
        Assert.Contains("Free some space", deleted.ErrorMessage);
    }

    [Fact]
    public async Task A_catalog_that_is_damaged_or_gone_ends_the_start_as_damaged_data_with_the_reason()
    {
        await CreateTopicAsync("t");
        await Broker.StopAsync();
        Store.OpenFault = name => name == "catalog" ? new LogDamagedException("/data/catalog/0.log is damaged at position 4: restore it") : null;
        var damaged = await Assert.ThrowsAsync<LogDamagedException>(StartAsync);
        Assert.Contains("/data/catalog/0.log is damaged at position 4: restore it", damaged.Message);
        Store.OpenFault = null;
        Store.Inner.Lose("catalog");
        var gone = (await Assert.ThrowsAsync<LogDamagedException>(StartAsync)).Message;
        Assert.Contains("catalog", gone);
        Assert.Contains("begin with another folder", gone);
        Assert.DoesNotContain("delete the topic", gone);
    }

    [Fact]
    public async Task What_the_store_passed_over_is_told_at_the_start()
    {
        await Broker.StopAsync();
        Store.Remarks = ["/data/logs/t-0.bak holds the log that /data/logs/t-0 holds and is left alone"];
        await StartAsync();
        Assert.Contains("/data/logs/t-0.bak", await Lines.WaitForAsync(218));
    }
}
