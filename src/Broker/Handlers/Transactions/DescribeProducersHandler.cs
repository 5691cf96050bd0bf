using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: tells what partitions know of their producers: epoch, last sequence, open transaction (KIP-664). It is asked of the partition in a turn,
/// so it is never a state that was not durable. A partition that is offline is KAFKA_STORAGE_ERROR with the reason: file, position and remedy; one that serves,
/// but whose log has holes, tells them beside its producers, without an error.
/// Versions: 0.
/// </summary>
internal sealed class DescribeProducersHandler(TopicRegistry topics, TimeProvider time) : Handler<DescribeProducersRequest, DescribeProducersResponse>
{
    const int HolesTold = 10;

    static readonly DescribedProducers Late = new(ErrorCode.RequestTimedOut, "the partition's log does not answer: its device is slow or stands still, or it is still being opened", []);

    protected override async ValueTask<DescribeProducersResponse> AnswerAsync(DescribeProducersRequest request, Exchange exchange)
    {
        var response = new DescribeProducersResponse();
        foreach (var asked in request.Topics)
        {
            topics.TryFind(asked.Name, out var topic);
            var row = new DescribeProducersResponse.TopicResponse { Name = asked.Name };
            var missing = TopicName.Refusal(asked.Name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException;
            row.Partitions.AddRange(await Task.WhenAll(asked.PartitionIndexes.Select(number => DescribeAsync(topic?.Find(number), number, missing))));
            response.Topics.Add(row);
        }
        return response;
    }

    async Task<DescribeProducersResponse.PartitionResponse> DescribeAsync(Partition? partition, int number, ErrorCode missing)
    {
        if (partition is null) return new() { PartitionIndex = number, ErrorCode = missing };
        var reply = await partition.DescribeProducersAsync().WithinAsync(Patience.Unsaid, time, Late);
        return new()
        {
            PartitionIndex = number,
            ErrorCode = reply.Error,
            ErrorMessage = reply.Message ?? HolesOf(partition),
            ActiveProducers = [.. reply.Producers.Select(Row)],
        };
    }

    // The only answer of the protocol that has room for words about a partition that serves.
    static string? HolesOf(Partition partition)
    {
        if (partition.Reader.Log?.Holes is not { Count: > 0 } holes) return null;
        var told = string.Join(' ', holes.Take(HolesTold).Select(hole => hole.Reason));
        return holes.Count > HolesTold ? $"{told} And {holes.Count - HolesTold} more." : told;
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
