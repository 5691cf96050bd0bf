using System.Diagnostics;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.BrokerBench;

/// <summary>One connection and our messages on it: what a client's own start costs (librdkafka's takes about a second) is not in what is measured with it.</summary>
sealed class RawClient(int port) : RawConnection(port)
{
    const short MetadataVersion = 9, InitProducerIdVersion = 4, ProduceVersion = 9, CreateTopicsVersion = 5, ListOffsetsVersion = 6;

    /// <summary>Creates the topic if need be, becomes an idempotent producer and sends one record, asking again while the broker is not ready.</summary>
    /// <returns>When the record was acknowledged: a Stopwatch timestamp.</returns>
    public static long FirstAcknowledged(int port, string topic)
    {
        using var client = new RawClient(port);
        UntilDone(() => client.Ask(new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = true }, MetadataVersion).Topics[0].ErrorCode);
        var identity = new InitProducerIdResponse();
        UntilDone(() => (identity = client.Ask(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000, ProducerId = new ProducerId(-1), ProducerEpoch = new ProducerEpoch(-1) }, InitProducerIdVersion)).ErrorCode);
        using var batch = new RecordBatchBuilder(1024, 1024);
        batch.TryAppend(1_700_000_000_000, default, true, new byte[100], false);
        batch.Close(CompressionCodec.None);
        batch.Stamp(identity.ProducerId, identity.ProducerEpoch, 0, transactional: false);
        UntilDone(() => ErrorOf(client.Ask(Produce(topic, batch), ProduceVersion)));
        return Stopwatch.GetTimestamp();
    }

    /// <summary>One batch of each producer into partition 0, five requests in flight.</summary>
    public void Fill(string topic, int producers, int batchBytes)
    {
        using var batch = new RecordBatchBuilder(batchBytes, batchBytes);
        var value = new byte[1024];
        new Random(3).NextBytes(value);
        while (batch.TryAppend(1_700_000_000_000, default, true, value, false)) { }
        batch.Close(CompressionCodec.None);
        var unanswered = 0;
        for (var producer = 0; producer < producers; producer++)
        {
            batch.Stamp(new ProducerId(1_000_000 + producer), new ProducerEpoch(0), 0, transactional: false);
            Send(Produce(topic, batch), ApiKey.Produce, ProduceVersion);
            if (++unanswered < 5) continue;
            ReadProduced();
            unanswered--;
        }
        for (; unanswered > 0; unanswered--) ReadProduced();
    }

    /// <summary>Returns when the broker has answered a request: it takes connections before its catalog is there.</summary>
    public void Answered() => Ask(new MetadataRequest { Topics = [] }, MetadataVersion);

    public void Create(string topic, int partitions)
    {
        var request = new CreateTopicsRequest { TimeoutMs = 60_000 };
        request.Topics.Add(new() { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 });
        var error = Ask(request, CreateTopicsVersion).Topics[0].ErrorCode;
        if (error != ErrorCode.None) throw new InvalidOperationException($"the topic was refused with {error}");
    }

    /// <summary>One record of no producer into each partition, a thousand partitions in a request and five requests in flight.</summary>
    public void WriteToEach(string topic, int partitions)
    {
        const int partitionsInARequest = 1000, mostUnanswered = 5;
        using var batch = new RecordBatchBuilder(1024, 1024);
        batch.TryAppend(1_700_000_000_000, default, true, new byte[100], false);
        batch.Close(CompressionCodec.None);
        batch.Stamp(new ProducerId(-1), new ProducerEpoch(-1), -1, transactional: false);
        var unanswered = 0;
        for (var first = 0; first < partitions; first += partitionsInARequest)
        {
            var request = new ProduceRequest { Acks = Acks.All, TimeoutMs = 60_000 };
            request.TopicData.Add(new() { Name = topic, PartitionData = [.. Enumerable.Range(first, Math.Min(partitionsInARequest, partitions - first)).Select(index => new ProduceRequest.PartitionProduceData { Index = index, Records = batch.Bytes })] });
            Send(request, ApiKey.Produce, ProduceVersion);
            if (++unanswered < mostUnanswered) continue;
            ReadProduced();
            unanswered--;
        }
        for (; unanswered > 0; unanswered--) ReadProduced();
    }

    /// <summary>Asks for the end of each partition until all are told, which opens every log that is not open.</summary>
    /// <returns>The sum of the ends.</returns>
    public long EndsOfAll(string topic, int partitions)
    {
        var ends = 0L;
        UntilDone(() =>
        {
            var request = new ListOffsetsRequest { ReplicaId = new NodeId(-1) };
            request.Topics.Add(new() { Name = topic, Partitions = [.. Enumerable.Range(0, partitions).Select(index => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = index, Timestamp = -1 })] });
            var rows = Ask(request, ListOffsetsVersion).Topics[0].Partitions;
            ends = rows.Sum(row => row.Offset);
            return rows.Find(row => row.ErrorCode != ErrorCode.None)?.ErrorCode ?? ErrorCode.None;
        });
        return ends;
    }

    static ProduceRequest Produce(string topic, RecordBatchBuilder batch)
    {
        var request = new ProduceRequest { Acks = Acks.All, TimeoutMs = 30_000 };
        request.TopicData.Add(new() { Name = topic, PartitionData = [new() { Index = 0, Records = batch.Bytes }] });
        return request;
    }

    static ErrorCode ErrorOf(ProduceResponse answer) => answer.Responses[0].PartitionResponses[0].ErrorCode;

    void ReadProduced()
    {
        var error = Read<ProduceResponse>(ApiKey.Produce, ProduceVersion).Responses[0].PartitionResponses.Find(row => row.ErrorCode != ErrorCode.None)?.ErrorCode ?? ErrorCode.None;
        if (error != ErrorCode.None) throw new InvalidOperationException($"a batch was refused with {error}");
    }
}
