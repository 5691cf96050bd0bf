using Microsoft.Extensions.Logging;
using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Topics;

/// <summary>
/// Behaviour: moves the start of partitions up to an offset, -1 for the high watermark, durably. What the partition knows of producers stays: a batch
/// whose records are deleted is still recognised when it is sent again. A topic of the broker's own is INVALID_TOPIC_EXCEPTION: it loses nothing.
/// Versions: 0 to 2, which differ in their layout only.
/// </summary>
internal sealed class DeleteRecordsHandler(TopicRegistry topics, ProducerIdSource producerIds, TimeProvider time, ILogger logger)
    : Handler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    protected override async ValueTask<DeleteRecordsResponse> AnswerAsync(DeleteRecordsRequest request, Exchange exchange)
    {
        var response = new DeleteRecordsResponse();
        foreach (var asked in request.Topics)
        {
            topics.TryFind(asked.Name, out var topic);
            var patience = Patience.Of(request.TimeoutMs);
            var rows = await Task.WhenAll(asked.Partitions.Select(partition => DeleteAsync(topic?.Find(partition.PartitionIndex), partition, patience)));
            response.Topics.Add(new() { Name = asked.Name, Partitions = [.. rows] });
        }
        return response;
    }

    static readonly PartitionReply Late = PartitionReply.Failed(ErrorCode.RequestTimedOut);

    async Task<DeleteRecordsResponse.DeleteRecordsPartitionResult> DeleteAsync(
        Partition? partition, DeleteRecordsRequest.DeleteRecordsPartition asked, TimeSpan patience)
    {
        var reply = partition is not UserPartition users
            ? PartitionReply.Failed(partition is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException)
            : await users.Sequencer.AskAsync(PartitionCommand.DeleteRecords(asked.Offset, producerIds.GivenOut)).WithinAsync(patience, time, Late);
        if (reply.Error == ErrorCode.None) Broker.Log.RecordsDeleted(logger, partition!.Name, reply.LogStartOffset);
        return new() { PartitionIndex = asked.PartitionIndex, ErrorCode = reply.Error, LowWatermark = reply.Error == ErrorCode.None ? reply.LogStartOffset : -1 };
    }
}
