using System.Text.RegularExpressions;
using Semel.Log;
using Semel.Log.Segments;
using Semel.Peers;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Compat.Tests;

/// <summary>The logs in which coordinators keep their state are Kafka's: its own dump tool reads every record of them, and says the same as ours.</summary>
public sealed partial class StateLogDumpTests : IDisposable
{
    static readonly TopicId Orders = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"));
    readonly string _folder = Directory.CreateTempSubdirectory("semel-state-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PeersFact]
    public async Task Kafkas_dump_tool_reads_the_transactions()
    {
        var records = Enumerable.Range(0, 8).Select(status => ((byte[], byte[]?))StateRecord.ToBytes(new TransactionLogKey { TransactionalId = new($"id-{status}") }, new TransactionLogValue
        {
            ProducerId = new(1), PreviousProducerId = new(1), NextProducerId = new(2), ProducerEpoch = new(3), TransactionTimeoutMs = 60_000, TransactionStatus = (sbyte)status,
            TransactionPartitions = status == 0 ? null : [new() { Topic = "orders", PartitionIds = [0, 2], TopicId = Orders }, new() { Topic = "__consumer_offsets", PartitionIds = [1] }],
            TransactionLastUpdateTimestampMs = 1_700_000_000_000, TransactionStartTimestampMs = -1, ClientTransactionVersion = 2, LastEpoch = new(2), EndReason = 1,
        })).Append((StateRecord.KeyBytes(new TransactionLogKey { TransactionalId = new("gone") }), null));
        var (kafka, ours) = await DumpedAsync("__transaction_state-0~AAAAAAAAAAAAAAAAAAAAAA", "--transaction-log-decoder", records);
        Assert.Contains("\"transactionStatus\":\"PrepareCommit\"", kafka[2]);
        Assert.Contains("\"lastEpoch\":2", ours[2]);
        Assert.Equal(kafka, ours.Select(line => Additions().Replace(line, "")));
    }

    /// <summary>What Kafka's records do not have.</summary>
    [GeneratedRegex(@",""(?:lastEpoch|endReason|keptUntilTimestamp)"":\d+|(?<=""partitionIds"":\[[\d,]*\]),""topicId"":""[^""]*""")]
    private static partial Regex Additions();

    [PeersFact]
    public async Task Kafkas_dump_tool_reads_the_offsets_and_the_groups()
    {
        var group = new GroupId("g");
        (byte[], byte[]?)[] records =
        [
            StateRecord.ToBytes(new OffsetCommitKey { Group = group, Topic = "orders", Partition = 1 }, new OffsetCommitValue { Offset = 7, LeaderEpoch = 3, Metadata = "m", CommitTimestamp = 9, TopicId = Orders, KeptUntilTimestamp = 10 }),
            StateRecord.ToBytes(new OffsetCommitKey { Group = group, Topic = "orders", Partition = 2 }, new OffsetCommitValue { Offset = 8, Metadata = "", CommitTimestamp = 9, ExpireTimestamp = 10 }, version: 1),
            (StateRecord.KeyBytes(new OffsetCommitKey { Group = group, Topic = "orders", Partition = 1 }), null),
            StateRecord.ToBytes(new GroupMetadataKey { Group = group }, new GroupMetadataValue
            {
                ProtocolType = ConsumerProtocol.Type, Generation = 4, Protocol = "range", Leader = "a", CurrentStateTimestamp = 5,
                Members = [new()
                {
                    MemberId = "a", GroupInstanceId = "i", ClientId = "c", ClientHost = "/127.0.0.1", RebalanceTimeout = 1, SessionTimeout = 2,
                    Subscription = VersionedData.ToBytes(new ConsumerProtocolSubscription { Topics = ["orders"], OwnedPartitions = [new() { Topic = "orders", Partitions = [0] }], RackId = "r" }, 3),
                    Assignment = VersionedData.ToBytes(new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = "orders", Partitions = [0, 1] }] }, 3),
                }],
            }),
            StateRecord.ToBytes(new ConsumerGroupMetadataKey { GroupId = group }, new ConsumerGroupMetadataValue { Epoch = 3, MetadataHash = 77 }),
            StateRecord.ToBytes(new ConsumerGroupMemberMetadataKey { GroupId = group, MemberId = "a" }, new ConsumerGroupMemberMetadataValue
            {
                InstanceId = null, RackId = "r", ClientId = "c", ClientHost = "/127.0.0.1", SubscribedTopicNames = ["orders"], SubscribedTopicRegex = "o.*", RebalanceTimeoutMs = 1, ServerAssignor = "uniform", ClassicMemberMetadata = null,
            }),
            StateRecord.ToBytes(new ConsumerGroupMemberMetadataKey { GroupId = group, MemberId = "b" }, new ConsumerGroupMemberMetadataValue
            {
                ClassicMemberMetadata = new() { SessionTimeoutMs = 5, SupportedProtocols = [new() { Name = "range", Metadata = new byte[] { 1, 2 } }] },
            }),
            StateRecord.ToBytes(new ConsumerGroupTargetAssignmentMetadataKey { GroupId = group }, new ConsumerGroupTargetAssignmentMetadataValue { AssignmentEpoch = 3, AssignmentTimestamp = 9 }),
            StateRecord.ToBytes(new ConsumerGroupTargetAssignmentMemberKey { GroupId = group, MemberId = "a" }, new ConsumerGroupTargetAssignmentMemberValue { TopicPartitions = [new() { TopicId = Orders, Partitions = [0, 1] }] }),
            StateRecord.ToBytes(new ConsumerGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = "a" }, new ConsumerGroupCurrentMemberAssignmentValue
            {
                MemberEpoch = 3, PreviousMemberEpoch = 2, State = 1, AssignedPartitions = [new() { TopicId = Orders, Partitions = [0], AssignmentEpochs = [3] }], PartitionsPendingRevocation = [new() { TopicId = Orders, Partitions = [1], AssignmentEpochs = null }],
            }),
            StateRecord.ToBytes(new ConsumerGroupRegularExpressionKey { GroupId = group, RegularExpression = "o.*" }, new ConsumerGroupRegularExpressionValue { Topics = ["orders"], Version = 6, Timestamp = 9 }),
            (StateRecord.KeyBytes(new ConsumerGroupMetadataKey { GroupId = group }), null),
        ];
        var (kafka, ours) = await DumpedAsync("__consumer_offsets-0~AAAAAAAAAAAAAAAAAAAAAA", "--offsets-decoder", records);
        Assert.DoesNotContain(kafka, line => line.Contains("unknown", StringComparison.Ordinal));
        Assert.Contains("\"keptUntilTimestamp\":10", ours[0]);
        Assert.Equal(kafka, ours.Select(line => Additions().Replace(line, "")));
    }

    /// <summary>Keys and values as Kafka's tool and ours print them, of a log that our log engine wrote.</summary>
    async Task<(string[] Kafka, string[] Ours)> DumpedAsync(string log, string decoder, IEnumerable<(byte[] Key, byte[]? Value)> records)
    {
        await WriteAsync(log, records);
        var segment = Assert.Single(Directory.EnumerateFiles(_folder, "00000000000000000000.log", SearchOption.AllDirectories));
        var kafka = Ran.Program(Path.Combine(PeersFolder.Required, "tools", "kafka-dump-log.sh"), ["--files", segment, decoder], TimeSpan.FromMinutes(1));
        var (file, arguments) = TestedProgram.Command("log", "dump", "--records", _folder);
        var ours = Ran.Program(file, arguments, TimeSpan.FromMinutes(1));
        Assert.True((kafka.ExitCode, ours.ExitCode) == (0, 0), kafka.Error + ours.Error);
        var (left, right) = (Records(kafka.Output), Records(ours.Output));
        Assert.Equal(records.Count(), left.Length);
        return (left, right);
    }

    static string[] Records(string output) => [.. output.Split('\n').Where(line => line.StartsWith('|')).Select(line => line[line.IndexOf(" key: ", StringComparison.Ordinal)..])];

    async Task WriteAsync(string log, IEnumerable<(byte[] Key, byte[]? Value)> records)
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        foreach (var (key, value) in records) builder.TryAppend(1_700_000_000_000, key, false, value, value is null, []);
        builder.Close(CompressionCodec.None);
        builder.Stamp(ProducerId.None, ProducerEpoch.None, SequenceNumber.None, transactional: false);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, 0, leaderEpoch: 0);
        await using var store = new SegmentLogStore(new SegmentStoreOptions { Directory = _folder });
        using var made = store.Create(log, new LogOptions());
        Assert.Equal(AppendStatus.Appended, (await made.AppendAsync([batch], 0)).Status);
    }
}
