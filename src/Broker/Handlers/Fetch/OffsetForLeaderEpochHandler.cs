using Semel.Broker.Door;
using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Topics;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Fetch;

/// <summary>
/// Behaviour: tells where the records of a leader epoch end, so that a reader can see whether the log it read is still this one (KIP-101, KIP-320). There has been one epoch, 0, for ever: it ends
/// where the log ends; one before it ended where the log begins; of -1 and of later ones nothing is known, which is -1 without an error.
/// Versions: 2 to 4. 3: who asks. 4: flexible.
/// Not done: replicas. Whoever says that it is one is answered as a consumer.
/// </summary>
internal sealed class OffsetForLeaderEpochHandler(TopicRegistry topics, TimeProvider time) : Handler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    const int Unknown = -1;

    protected override async ValueTask<OffsetForLeaderEpochResponse> AnswerAsync(OffsetForLeaderEpochRequest request, Exchange exchange)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var asked in request.Topics)
        {
            topics.TryFind(asked.Topic, out var topic);
            var row = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = asked.Topic };
            foreach (var partition in asked.Partitions) row.Partitions.Add(await FindAsync(topic?.Find(partition.Partition), partition));
            response.Topics.Add(row);
        }
        return response;
    }

    async ValueTask<OffsetForLeaderEpochResponse.EpochEndOffset> FindAsync(Partition? partition, OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked)
    {
        var row = new OffsetForLeaderEpochResponse.EpochEndOffset { Partition = asked.Partition };
        if (partition is null) row.ErrorCode = ErrorCode.UnknownTopicOrPartition;
        else row.ErrorCode = BrokerNode.CheckLeaderEpoch(asked.CurrentLeaderEpoch);
        if (row.ErrorCode != ErrorCode.None) return row;
        var opening = partition!.Reader.OpenAsync();
        var isOpen = opening.IsCompleted ? await opening : await opening.AsTask().WithinAsync(Patience.Unsaid, time, late: false);
        if (!isOpen || partition.Reader.View is not { } view)
        {
            row.ErrorCode = ErrorCode.KafkaStorageError;
            return row;
        }
        (row.LeaderEpoch, row.EndOffset) = asked.LeaderEpoch switch
        {
            Unknown or > BrokerNode.LeaderEpoch => (Unknown, Unknown),
            BrokerNode.LeaderEpoch => (BrokerNode.LeaderEpoch, view.HighWatermark),
            _ => (asked.LeaderEpoch, view.LogStartOffset),
        };
        return row;
    }
}
