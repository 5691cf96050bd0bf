using Semel.Broker.Hosting;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Testing;

namespace Semel.Client.Tests.Consuming;

/// <summary>The consumer in fetch sessions (KIP-227): what is sent, and that nothing is missed when a broker has none, few, or forgets them.</summary>
public sealed class ConsumerSessionTests : ConsumerTest
{
    static FetchResponse Whole(FetchRequest request, int session, byte[]? records = null) => new()
    {
        SessionId = session,
        Responses = [.. request.Topics.Select(topic => new FetchResponse.FetchableTopicResponse
        {
            Topic = topic.Topic, TopicId = topic.TopicId,
            Partitions = [.. topic.Partitions.Select(partition => new FetchResponse.PartitionData
            {
                PartitionIndex = partition.Partition, HighWatermark = records is null ? partition.FetchOffset : 1, LastStableOffset = records is null ? partition.FetchOffset : 1, Records = records ?? ReadOnlyMemory<byte>.Empty,
            })],
        })],
    };

    [Theory]
    [InlineData(ErrorCode.FetchSessionIdNotFound)]
    [InlineData(ErrorCode.InvalidFetchSessionEpoch)]
    [InlineData(ErrorCode.FetchSessionTopicIdError)]
    public async Task A_session_that_the_broker_refuses_is_begun_anew_at_once_and_disturbs_nobody(ErrorCode refusal)
    {
        var requests = new List<(int Id, int Epoch, int Named)>();
        _broker.OnAsync<FetchRequest, FetchResponse>(async (request, _) =>
        {
            int number;
            lock (requests)
            {
                requests.Add((request.SessionId, request.SessionEpoch, request.Topics.Sum(topic => topic.Partitions.Count)));
                number = requests.Count;
            }
            switch (number)
            {
                case 1: return Whole(request, session: 9);
                case 2 or 3: return new FetchResponse { SessionId = 9 };
                case 4: return new FetchResponse { ErrorCode = refusal };
                case 5: return Whole(request, session: 10, Batches.Plain(0, "a"));
                default:
                    await Task.Delay(request.MaxWaitMs);
                    return new FetchResponse { SessionId = 10 };
            }
        });
        var events = new List<ConsumerEvent>();
        var consumer = Consumer(("fetch.max.wait.ms", "20"));
        consumer.Events += events.Add;
        consumer.Assign(new TopicPartitionOffset(_partition, 0));
        Assert.Equal("a", (await NextAsync(consumer)).Message.Value);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(100)));
        lock (requests)
        {
            Assert.Equal([(0, 0, 1), (9, 1, 0), (9, 2, 0), (9, 3, 0), (9, 0, 1), (10, 1, 1)], requests.Take(6));
            if (requests.Count > 6) Assert.Equal((10, 2, 0), requests[6]);
        }
        Assert.Empty(events);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task Everything_is_read_of_many_partitions_whether_the_broker_keeps_sessions_or_not(int slots)
    {
        const int partitions = 200, rounds = 5;
        await using var broker = await InProcessBroker.StartAsync(new BrokerOptions { FetchSessionSlots = slots });
        await broker.CreateTopicAsync("many", partitions);
        await using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.BootstrapServers, LingerMs = 0 }).Build();
        var config = new ConsumerConfig { BootstrapServers = broker.BootstrapServers, ["fetch.max.wait.ms"] = "100", ["retry.backoff.ms"] = "5", ["reconnect.backoff.ms"] = "5" };
        await using var first = new ConsumerBuilder<Null, string>(config).Build();
        await using var second = new ConsumerBuilder<Null, string>(config).Build();
        IConsumer<Null, string>[] consumers = [first, second];
        TopicPartitionOffset[] all = [.. Enumerable.Range(0, partitions).Select(number => new TopicPartitionOffset("many", number, Offset.Beginning))];
        foreach (var consumer in consumers) consumer.Assign(all);
        var random = new Random(slots);
        for (var round = 0; round < rounds; round++)
        {
            // Few of many, other ones each time; in the middle the broker comes back with no session, and once some are paused.
            var written = Enumerable.Range(0, 20).Select(number => (Partition: random.Next(partitions), Value: $"{round}-{number}")).ToArray();
            if (round == 2) await broker.RestartAsync();
            if (round == 3)
                foreach (var consumer in consumers) consumer.Pause(all.Take(100).Select(partition => partition.TopicPartition));
            await Task.WhenAll(written.Select(each => producer.ProduceAsync(new TopicPartition("many", each.Partition), new() { Value = each.Value }).AsTask()));
            if (round == 3)
                foreach (var consumer in consumers) consumer.Resume(all.Take(100).Select(partition => partition.TopicPartition));
            foreach (var consumer in consumers)
            {
                var read = new List<string>();
                while (read.Count < written.Length) read.Add((await consumer.ConsumeAsync(Long) ?? throw new TimeoutException("no record came")).Message.Value!);
                Assert.Equal(written.Select(each => each.Value).Order(), read.Order());
            }
        }
    }
}
