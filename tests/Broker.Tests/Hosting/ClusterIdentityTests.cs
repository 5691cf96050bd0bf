using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Log.Memory;

namespace Semel.Broker.Tests.Hosting;

/// <summary>The cluster's name is a fact of the catalog, and the folders of earlier versions keep theirs.</summary>
public sealed class ClusterIdentityTests
{
    const string Old = "cluster~of-old";

    readonly MemoryLogStore _store = new(new ManualTime());

    static BrokerOptions Options(string? clusterId = null) => new() { Port = 0, ClusterId = clusterId };

    async Task<string> StartAndStop(string? clusterId = null)
    {
        await using var broker = await SemelBroker.StartAsync(Options(clusterId), _store);
        return broker.ClusterId;
    }

    void MakeOldFolder()
    {
        _store.Create(PartitionLogName.Catalog, new LogOptions()).Dispose();
        _store.Create(Old, new LogOptions()).Dispose();
    }

    [Fact]
    public async Task A_name_is_made_once_and_lies_in_the_catalog_alone()
    {
        var made = await StartAndStop();
        Assert.Equal([PartitionLogName.Catalog], _store.Names);
        Assert.Equal(made, await StartAndStop());
        Assert.Equal(made, await StartAndStop(made));
        Assert.Contains(made, (await Assert.ThrowsAsync<BrokerConfigException>(() => StartAndStop("another"))).Message);
    }

    [Fact]
    public async Task A_name_that_is_configured_counts_from_the_first_start_on()
    {
        Assert.Equal("chosen", await StartAndStop("chosen"));
        Assert.Equal("chosen", await StartAndStop());
    }

    [Fact]
    public async Task The_name_of_an_earlier_version_is_entered_and_its_log_removed()
    {
        MakeOldFolder();
        Assert.Contains("of-old", (await Assert.ThrowsAsync<BrokerConfigException>(() => StartAndStop("another"))).Message);
        Assert.Contains(Old, _store.Names);
        Assert.Equal("of-old", await StartAndStop());
        Assert.Equal([PartitionLogName.Catalog], _store.Names);
        Assert.Equal("of-old", await StartAndStop());
    }

    [Fact]
    public async Task What_a_crash_left_of_the_log_is_removed_by_the_next_start()
    {
        Assert.Equal("of-old", await StartAndStop("of-old"));
        _store.Create(Old, new LogOptions()).Dispose();
        Assert.Equal("of-old", await StartAndStop());
        Assert.DoesNotContain(Old, _store.Names);
    }

    [Theory]
    [InlineData(AppendFault.NothingWritten)]
    [InlineData(AppendFault.NotDurable)]
    [InlineData(AppendFault.Durable)]
    public async Task Where_it_cannot_be_entered_the_old_log_serves_until_it_can(AppendFault fault)
    {
        MakeOldFolder();
        _store.AppendFaults = _ => fault;
        Assert.Equal("of-old", await StartAndStop());
        Assert.Contains(Old, _store.Names);
        _store.AppendFaults = null;
        _store.Crash();
        Assert.Equal("of-old", await StartAndStop());
        Assert.DoesNotContain(Old, _store.Names);
    }

    [Fact]
    public async Task Without_a_name_and_without_room_for_one_nothing_is_served()
    {
        _store.AppendFaults = _ => AppendFault.NothingWritten;
        await Assert.ThrowsAnyAsync<IOException>(() => StartAndStop());
        _store.AppendFaults = null;
        await StartAndStop();
    }
}
