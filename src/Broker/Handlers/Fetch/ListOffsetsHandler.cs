using Semel.Broker.Door;
using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Fetch;

/// <summary>
/// Behaviour: finds an offset for a timestamp. -1: the end that the isolation level may see. -2 and -4: the log's start (all of it is local). -3: the
/// record with the largest timestamp. -5: the end of what a remote tier has, none here. From 0 on: the first record that is not older, if the isolation
/// level may see it. What is not found is -1 without an error;
/// what may lie in a hole of the log is CORRUPT_MESSAGE, because asking again does not help. A partition that stands twice under its topic is INVALID_REQUEST.
/// Versions: 1 to 11. 2: isolation level. 4: leader epochs. 7: -3 (KIP-734). 8: -4 (KIP-405). 9: -5 (KIP-1005). 11: -6 (KIP-1023). A question that the
/// version does not know is UNSUPPORTED_VERSION.
/// </summary>
internal sealed class ListOffsetsHandler(TopicRegistry topics, ReadJournal journal, TimeProvider time) : Handler<ListOffsetsRequest, ListOffsetsResponse>
{
    const long Latest = -1, Earliest = -2, MaxTimestamp = -3, EarliestLocal = -4, LatestTiered = -5, EarliestPendingUpload = -6;

    const short LeaderEpochs = 4;

    protected override async ValueTask<ListOffsetsResponse> AnswerAsync(ListOffsetsRequest request, Exchange exchange)
    {
        var response = new ListOffsetsResponse();
        foreach (var asked in request.Topics)
        {
            topics.TryFind(asked.Name, out var topic);
            var row = new ListOffsetsResponse.ListOffsetsTopicResponse { Name = asked.Name };
            foreach (var same in asked.Partitions.GroupBy(partition => partition.PartitionIndex))
                row.Partitions.Add(same.Count() > 1 || !Enum.IsDefined(request.IsolationLevel)
                    ? Refused(same.Key, ErrorCode.InvalidRequest)
                    : await FindAsync(topic?.Find(same.Key), same.First(), request.IsolationLevel, exchange.Version));
            response.Topics.Add(row);
        }
        return response;
    }

    async ValueTask<ListOffsetsResponse.ListOffsetsPartitionResponse> FindAsync(Partition? partition, ListOffsetsRequest.ListOffsetsPartition asked, IsolationLevel isolation, short version)
    {
        if (partition is null) return Refused(asked.PartitionIndex, ErrorCode.UnknownTopicOrPartition);
        if (BrokerNode.CheckLeaderEpoch(asked.CurrentLeaderEpoch) is not ErrorCode.None and var epochError) return Refused(asked.PartitionIndex, epochError);
        if (!IsKnown(asked.Timestamp, version)) return Refused(asked.PartitionIndex, ErrorCode.UnsupportedVersion);
        if (!await OpenAsync(partition)) return Refused(asked.PartitionIndex, ErrorCode.KafkaStorageError);
        if (partition.Reader.View is not { } view || partition.Reader.Log is not { } log) return Refused(asked.PartitionIndex, ErrorCode.KafkaStorageError);
        try
        {
            return Found(asked.PartitionIndex, Find(log, view, asked.Timestamp, isolation), version);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return Refused(asked.PartitionIndex, journal.Failed(partition, view.LogStartOffset, exception));
        }
    }

    ValueTask<bool> OpenAsync(Partition partition)
    {
        var opening = partition.Reader.OpenAsync();
        return opening.IsCompleted ? opening : new(opening.AsTask().WithinAsync(Patience.Unsaid, time, late: false));
    }

    static bool IsKnown(long timestamp, short version) => timestamp switch
    {
        >= Earliest => true,
        MaxTimestamp => version >= 7,
        EarliestLocal => version >= 8,
        LatestTiered => version >= 9,
        EarliestPendingUpload => version >= 11,
        _ => false,
    };

    static TimestampedOffset? Find(ILog log, IReadView view, long timestamp, IsolationLevel isolation)
    {
        var bound = isolation == IsolationLevel.ReadCommitted ? view.LastStableOffset : view.HighWatermark;
        return timestamp switch
        {
            Latest => new(bound, -1),
            Earliest or EarliestLocal => new(view.LogStartOffset, -1),
            MaxTimestamp => log.FindMaxTimestamp(bound),
            LatestTiered or EarliestPendingUpload => null,
            _ => log.FindOffset(timestamp, bound),
        };
    }

    static ListOffsetsResponse.ListOffsetsPartitionResponse Found(int partition, TimestampedOffset? found, short version) => found is { } at
        ? new() { PartitionIndex = partition, Offset = at.Offset, Timestamp = at.Timestamp, LeaderEpoch = version >= LeaderEpochs ? BrokerNode.LeaderEpoch : -1 }
        : new() { PartitionIndex = partition };

    static ListOffsetsResponse.ListOffsetsPartitionResponse Refused(int partition, ErrorCode error) => new() { PartitionIndex = partition, ErrorCode = error };
}
