using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Log;
using Semel.Log.Segments;
using Semel.Protocol;

namespace Semel.Broker.Tests.Transactions;

/// <summary>A transaction that begins in one segment file and ends in another, over real files and restarts.</summary>
public sealed class AbortedAcrossSegmentsTests : IDisposable
{
    const string Topic = "t";
    const int Batches = 40;

    readonly string _folder = Directory.CreateTempSubdirectory("semel-aborted-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    SegmentLogStore OpenStore() => new(new SegmentStoreOptions { Directory = _folder, Flush = FlushMode.Os });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task T16_it_is_named_from_the_middle_on_and_it_is_undecided_until_its_marker_is_there(bool isKilled)
    {
        await using (var store = OpenStore())
        {
            await using var broker = await SemelBroker.StartAsync(new BrokerOptions { Port = 0 }, store, new CaughtLines());
            await broker.CreateTopicAsync(Topic, 1, new Dictionary<string, string> { ["segment.bytes"] = "1048576" });
            await using var connection = await FrameClient.ConnectAsync(broker.EndPoint);
            var client = new TransactionalClient(connection, "id", isNew: true);
            Assert.Equal(ErrorCode.None, await client.InitAsync());
            for (var batch = 0; batch < Batches; batch++) Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, new string('x', 100_000)));
            Assert.InRange(Directory.GetFiles(_folder, "*.log", SearchOption.AllDirectories).Count(static file => file.Contains($"{Topic}-0", StringComparison.Ordinal)), 3, Batches);
            if (isKilled) await broker.KillAsync();
        }
        await using (var store = OpenStore())
        {
            await using var broker = await SemelBroker.StartAsync(new BrokerOptions { Port = 0 }, store, new CaughtLines());
            await using var connection = await FrameClient.ConnectAsync(broker.EndPoint);
            var row = await connection.FetchAsync(Topic, 0, 20, IsolationLevel.ReadCommitted);
            Assert.Equal((ErrorCode.None, 0, 0L, (long)Batches), (row.ErrorCode, row.Records!.Value.Length, row.LastStableOffset, row.HighWatermark));
            // A new instance ends what the old one has left behind.
            var next = new TransactionalClient(connection, "id", isNew: true);
            while (await next.InitAsync() is not ErrorCode.None and var error) Assert.Equal(ErrorCode.ConcurrentTransactions, error);
            row = await connection.FetchAsync(Topic, 0, 20, IsolationLevel.ReadCommitted);
            Assert.Equal([(next.ProducerId, 0L)], row.AbortedTransactions!.Select(aborted => (aborted.ProducerId, aborted.FirstOffset)));
            Assert.Equal(Batches + 1, row.LastStableOffset);
            if (isKilled) await broker.KillAsync();
        }
        await using (var store = OpenStore())
        {
            await using var broker = await SemelBroker.StartAsync(new BrokerOptions { Port = 0 }, store, new CaughtLines());
            await using var connection = await FrameClient.ConnectAsync(broker.EndPoint);
            var row = await connection.FetchAsync(Topic, 0, 20, IsolationLevel.ReadCommitted);
            Assert.Equal((Batches + 1L, 0L), (row.LastStableOffset, Assert.Single(row.AbortedTransactions!).FirstOffset));
        }
    }
}
