using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Support;

/// <summary>The requests that most tests send, with what matters to them as arguments.</summary>
internal static class Requests
{
    public const short ProduceVersion = 12, FetchVersion = 12;

    public static ProduceRequest Produce(string topic, int partition, byte[]? batch, Acks acks = Acks.All, TransactionalId? transactionalId = null) =>
        Produce([(topic, partition, batch)], acks, transactionalId);

    public static ProduceRequest Produce((string Topic, int Partition, byte[]? Batch)[] parts, Acks acks = Acks.All, TransactionalId? transactionalId = null)
    {
        var request = new ProduceRequest { Acks = acks, TimeoutMs = 10_000, TransactionalId = transactionalId };
        foreach (var part in parts)
        {
            var topic = request.TopicData.Find(topic => topic.Name == part.Topic);
            if (topic is null) request.TopicData.Add(topic = new() { Name = part.Topic });
            topic.PartitionData.Add(new() { Index = part.Partition, Records = part.Batch });
        }
        return request;
    }

    public static async Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(this FrameClient client, string topic, int partition, byte[]? batch, short version = ProduceVersion) =>
        Assert.Single(Assert.Single((await client.AskAsync(Produce(topic, partition, batch), version)).Responses).PartitionResponses);

    public static FetchRequest Fetch(string topic, int partition, long offset, int maxWaitMs = 0, int minBytes = 1, int partitionMaxBytes = 1 << 20, IsolationLevel isolation = IsolationLevel.ReadUncommitted) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = minBytes,
        MaxBytes = 50 << 20,
        IsolationLevel = isolation,
        Topics = [new() { Topic = topic, Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = partitionMaxBytes }] }],
    };

    public static async Task<FetchResponse.PartitionData> FetchAsync(this FrameClient client, string topic, int partition, long offset, IsolationLevel isolation = IsolationLevel.ReadUncommitted) =>
        Assert.Single(Assert.Single((await client.AskAsync(Fetch(topic, partition, offset, isolation: isolation), FetchVersion)).Responses).Partitions);

    /// <summary>All values from the beginning of the log.</summary>
    public static async Task<List<string>> ReadAllAsync(this FrameClient client, string topic, int partition = 0)
    {
        var values = new List<string>();
        for (var offset = 0L; ;)
        {
            var row = await client.FetchAsync(topic, partition, offset);
            Assert.Equal(ErrorCode.None, row.ErrorCode);
            if (row.Records!.Value.Length == 0) return values;
            var read = TestBatch.ValuesOf(row.Records.Value);
            values.AddRange(read);
            offset += read.Count;
        }
    }

    public static async Task<ProducerId> NewProducerAsync(this FrameClient client)
    {
        var answer = await client.AskAsync(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 }, 4);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer.ProducerId;
    }
}
