using Semel.Broker.Tests.Support;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Log.Memory;
using Semel.Machines.Catalog;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Topics;

/// <summary>Logs first, then the catalog, then the answer (R-CT); and what becomes of each when the next one fails.</summary>
public class TopicCreationTests : StoreTest
{
    static CreateTopicsRequest Create(string name, int partitions) => new() { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 10_000 };

    static MetadataRequest Ask(string name) => new() { Topics = [new() { Name = name }], AllowAutoTopicCreation = true };

    async Task<CreateTopicsResponse.CreatableTopicResult> CreateAsync(string name, int partitions = 1) =>
        Assert.Single((await (await ConnectAsync()).AskAsync(Create(name, partitions), 7)).Topics);

    List<string> LogsOf(string topic) => [.. Store.Names.Where(name => name.StartsWith($"{topic}-", StringComparison.Ordinal))];

    void AssertAllServe(string name, int partitions)
    {
        Assert.True(Broker.Topics.TryFind(name, out var topic));
        Assert.Equal(partitions, topic.Partitions.Count);
        Assert.All(topic.Partitions, partition => Assert.NotNull(partition.Reader.View));
    }

    [Fact]
    public async Task When_CreateTopics_is_answered_all_partitions_serve()
    {
        Assert.Equal(ErrorCode.None, (await CreateAsync("t", 40)).ErrorCode);
        AssertAllServe("t", 40);
    }

