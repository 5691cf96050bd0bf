using System.Text.Json;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Cli.Tests.Dump;

/// <summary>What coordinators wrote, shown field by field. That Kafka's tool says the same of the same bytes is held by the tests with real Kafka.</summary>
public sealed class StateDumpTests : IDisposable
{
    static readonly OffsetCommitKey Committed = new() { Group = new("g"), Topic = "orders", Partition = 1 };
    readonly string _folder = Directory.CreateTempSubdirectory("semel dump ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Write(string log, params (byte[] Key, byte[]? Value)[] records)
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        foreach (var (key, value) in records) builder.TryAppend(1_700_000_000_000, key, false, value, value is null, []);
        builder.Close(CompressionCodec.None);
        builder.Stamp(ProducerId.None, ProducerEpoch.None, SequenceNumber.None, transactional: false);
        var bytes = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(bytes, 0, leaderEpoch: 0);
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, log)).FullName, "00000000000000000000.log");
        File.WriteAllBytes(file, bytes);
        return file;
    }

    static async Task<string[]> RecordsAsync(params string[] arguments)
    {
        var result = await RunResult.OfAsync(["log", "dump", .. arguments]);
        Assert.Equal((ExitCode.Success, ""), (result.ExitCode, result.Error));
        return [.. result.Lines.Where(line => line.StartsWith('|'))];
    }

    [Fact]
    public async Task Offsets_are_shown_and_what_removes_them()
    {
        var file = Write("__consumer_offsets-3~AAAA",
            StateRecord.ToBytes(Committed, new OffsetCommitValue { Offset = 7, LeaderEpoch = -1, Metadata = "m", CommitTimestamp = 9, TopicId = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")) }),
            (StateRecord.KeyBytes(Committed), null));
        var lines = await RecordsAsync("--records", file);
        Assert.EndsWith("""key: {"type":"1","data":{"group":"g","topic":"orders","partition":1}} payload: {"version":"4","data":{"offset":7,"leaderEpoch":-1,"metadata":"m","commitTimestamp":9,"topicId":"ABEiM0RVZneImaq7zN3u_w"}}""", lines[0]);
        Assert.EndsWith("""key: {"type":"1","data":{"group":"g","topic":"orders","partition":1}} payload: <DELETE>""", lines[1]);
    }

    [Fact]
    public async Task Json_has_the_same_as_objects()
    {
        var file = Write("__consumer_offsets-3~AAAA",
            StateRecord.ToBytes(Committed, new OffsetCommitValue { Offset = 7, Metadata = "m", CommitTimestamp = 9 }), (StateRecord.KeyBytes(Committed), null));
        var result = await RunResult.OfAsync("log", "dump", "--records", "--json", file);
        var records = result.Lines.Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.GetProperty("type").GetString() == "record").ToList();
        Assert.Equal(("g", 7), (records[0].GetProperty("key").GetProperty("data").GetProperty("group").GetString(), records[0].GetProperty("value").GetProperty("data").GetProperty("offset").GetInt32()));
        Assert.Equal(JsonValueKind.Null, records[1].GetProperty("value").ValueKind);
    }

    [Fact]
    public async Task A_transaction_tells_its_state_by_name_and_what_we_add_to_Kafkas_fields()
    {
        var file = Write("__transaction_state-0~AAAA", StateRecord.ToBytes(new TransactionLogKey { TransactionalId = new("x") }, new TransactionLogValue
        {
            ProducerId = new(1), ProducerEpoch = new(2), TransactionTimeoutMs = 3, TransactionStatus = 2, TransactionPartitions = [new() { Topic = "orders", PartitionIds = [0, 2] }],
            TransactionLastUpdateTimestampMs = 5, TransactionStartTimestampMs = 4, LastEpoch = new(1),
        }));
        Assert.EndsWith("""key: {"type":"0","data":{"transactionalId":"x"}} payload: {"version":"1","data":{"producerId":1,"producerEpoch":2,"transactionTimeoutMs":3,"transactionStatus":"PrepareCommit","transactionPartitions":[{"topic":"orders","partitionIds":[0,2]}],"transactionLastUpdateTimestampMs":5,"transactionStartTimestampMs":4,"lastEpoch":1}}""",
            Assert.Single(await RecordsAsync("--records", file)));
    }

    [Fact]
    public async Task What_members_told_each_other_is_opened_where_it_can_be()
    {
        var subscription = VersionedData.ToBytes(new ConsumerProtocolSubscription { Topics = ["orders"] }, 3);
        (byte[], byte[]) Group(string protocolType, byte[] told) => StateRecord.ToBytes(new GroupMetadataKey { Group = new("g") },
            new GroupMetadataValue { ProtocolType = protocolType, Protocol = null, Leader = "a", Members = [new() { MemberId = "a", Subscription = told, Assignment = ReadOnlyMemory<byte>.Empty }] });
        var lines = await RecordsAsync("--records", Write("__consumer_offsets-0~AAAA", Group("consumer", subscription), Group("connect", subscription), Group("consumer", [1, 2, 3])));
        Assert.Contains("\"subscription\":{\"topics\":[\"orders\"],\"userData\":null,\"ownedPartitions\":[],\"generationId\":-1,\"rackId\":null},\"assignment\":\"\"", lines[0]);
        Assert.Contains($"\"subscription\":\"{Convert.ToBase64String(subscription)}\"", lines[1]);
        Assert.Contains("\"subscription\":\"AQID\"", lines[2]);
    }

    [Fact]
    public async Task A_kind_that_is_not_known_and_bytes_that_are_no_record_are_told()
    {
        var lines = await RecordsAsync("--records", Write("__consumer_offsets-0~AAAA", ([0, 99, 1], "v"u8.ToArray()), ([0, 1, 0], "v"u8.ToArray()), (StateRecord.KeyBytes(Committed), [0, 9])));
        Assert.EndsWith("""key: {"type":"99","data":"unknown"} payload: v""", lines[0]);
        Assert.Contains("(no record of __consumer_offsets: ", lines[1]);
        Assert.EndsWith("payload: v", lines[1]);
        Assert.Contains("(no record of __consumer_offsets: a OffsetCommit in version 9; this program knows 0-4)", lines[2]);
    }

    [Fact]
    public async Task A_file_that_lies_elsewhere_is_decoded_when_it_is_said_what_it_is()
    {
        var file = Write("copied", StateRecord.ToBytes(Committed, new OffsetCommitValue { Offset = 7, Metadata = "m" }));
        Assert.DoesNotContain("\"type\":\"1\"", Assert.Single(await RecordsAsync("--records", file)));
        Assert.Contains("\"type\":\"1\"", Assert.Single(await RecordsAsync("--offsets-decoder", "--files", file)));
        Assert.Contains("(no record of __transaction_state: ", Assert.Single(await RecordsAsync("--transaction-log-decoder", Write("copied", ([0, 0], null)))));
        var both = await RunResult.OfAsync("log", "dump", "--offsets-decoder", "--transaction-log-decoder", file);
        Assert.Equal(ExitCode.Usage, both.ExitCode);
        Assert.Contains("Give one of them", both.Error);
    }
}
