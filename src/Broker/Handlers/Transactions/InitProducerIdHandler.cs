using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: gives a producer its id and epoch. With a transactional id its coordinator decides: an earlier incarnation is fenced, its open transaction aborted, and the
/// answer waits for that, a second at most. Without one the id is new and the epoch 0. Ids come from blocks that are durable before the first of them is used, so none is
/// ever given twice. A producer's former id and epoch are of no consequence without a transactional id, but one without the other is INVALID_REQUEST. A connection that asks
/// for more than a hundred ids a second for long gets COORDINATOR_LOAD_IN_PROGRESS, which every client takes as "again soon".
/// Versions: 0 to 5. 3: the former id and epoch (KIP-360). 4: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. 5 permits errors of transactions.
/// </summary>
internal sealed class InitProducerIdHandler(ProducerIdSource producerIds, TransactionCoordinator coordinator, TimeProvider time)
    : Handler<InitProducerIdRequest, InitProducerIdResponse>
{
    const short FirstThatKnowsFenced = 4;

    public override bool EndsWithConnection => true;

    protected override ValueTask<InitProducerIdResponse> AnswerAsync(InitProducerIdRequest request, Exchange exchange) =>
        request.TransactionalId is { } id ? OfTransactionalIdAsync(id, request, exchange) : OfNobodyAsync(request, exchange);

    async ValueTask<InitProducerIdResponse> OfTransactionalIdAsync(TransactionalId id, InitProducerIdRequest request, Exchange exchange)
    {
        var command = new TransactionCommand.InitProducerId(id, request.TransactionTimeoutMs, request.ProducerId, request.ProducerEpoch) { ConnectionOrdinal = exchange.Session.Ordinal };
        var reply = (await coordinator.InitProducerIdAsync(command).WithinAsync(Patience.Unsaid, time, TransactionAnswers.Late)).Checked();
        return reply.Error == ErrorCode.None ? new() { ProducerId = reply.ProducerId, ProducerEpoch = reply.Epoch } : Refused(reply.ErrorIn(exchange.Version, FirstThatKnowsFenced));
    }

    async ValueTask<InitProducerIdResponse> OfNobodyAsync(InitProducerIdRequest request, Exchange exchange)
    {
        if (request.ProducerId.Value == -1 != (request.ProducerEpoch.Value == -1)) return Refused(ErrorCode.InvalidRequest);
        if (!exchange.Session.ProducerIdRate.TryTake(time)) return Refused(ErrorCode.CoordinatorLoadInProgress);
        var (error, producerId) = await producerIds.TakeAsync().AsTask()
            .WithinAsync(Patience.Unsaid, time, (ErrorCode.CoordinatorLoadInProgress, ProducerId.None));
        return error == ErrorCode.None ? new() { ProducerId = producerId, ProducerEpoch = new ProducerEpoch(0) } : Refused(error);
    }

    static InitProducerIdResponse Refused(ErrorCode error) => new() { ErrorCode = error, ProducerId = ProducerId.None, ProducerEpoch = ProducerEpoch.None };
}
