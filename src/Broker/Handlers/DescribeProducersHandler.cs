using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers;

/// <summary>
/// Behaviour: tells what partitions know of their producers: epoch, last sequence, open transaction (KIP-664). It is asked of the partition in a turn,
/// so it is never a state that was not durable.
/// Versions: 0.
/// </summary>
internal sealed class DescribeProducersHandler(TopicRegistry topics) : Handler<DescribeProducersRequest, DescribeProducersResponse>
{
    protected override async ValueTask<DescribeProducersResponse> AnswerAsync(DescribeProducersRequest request, Exchange exchange)
    {
        var response = new DescribeProducersResponse();
        foreach (var asked in request.Topics)
        {
            topics.TryFind(asked.Name, out var topic);
            var row = new DescribeProducersResponse.TopicResponse { Name = asked.Name };
            var missing = TopicName.Refusal(asked.Name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException;
            foreach (var number in asked.PartitionIndexes) row.Partitions.Add(await DescribeAsync(topic?.Find(number), number, missing));
            response.Topics.Add(row);
        }
        return response;
    }

    static async Task<DescribeProducersResponse.PartitionResponse> DescribeAsync(Partition? partition, int number, ErrorCode missing)
    {
        if (partition is null) return new() { PartitionIndex = number, ErrorCode = missing };
        var reply = await partition.Sequencer.AskAsync(PartitionCommand.DescribeProducers);
        return new() { PartitionIndex = number, ErrorCode = reply.Error, ActiveProducers = [.. (reply.Producers ?? []).Select(Row)] };
    }

    static DescribeProducersResponse.ProducerState Row(ProducerDescription producer) => new()
    {
        ProducerId = producer.ProducerId,
        ProducerEpoch = producer.Epoch.Value,
        LastSequence = producer.LastSequence,
        LastTimestamp = producer.LastTimestamp,
        CoordinatorEpoch = producer.CoordinatorEpoch,
        CurrentTxnStartOffset = producer.CurrentTransactionStartOffset,
    };
}
