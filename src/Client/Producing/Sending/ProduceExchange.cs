using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Producing.Accumulation;
using Semel.Protocol.Messages;

namespace Semel.Client.Producing.Sending;

/// <summary>Batches to a Produce request, and its response to one answer per batch. Pure.</summary>
internal static class ProduceExchange
{
    /// <summary>From this version on topics are named by their id (KIP-516).</summary>
    const short FirstVersionWithTopicIds = 13;

    /// <summary>The highest version that can name all topics of the request.</summary>
    public static short HighestVersion(SendProduce send)
    {
        for (var index = 0; index < send.Batches.Count; index++)
            if (send.Batches[index].TopicId.IsNone) return Math.Min(send.Versions.Highest, (short)(FirstVersionWithTopicIds - 1));
        return send.Versions.Highest;
    }

    public static ProduceRequest Request(SendProduce send, ProducerOptions options)
    {
        var request = new ProduceRequest
        {
            Acks = options.Acks, TimeoutMs = (int)options.RequestTimeout.TotalMilliseconds,
            TransactionalId = options.TransactionalId is { } id ? new TransactionalId(id) : null,
        };
        for (var index = 0; index < send.Batches.Count; index++)
        {
            var stamped = send.Batches[index];
            var batch = (BufferedBatch)stamped.Batch;
            TopicOf(request, batch.Partition.Topic, stamped.TopicId).PartitionData
                .Add(new ProduceRequest.PartitionProduceData { Index = batch.Partition.Partition, Records = batch.Builder.Bytes });
        }
        return request;
    }

    /// <summary>Batches of a topic mostly stand together.</summary>
    static ProduceRequest.TopicProduceData TopicOf(ProduceRequest request, string name, TopicId id)
    {
        for (var index = request.TopicData.Count - 1; index >= 0; index--)
            if (request.TopicData[index].Name == name) return request.TopicData[index];
        var topic = new ProduceRequest.TopicProduceData { Name = name, TopicId = id };
        request.TopicData.Add(topic);
        return topic;
    }

    /// <summary>One answer per batch, in the request's order. A partition that the response leaves out has no answer.</summary>
    public static IReadOnlyList<PartitionAnswer> Answers(SendProduce send, ProduceResponse response, short version)
    {
        var answers = new PartitionAnswer[send.Batches.Count];
        for (var index = 0; index < answers.Length; index++)
        {
            var stamped = send.Batches[index];
            answers[index] = Find(response, stamped, version) is { } found ? Answer(found, stamped.Batch.Partition.Partition)
                : PartitionAnswer.Unanswered(wasWritten: true, "the broker's response leaves the partition out");
        }
        return answers;
    }

    static ProduceResponse.PartitionProduceResponse? Find(ProduceResponse response, StampedBatch stamped, short version)
    {
        var name = stamped.Batch.Partition;
        foreach (var topic in response.Responses)
        {
            if (version >= FirstVersionWithTopicIds ? topic.TopicId != stamped.TopicId : topic.Name != name.Topic) continue;
            foreach (var partition in topic.PartitionResponses)
                if (partition.Index == name.Partition) return partition;
        }
        return null;
    }

    static PartitionAnswer Answer(ProduceResponse.PartitionProduceResponse response, int partition) => new(AnswerKind.Answered, response.ErrorCode)
    {
        BaseOffset = response.BaseOffset,
        LogAppendTime = response.LogAppendTimeMs,
        LogStartOffset = response.LogStartOffset,
        Message = response.ErrorMessage,
        Refusals = response.RecordErrors.Count == 0 ? [] : [.. response.RecordErrors.Select(error => new RecordRefusal(error.BatchIndex, error.BatchIndexErrorMessage))],
        LeaderHint = response.CurrentLeader.LeaderId.Value < 0 ? null : new PartitionLeader(partition, response.CurrentLeader.LeaderId, response.CurrentLeader.LeaderEpoch),
    };

    /// <summary>The addresses that the response gives for the leaders it names.</summary>
    public static IReadOnlyDictionary<NodeId, BrokerAddress> Brokers(ProduceResponse response) =>
        response.NodeEndpoints.Count == 0 ? new Dictionary<NodeId, BrokerAddress>()
            : response.NodeEndpoints.DistinctBy(node => node.NodeId).ToDictionary(node => node.NodeId, node => new BrokerAddress(node.Host, node.Port));
}