    [Fact]
    public async Task When_a_topic_that_is_made_on_first_use_is_told_all_partitions_serve()
    {
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.None, Assert.Single((await client.AskAsync(Ask("t"), 12)).Topics).ErrorCode);
        AssertAllServe("t", 1);
    }

    [Fact]
    public async Task Before_all_logs_are_there_nobody_sees_the_topic()
    {
        var client = await ConnectAsync();
        using var mayMake = new ManualResetEventSlim();
        Store.CreateFault = name =>
        {
            if (name.StartsWith("t-3~", StringComparison.Ordinal)) Assert.True(mayMake.Wait(TimeSpan.FromSeconds(20)));
            return null;
        };
        var creating = CreateAsync("t", 4);
        await BrokerTest.AwaitAsync(() => LogsOf("t").Count == 3);
        var row = Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }], AllowAutoTopicCreation = false }, 12)).Topics);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, row.ErrorCode);
        Assert.False(creating.IsCompleted);
        mayMake.Set();
        Assert.Equal(ErrorCode.None, (await creating).ErrorCode);
        AssertAllServe("t", 4);
    }

    [Fact]
    public async Task When_a_log_cannot_be_made_the_answer_says_why_and_nothing_is_left()
    {
        Store.CreateFault = name => name.StartsWith("t-5~", StringComparison.Ordinal) ? ScriptedLogStore.DeviceFull("/data/logs/t-5") : null;
        var refused = await CreateAsync("t", 9);
        Assert.Equal(ErrorCode.KafkaStorageError, refused.ErrorCode);
        Assert.Contains("topic 't' was not created", refused.ErrorMessage);
        Assert.Contains("/data/logs/t-5", refused.ErrorMessage);
        Assert.Empty(LogsOf("t"));
        Store.CreateFault = null;
        Assert.Equal(ErrorCode.None, (await CreateAsync("t", 9)).ErrorCode);
        Assert.Equal(9, LogsOf("t").Count);
    }

    [Fact]
    public async Task When_the_log_of_a_topic_on_first_use_cannot_be_made_the_client_is_told_to_come_again()
    {
        Store.CreateFault = static name => ScriptedLogStore.DeviceFull($"/data/logs/{name}");
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.LeaderNotAvailable, Assert.Single((await client.AskAsync(Ask("t"), 12)).Topics).ErrorCode);
        Store.CreateFault = null;
        Assert.Equal(ErrorCode.None, Assert.Single((await client.AskAsync(Ask("t"), 12)).Topics).ErrorCode);
        AssertAllServe("t", 1);
    }

    [Fact]
    public async Task When_the_catalog_cannot_be_written_nothing_is_left()
    {
        Store.AppendFault = name => name == PartitionLogName.Catalog ? ScriptedLogStore.DeviceFull("/data/logs/catalog") : null;
        Assert.Equal(ErrorCode.KafkaStorageError, (await CreateAsync("t", 3)).ErrorCode);
        Assert.Empty(LogsOf("t"));
        Store.AppendFault = null;
        Assert.False(Broker.Topics.TryFind("t", out _));
    }

    [Fact]
    public async Task When_nobody_knows_whether_the_catalog_was_written_its_log_tells()
    {
        var faults = new Queue<AppendFault>([AppendFault.Durable]);
        Store.Inner.AppendFaults = name => name == PartitionLogName.Catalog && faults.TryDequeue(out var fault) ? fault : AppendFault.None;
        Assert.Equal(ErrorCode.None, (await CreateAsync("t", 3)).ErrorCode);
        Assert.Empty(faults);
        AssertAllServe("t", 3);
        Assert.Equal(0, (await (await ConnectAsync()).ProduceAsync("t", 2, TestBatch.Plain("x"))).BaseOffset);
        await RestartAsync();
        Assert.Equal(["x"], await (await ConnectAsync()).ReadAllAsync("t", 2));
    }

    [Fact]
    public async Task Logs_that_were_made_before_the_process_ended_and_have_no_topic_go_at_the_next_start()
    {
        await CreateAsync("t");
        var left = $"unborn-0~{new TopicId(Guid.NewGuid())}";
        Store.Inner.Create(left, new()).Dispose();
        await RestartAsync();
        Assert.DoesNotContain(left, Store.Names);
        Assert.Single(LogsOf("t"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_that_is_gone_is_never_made_anew_and_deleting_the_topic_is_the_way_out(bool isKnownToBeLost)
    {
        await CreateAsync("t", 2);
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("kept"));
        await client.ProduceAsync("t", 1, TestBatch.Plain("gone"));
        var gone = LogOf("t", 1);
        await Broker.StopAsync();
        if (isKnownToBeLost) Store.Inner.Lose(gone); else Store.Inner.Delete(gone);
        await StartAsync();
        await Broker.LogsOpened;
        Assert.Contains(gone, await Lines.WaitForAsync(202));
        client = await ConnectAsync();
        var row = await client.ProduceAsync("t", 1, TestBatch.Plain("x"));
        Assert.Equal(ErrorCode.KafkaStorageError, row.ErrorCode);
        Assert.Contains(gone, row.ErrorMessage);
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.FetchAsync("t", 1, 0)).ErrorCode);
        Assert.Equal(["kept"], await client.ReadAllAsync("t"));
        Assert.Throws<LogMissingException>(() => Store.Inner.Open(gone, new LogOptions()));
        var deleted = Assert.Single((await client.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"], TimeoutMs = 10_000 }, 5)).Responses);
        Assert.Equal(ErrorCode.None, deleted.ErrorCode);
        Assert.Empty(LogsOf("t"));
        Assert.Equal(ErrorCode.None, (await CreateAsync("t", 2)).ErrorCode);
        Assert.Equal(0, (await client.ProduceAsync("t", 1, TestBatch.Plain("new"))).BaseOffset);
    }

    [Fact]
    public async Task A_topic_of_the_first_version_gets_its_logs_with_their_first_use_as_it_used_to()
    {
        await Broker.StopAsync();
        Store.AppendToCatalog(new TopicRecord { Name = "old", TopicId = new TopicId(Guid.NewGuid()), PartitionCount = 2 });
        await StartAsync();
        await Broker.LogsOpened;
        Assert.Empty(LogsOf("old"));
        var client = await ConnectAsync();
        Assert.Equal(0, (await client.ProduceAsync("old", 1, TestBatch.Plain("x"))).BaseOffset);
        Assert.Single(LogsOf("old"));
        Assert.Equal(["x"], await client.ReadAllAsync("old", 1));
    }

    [Fact]
    public async Task Many_who_want_the_same_topic_at_once_get_one_with_one_log()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => ConnectAsync()));
        var rows = await Task.WhenAll(clients.Select(client => client.AskAsync(Ask("t"), 12)));
        Assert.Single(rows.Select(row => Assert.Single(row.Topics).TopicId).Distinct());
        Assert.All(rows, row => Assert.Equal(ErrorCode.None, row.Topics[0].ErrorCode));
        Assert.Single(LogsOf("t"));
    }

    [Fact]
    public async Task Creating_and_deleting_a_name_from_many_sides_leaves_exactly_the_logs_of_what_is_there()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectAsync()));
        await Task.WhenAll(clients.Select(async (client, number) =>
        {
            for (var round = 0; round < 25; round++)
            {
                if (number % 2 == 0) await client.AskAsync(Create("t", 2), 7);
                else await client.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"], TimeoutMs = 10_000 }, 5);
            }
        }));
        var wanted = Broker.Topics.View.TryFind("t", out var there) ? Enumerable.Range(0, 2).Select(partition => PartitionLogName.Of(there, partition)) : [];
        Assert.Equal(wanted, LogsOf("t"));
        await clients[0].AskAsync(Create("t", 2), 7);
        Assert.Equal(ErrorCode.None, (await clients[0].ProduceAsync("t", 1, TestBatch.Plain("x"))).ErrorCode);
    }

    [Fact]
    public async Task What_was_found_is_looked_up_anew_when_the_catalog_has_changed()
    {
        await CreateAsync("t");
        Assert.True(Broker.Topics.TryFind("t", out var first) && Broker.Topics.TryFind("t", out var again) && first == again);
        var id = first.Description.TopicId;
        await Broker.Topics.DeleteAsync("t");
        Assert.False(Broker.Topics.TryFind("t", out _) || Broker.Topics.TryFind(id, out _));
        await CreateAsync("t");
        Assert.True(Broker.Topics.TryFind("t", out var second) && second != first);
        await CreateAsync("u");
        Assert.True(Broker.Topics.TryFind("t", out var still) && still == second && Broker.Topics.TryFind(second.Description.TopicId, out var byId) && byId == second);
    }
}
