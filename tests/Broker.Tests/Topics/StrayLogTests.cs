using Semel.Broker.Tests.Support;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Topics;

/// <summary>Logs that the catalog does not know: only what certainly nobody wants is removed.</summary>
public class StrayLogTests : StoreTest
{
    void PutLog(string name)
    {
        using var log = Store.Inner.Create(name, new LogOptions());
        Assert.Equal(AppendStatus.Appended, log.AppendAsync([TestBatch.Plain("somebody's")], 0).Result.Status);
    }

    [Fact]
    public async Task A_log_with_records_of_a_topic_that_the_catalog_never_knew_is_left_alone_and_told_at_each_start()
    {
        var foreign = $"foreign-0~{new TopicId(Guid.NewGuid())}";
        PutLog(foreign);
        for (var start = 0; start < 2; start++)
        {
            await RestartAsync();
            Assert.Contains(foreign, await Lines.WaitForAsync(219));
            Assert.Contains(foreign, Store.Names);
        }
        await CreateTopicAsync("t");
        Assert.Equal(0, (await (await ConnectAsync()).ProduceAsync("t", 0, TestBatch.Plain("x"))).BaseOffset);
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_may_hold_anything_and_is_left_alone()
    {
        var foreign = $"foreign-0~{new TopicId(Guid.NewGuid())}";
        Store.Inner.Create(foreign, new LogOptions()).Dispose();
        Store.OpenFault = name => name == foreign ? new LogDamagedException("a bad sector") : null;
        await RestartAsync();
        Assert.Contains(foreign, await Lines.WaitForAsync(219));
        Assert.Contains(foreign, Store.Names);
    }

    [Fact]
    public async Task What_a_deletion_left_goes_with_its_records()
    {
        await CreateTopicAsync("t");
        await (await ConnectAsync()).ProduceAsync("t", 0, TestBatch.Plain("x"));
        var log = LogOf("t");
        await Broker.Topics.DeleteAsync("t");
        PutLog(log);
        await RestartAsync();
        Assert.Contains(log, await Lines.WaitForAsync(207));
        Assert.DoesNotContain(log, Store.Names);
    }

    [Fact]
    public async Task Without_its_catalog_a_broker_does_not_start_and_touches_nothing()
    {
        await CreateTopicAsync("t", 2);
        await (await ConnectAsync()).ProduceAsync("t", 0, TestBatch.Plain("kept"));
        await Broker.StopAsync();
        Store.Inner.Delete(PartitionLogName.Catalog);
        var before = Store.Names;
        var refused = await Assert.ThrowsAnyAsync<IOException>(StartAsync);
        Assert.Contains("catalog", refused.Message);
        Assert.Contains("restore its folder", refused.Message);
        Assert.Equal(before, Store.Names);
    }

    [Fact]
    public async Task A_catalog_from_before_a_topic_costs_its_records_nothing()
    {
        await CreateTopicAsync("t");
        var client = await ConnectAsync();
        await CreateTopicAsync("later");
        await client.ProduceAsync("later", 0, TestBatch.Plain("kept"));
        var log = LogOf("later");
        await Broker.StopAsync();
        // The catalog is put back as it was: without its last fact.
        var facts = new List<byte[]>();
        using (var catalog = Store.Inner.Open(PartitionLogName.Catalog, new LogOptions()))
        using (var read = catalog.Read(0, catalog.Bounds.EndOffset, int.MaxValue))
            foreach (var batch in Semel.Protocol.Records.RecordBatches.Split(read.Bytes)) facts.Add(batch.Bytes.ToArray());
        Store.Inner.Delete(PartitionLogName.Catalog);
        using (var catalog = Store.Inner.Create(PartitionLogName.Catalog, new LogOptions()))
            Assert.Equal(AppendStatus.Appended, (await catalog.AppendAsync([.. facts[..^1].Select(static fact => (ReadOnlyMemory<byte>)fact)], 0)).Status);
        await StartAsync();
        Assert.Contains(log, await Lines.WaitForAsync(219));
        Assert.Contains(log, Store.Names);
        Assert.Equal("t", Assert.Single((await (await ConnectAsync()).AskAsync(new MetadataRequest { Topics = null }, 12)).Topics).Name);
    }
}
