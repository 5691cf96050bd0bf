using System.Runtime.InteropServices;
using Semel.Broker.Hosting;
using Semel.Broker.Sequencing;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Hosting;

/// <summary>Descriptors are an account like memory: logs, connections and the process itself have their shares of it.</summary>
public class DescriptorBudgetTests : StoreTest
{
    protected override BrokerOptions Options => new() { OpenFilesLimit = 1 };

    [Theory]
    [InlineData(256L, 60, 50, 50)]
    [InlineData(1024L, 80, 424, 424)]
    [InlineData(20_000L, 80, 8192, 11_632)]
    [InlineData(1_048_576L, 80, 8192, 1_040_208)]
    [InlineData(100L, 80, DescriptorBudget.FewestFiles, DescriptorBudget.FewestConnections)]
    public void Files_and_connections_share_what_the_process_does_not_need(long limit, int openNow, int files, int connections)
    {
        var budget = DescriptorBudget.Of(limit, openNow, hasFiles: true);
        Assert.Equal((files, connections), (budget.Files, budget.Connections));
        if (files > DescriptorBudget.FewestFiles) Assert.InRange(openNow + DescriptorBudget.Headroom + files + connections, 0, limit);
    }

    [Fact]
    public void A_broker_in_memory_leaves_the_files_share_to_connections_and_without_a_limit_there_are_as_many_as_come()
    {
        Assert.Equal((0, 848), DescriptorBudget.Of(1024, 80, hasFiles: false) is var inMemory ? (inMemory.Files, inMemory.Connections) : default);
        Assert.Equal(int.MaxValue, DescriptorBudget.Of(null, 80, hasFiles: true).Connections);
    }

    [Fact]
    public async Task A_connection_for_which_no_descriptor_is_left_is_closed_with_a_line_that_names_the_limit_and_the_remedy_and_the_others_go_on()
    {
        var clients = new List<FrameClient>();
        for (var i = 0; i < DescriptorBudget.FewestConnections; i++)
        {
            clients.Add(await ConnectAsync());
            Assert.Equal(ErrorCode.None, (await clients[i].AskAsync(new ApiVersionsRequest(), 0)).ErrorCode);
        }
        Assert.True(await (await ConnectAsync()).IsClosedAsync());
        var line = await Lines.WaitForAsync(302);
        Assert.Contains("the limit of open files, 1 (ulimit -n)", line);
        Assert.Contains("raise the limit", line);
        await clients[0].DisposeAsync();
        await BrokerTest.AwaitAsync(() => Broker.Listener.ConnectionCount < DescriptorBudget.FewestConnections);
        Assert.Equal(ErrorCode.None, (await (await ConnectAsync()).AskAsync(new ApiVersionsRequest(), 0)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await clients[1].AskAsync(new ApiVersionsRequest(), 0)).ErrorCode);
    }

    [Fact]
    public void A_soft_limit_of_open_files_below_the_hard_one_is_raised_to_it_and_that_is_written()
    {
        if (!OperatingSystem.IsLinux()) return;
        const int OpenFiles = 7;
        Assert.Equal(0, GetLimit(OpenFiles, out var limit));
        var lowered = limit with { Soft = limit.Hard - 1 };
        Assert.Equal(0, SetLimit(OpenFiles, lowered));
        Assert.Equal((long)limit.Hard, ProcessLimits.RaiseOpenFiles(Lines));
        Assert.Equal(0, GetLimit(OpenFiles, out var raised));
        Assert.Equal(limit.Hard, raised.Soft);
        Assert.Contains($"from {lowered.Soft} to {limit.Hard}", Lines.All.Single(line => line.Id == 104).Text);
    }

    [Fact]
    public void Too_few_threads_are_told_at_the_start_with_how_many_there_are_and_how_to_get_more()
    {
        var left = 3;
        var refused = Assert.Throws<BrokerResourcesException>(() => ProcessLimits.RequireThreads(20, (work, name) => left-- > 0 && WorkThread.TryStart(work, name)));
        Assert.Contains("no more than 3 threads", refused.Message);
        Assert.Contains("needs 20", refused.Message);
        Assert.Contains("ulimit -u", refused.Message);
        ProcessLimits.RequireThreads(20, WorkThread.TryStart);
    }

    record struct Limit(ulong Soft, ulong Hard);

    [DllImport("libc", EntryPoint = "getrlimit")]
    static extern int GetLimit(int resource, out Limit limit);

    [DllImport("libc", EntryPoint = "setrlimit")]
    static extern int SetLimit(int resource, in Limit limit);
}
