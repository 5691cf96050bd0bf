using Semel.Broker.Tests.Support;
using Semel.Protocol;

namespace Semel.Broker.Tests.Handlers;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;

/// <summary>What a request costs in memory. Alone, because the runtime counts for all threads together.</summary>
[Collection(nameof(Alone))]
public class AllocationTests : BrokerTest
{
    const int Requests = 400;

    [Fact]
    public async Task A_produce_request_allocates_little_and_no_more_for_a_thousand_records_than_for_one()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var one = await BytesPerRequestAsync(client, TestBatch.Plain("x"));
        var thousand = await BytesPerRequestAsync(client, TestBatch.Plain([.. Enumerable.Repeat("x", 1000)]));
        // The log in memory keeps the batch itself, and the test's own client allocates its answers.
        Assert.InRange(thousand - one, double.NegativeInfinity, 1500 + TestBatch.Plain([.. Enumerable.Repeat("x", 1000)]).Length);
        Assert.InRange(one, 0, 8000);
    }

    async Task<double> BytesPerRequestAsync(FrameClient client, byte[] batch)
    {
        var frame = client.FrameOf(Support.Requests.Produce("t", 0, batch), ApiKey.Produce, Support.Requests.ProduceVersion, 1);
        await SendAsync(client, frame);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await SendAsync(client, frame);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Requests;
    }

    static async Task SendAsync(FrameClient client, byte[] frame)
    {
        for (var i = 0; i < Requests; i++)
        {
            await client.SendAsync(frame);
            await client.ReceiveFrameAsync();
        }
    }
}
