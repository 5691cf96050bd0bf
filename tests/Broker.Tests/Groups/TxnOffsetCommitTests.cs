using Semel.Broker.Door;
using Semel.Broker.Handlers.Groups;
using Semel.Broker.Hosting;
using Semel.Broker.Tests.Handlers;
using Semel.Broker.Tests.Support;
using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Groups;

/// <summary>Offsets of transactions over the wire, with a coordinator of transactions that answers what the test says.</summary>
public class TxnOffsetCommitTests : StoreTest
{
    readonly ScriptedGate _gate = new();
    Listener? _listener;

    protected override BrokerOptions Options => new() { Groups = GroupOptions.Default with { InitialRebalanceDelay = TimeSpan.Zero } };

    public static TheoryData<short> Versions => EveryVersionTests.Of(ApiKey.TxnOffsetCommit);

    /// <summary>A connection to the broker's own groups, by a door of the test's.</summary>
    async Task<FrameClient> ConnectToGroupsAsync()
    {
        _listener ??= TestDoor.Listen(Time, Lines, new TxnOffsetCommitHandler(Broker.Groups, _gate, Time));
        return await FrameClient.ConnectAsync(_listener.EndPoint);
    }

    async Task<TopicId> MakeAsync() => (await Broker.CreateTopicAsync("t", 2, new Dictionary<string, string>())).Topic!.TopicId;

    static TxnOffsetCommitRequest Request(long offset, TopicId id = default, long producer = 7, short epoch = 0, string group = "g") => new()
    {
        TransactionalId = new("id"),
        GroupId = new(group),
        ProducerId = new(producer),
        ProducerEpoch = new(epoch),
        Topics = [new() { Name = id.IsNone ? "t" : "", TopicId = id, Partitions = [new() { CommittedOffset = offset }] }],
    };

    static async Task<ErrorCode> AskAsync(FrameClient client, TxnOffsetCommitRequest request, short version = 5) =>
        Assert.Single(Assert.Single((await client.AskAsync(request, version)).Topics).Partitions).ErrorCode;

    Task<ErrorCode> EndAsync(bool commit, long producer = 7, short epoch = 0, short version = 1)
    {
        var participant = Broker.Groups.ParticipantOf("g");
        Assert.True(Broker.Topics.TryFind(participant.TopicId, out var topic));
        return topic.Find(participant.Partition)!.EndTransactionAsync(new EndMarker(new(producer), new(epoch), commit, 0, version));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task In_each_version_the_coordinator_is_asked_and_the_offset_counts_after_the_marker(short version)
    {
        var id = await MakeAsync();
        var (client, reader) = (await ConnectToGroupsAsync(), await ConnectAsync());
        Assert.Equal(ErrorCode.None, await AskAsync(client, Request(5, version >= 6 ? id : default), version));
        var question = Assert.Single(_gate.Asked);
        Assert.Equal((new TransactionalId("id"), version >= 5), (question.Id, question.Add));
        Assert.Equal((ParticipantKind.Offsets, InternalTopic.Groups), (Assert.Single(question.Participants).Kind, question.Participants[0].Topic));
        var unstable = await reader.AskAsync(new OffsetFetchRequest { GroupId = new("g"), RequireStable = true, Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, 7);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, unstable.Topics[0].Partitions[0].ErrorCode);
        // It is open here now: nobody is asked again.
        Assert.Equal(ErrorCode.None, await AskAsync(client, Request(6, version >= 6 ? id : default), version));
        Assert.Single(_gate.Asked);
        Assert.Equal(ErrorCode.None, await EndAsync(commit: true));
        Assert.Equal(6, await reader.FetchCommittedAsync("g", "t"));
    }

    [Theory]
    [InlineData(ErrorCode.ProducerFenced, 5, ErrorCode.InvalidProducerEpoch)]
    [InlineData(ErrorCode.TransactionAbortable, 3, ErrorCode.InvalidTxnState)]
    [InlineData(ErrorCode.TransactionAbortable, 4, ErrorCode.TransactionAbortable)]
    [InlineData(ErrorCode.ConcurrentTransactions, 4, ErrorCode.ConcurrentTransactions)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, 1, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, 2, ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ErrorCode.NotCoordinator, 5, ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.InvalidProducerIdMapping, 5, ErrorCode.InvalidProducerIdMapping)]
    [InlineData(ErrorCode.InvalidTxnState, 4, ErrorCode.InvalidTxnState)]
    public async Task What_the_coordinator_says_is_told_as_the_version_knows_it(ErrorCode coordinator, short version, ErrorCode told)
    {
        await MakeAsync();
        var client = await ConnectToGroupsAsync();
        _gate.Code = _ => coordinator;
        Assert.Equal(told, await AskAsync(client, Request(5), version));
        Assert.Equal(-1, await (await ConnectAsync()).FetchCommittedAsync("g", "t"));
    }

