using Semel.Broker.Hosting;

namespace Semel.Broker.Tests.Hosting;

/// <summary>A broker within another program leaves that program's limits alone.</summary>
public sealed class ForeignProcessTests
{
    [Fact]
    public async Task A_broker_that_does_not_own_its_process_leaves_the_thread_pool_as_it_was_however_few_descriptors_there_are()
    {
        ThreadPool.GetMaxThreads(out var before, out _);
        await using (await SemelBroker.StartAsync(new BrokerOptions { Port = 0, OpenFilesLimit = 256 }))
        {
            ThreadPool.GetMaxThreads(out var meanwhile, out _);
            Assert.Equal(before, meanwhile);
        }
    }
}
