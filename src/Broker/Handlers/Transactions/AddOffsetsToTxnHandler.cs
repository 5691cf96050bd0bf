using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Machines.Catalog;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: adds the offsets of a group to a transaction: all groups whose offsets are kept in the same place are one participant. The group need not exist.
/// Versions: 0 to 4. 2: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. 4 permits errors of transactions.
/// </summary>
internal sealed class AddOffsetsToTxnHandler(TransactionCoordinator coordinator, GroupCoordinator groups, TopicRegistry topics, TimeProvider time) : Handler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>
{
    const short FirstThatKnowsFenced = 2;

    public override bool EndsWithConnection => true;

    protected override async ValueTask<AddOffsetsToTxnResponse> AnswerAsync(AddOffsetsToTxnRequest request, Exchange exchange)
    {
        var reply = await AddAsync(request, exchange.Session.Ordinal).WithinAsync(Patience.Unsaid, time, TransactionAnswers.Late);
        return new() { ErrorCode = reply.Checked().ErrorIn(exchange.Version, FirstThatKnowsFenced) };
    }

    async Task<TransactionReply> AddAsync(AddOffsetsToTxnRequest request, long ordinal)
    {
        if (request.TransactionalId.Value.Length == 0) return TransactionReply.Failed(ErrorCode.InvalidRequest);
        if (await topics.StateReadyAsync(InternalTopic.Groups) is not ErrorCode.None and var error) return TransactionReply.Failed(error);
        var command = new TransactionCommand.AddParticipants(request.TransactionalId, request.ProducerId, request.ProducerEpoch,
            [groups.ParticipantOf(request.GroupId.Value)], TransactionVersion: 0)
        {
            ConnectionOrdinal = ordinal,
            IsOfCoordinatorConnection = true,
        };
        return await coordinator.AskAsync(request.TransactionalId, command);
    }
}