    [Fact]
    public async Task What_is_not_there_is_told_first_and_begins_no_transaction()
    {
        await MakeAsync();
        var client = await ConnectToGroupsAsync();
        Assert.Equal(ErrorCode.UnknownTopicId, await AskAsync(client, Request(5, new(Guid.NewGuid()), group: ""), 6));
        var request = Request(5);
        request.Topics[0].Partitions[0].PartitionIndex = 9;
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await AskAsync(client, request));
        Assert.Equal(ErrorCode.InvalidGroupId, await AskAsync(client, Request(5, group: "")));
        Assert.Empty((await client.AskAsync(new TxnOffsetCommitRequest { TransactionalId = new("id"), GroupId = new("g"), Topics = [new() { Name = "t" }] }, 5)).Topics);
        Assert.Empty(_gate.Asked);
        // With others beside it those are committed, and it comes first in the answer.
        var both = Request(5);
        both.Topics.Add(new() { Name = "never", Partitions = [new()] });
        Assert.Equal([("never", ErrorCode.UnknownTopicOrPartition), ("t", ErrorCode.None)], (await client.AskAsync(both, 5)).Topics.Select(topic => (topic.Name, topic.Partitions[0].ErrorCode)));
    }

    [Fact]
    public async Task A_transaction_that_ended_while_its_coordinator_was_asked_gets_nothing()
    {
        await MakeAsync();
        var client = await ConnectToGroupsAsync();
        _gate.Before = async () => Assert.Equal(ErrorCode.None, await EndAsync(commit: false));
        Assert.Equal(ErrorCode.InvalidTxnState, await AskAsync(client, Request(5), 4));
        Assert.Equal(-1, await (await ConnectAsync()).FetchCommittedAsync("g", "t"));
    }

    [Fact]
    public async Task KAFKA_17754_offsets_of_an_older_connection_do_not_join_the_next_transaction()
    {
        await MakeAsync();
        var (older, newer) = (await ConnectToGroupsAsync(), await ConnectToGroupsAsync());
        Assert.Equal(ErrorCode.None, await AskAsync(newer, Request(10), 3));
        Assert.Equal(ErrorCode.None, await EndAsync(commit: true));
        Assert.Equal(ErrorCode.None, await AskAsync(newer, Request(20), 3));
        // What was held up on the older connection comes now.
        await older.SendAsync(Request(10), ApiKey.TxnOffsetCommit, 3);
        Assert.True(await older.IsClosedAsync());
        Assert.Equal(ErrorCode.None, await EndAsync(commit: true));
        Assert.Equal(20, await (await ConnectAsync()).FetchCommittedAsync("g", "t"));
    }

    [Fact]
    public async Task Pending_offsets_outlive_a_kill()
    {
        await MakeAsync();
        Assert.Equal(ErrorCode.None, await AskAsync(await ConnectToGroupsAsync(), Request(5)));
        await RestartAsync(inOrder: false);
        var reader = await ConnectAsync();
        Assert.Equal(ErrorCode.UnstableOffsetCommit, (await reader.AskAsync(new OffsetFetchRequest { GroupId = new("g"), RequireStable = true, Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, 7)).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.None, await EndAsync(commit: true));
        Assert.Equal(5, await reader.FetchCommittedAsync("g", "t"));
    }

    public override async Task DisposeAsync()
    {
        if (_listener is not null) await _listener.DisposeAsync();
        await base.DisposeAsync();
    }
}
