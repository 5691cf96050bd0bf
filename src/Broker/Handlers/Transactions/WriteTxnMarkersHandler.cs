using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: writes markers that end transactions, for tools that free a partition of one that hangs; the broker's own coordinator needs no request for its markers. The abort of a transaction
/// that is alive is the coordinator's: it aborts the whole of it, so that no reader ever gets a part (R-AA; Kafka writes the one marker, and the rest is committed alone). A commit, or an abort by a higher epoch, of a transaction that is alive is INVALID_TXN_STATE. A repeated
/// marker is answered with success. Each partition is by itself.
/// Versions: 1 and 2. 2: which transaction protocol the marker is of (KIP-1228).
/// </summary>
internal sealed class WriteTxnMarkersHandler(TopicRegistry topics, ITransactionGate gate, TimeProvider time) : Handler<WriteTxnMarkersRequest, WriteTxnMarkersResponse>
{
    protected override async ValueTask<WriteTxnMarkersResponse> AnswerAsync(WriteTxnMarkersRequest request, Exchange exchange)
    {
        var response = new WriteTxnMarkersResponse();
        // One after the other: they may be of one producer.
        foreach (var asked in request.Markers) response.Markers.Add(await EndAsync(asked));
        return response;
    }

    async Task<WriteTxnMarkersResponse.WritableTxnMarkerResult> EndAsync(WriteTxnMarkersRequest.WritableTxnMarker asked)
    {
        var marker = new EndMarker(asked.ProducerId, asked.ProducerEpoch, asked.TransactionResult, asked.CoordinatorEpoch, asked.TransactionVersion);
        var ofAll = await OfAllAsync(marker);
        var result = new WriteTxnMarkersResponse.WritableTxnMarkerResult { ProducerId = asked.ProducerId };
        foreach (var topic in asked.Topics)
        {
            topics.TryFind(topic.Name, out var found);
            var rows = await Task.WhenAll(topic.PartitionIndexes.Select(number => EndAsync(found?.Find(number), number, marker, ofAll)));
            result.Topics.Add(new() { Name = topic.Name, Partitions = [.. rows] });
        }
        return result;
    }

    /// <summary>What all partitions of a marker are answered with; null when each has to be asked.</summary>
    async ValueTask<ErrorCode?> OfAllAsync(EndMarker marker)
    {
        if (marker.TransactionVersion < 0) return ErrorCode.UnknownServerError;
        if (marker.ProducerId.IsNone || marker.Epoch.IsNone) return null;
        return await gate.EndOwnerAsync(marker.ProducerId, marker.Epoch, marker.Commit) switch
        {
            ErrorCode.InvalidProducerIdMapping => null,
            ErrorCode.None => ErrorCode.None,
            ErrorCode.InvalidTxnState => ErrorCode.InvalidTxnState,
            // Its owner cannot be asked now, or ends it already. This one every tool tries again.
            _ => ErrorCode.NotLeaderOrFollower,
        };
    }

    async Task<WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult> EndAsync(Partition? partition, int number, EndMarker marker, ErrorCode? ofAll)
    {
        var error = partition is null ? ErrorCode.UnknownTopicOrPartition
            : ofAll ?? await partition.EndTransactionAsync(marker).WithinAsync(Patience.Unsaid, time, ErrorCode.RequestTimedOut);
        return new() { PartitionIndex = number, ErrorCode = error };
    }
}
