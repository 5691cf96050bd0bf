using Semel.Broker.Door;
using Semel.Broker.Transactions;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: tells what is known of transactional ids (KIP-664), each by itself: state, producer, since when, and the partitions that take part while it is open. One that is not known, or
/// was forgotten, is TRANSACTIONAL_ID_NOT_FOUND; an empty one INVALID_REQUEST.
/// Versions: 0.
/// </summary>
internal sealed class DescribeTransactionsHandler(TransactionCoordinator coordinator, TimeProvider time) : Handler<DescribeTransactionsRequest, DescribeTransactionsResponse>
{
    static readonly (ErrorCode, TransactionDescription?) Late = (ErrorCode.CoordinatorNotAvailable, null);

    protected override async ValueTask<DescribeTransactionsResponse> AnswerAsync(DescribeTransactionsRequest request, Exchange exchange) =>
        new() { TransactionStates = [.. await Task.WhenAll(request.TransactionalIds.Select(DescribeAsync))] };

    async Task<DescribeTransactionsResponse.TransactionStateData> DescribeAsync(TransactionalId id)
    {
        if (id.Value.Length == 0) return Failed(id, ErrorCode.InvalidRequest);
        var (error, description) = await coordinator.DescribeAsync(id).WithinAsync(Patience.Unsaid, time, Late);
        return error != ErrorCode.None ? Failed(id, error) : description is null ? Failed(id, ErrorCode.TransactionalIdNotFound) : Row(description);
    }

    static DescribeTransactionsResponse.TransactionStateData Failed(TransactionalId id, ErrorCode error) => new() { TransactionalId = id, ErrorCode = error };

    static DescribeTransactionsResponse.TransactionStateData Row(TransactionDescription known) => new()
    {
        TransactionalId = known.TransactionalId,
        TransactionState = known.State.ToString(),
        TransactionTimeoutMs = known.TimeoutMs,
        TransactionStartTimeMs = known.StartMs,
        ProducerId = known.ProducerId,
        ProducerEpoch = known.Epoch,
        Topics = [.. known.Participants.GroupBy(static participant => participant.Topic)
            .Select(static topic => new DescribeTransactionsResponse.TopicData { Topic = topic.Key, Partitions = [.. topic.Select(static participant => participant.Partition).Distinct()] })],
    };
}
