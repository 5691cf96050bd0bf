using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: gives a producer a new id with epoch 0. Ids come from blocks that are durable before the first of them is used, so none is ever given
/// twice. A producer's former id and epoch are of no consequence without a transactional id, but one without the other is INVALID_REQUEST. A
/// connection that asks for more than a hundred a second for long gets COORDINATOR_LOAD_IN_PROGRESS, which every client takes as "again soon".
/// Versions: 0 to 5. 3: the former id and epoch (KIP-360). 4 and 5 permit errors of transactions.
/// Not done: transactional ids. They get TRANSACTIONAL_ID_AUTHORIZATION_FAILED, which no client takes as a reason to try again.
/// </summary>
internal sealed class InitProducerIdHandler(ProducerIdSource producerIds, TimeProvider time) : Handler<InitProducerIdRequest, InitProducerIdResponse>
{
    protected override async ValueTask<InitProducerIdResponse> AnswerAsync(InitProducerIdRequest request, Exchange exchange)
    {
        if (request.TransactionalId is { } transactionalId)
            return Refused(transactionalId.Value.Length == 0 ? ErrorCode.InvalidRequest : ErrorCode.TransactionalIdAuthorizationFailed);
        if (request.ProducerId.Value == -1 != (request.ProducerEpoch.Value == -1)) return Refused(ErrorCode.InvalidRequest);
        if (!exchange.Session.ProducerIdRate.TryTake(time)) return Refused(ErrorCode.CoordinatorLoadInProgress);
        var (error, producerId) = await producerIds.TakeAsync().AsTask()
            .WithinAsync(Patience.Unsaid, time, (ErrorCode.CoordinatorLoadInProgress, ProducerId.None));
        return error == ErrorCode.None ? new() { ProducerId = producerId, ProducerEpoch = new ProducerEpoch(0) } : Refused(error);
    }

    static InitProducerIdResponse Refused(ErrorCode error) => new() { ErrorCode = error, ProducerId = ProducerId.None, ProducerEpoch = ProducerEpoch.None };
}
