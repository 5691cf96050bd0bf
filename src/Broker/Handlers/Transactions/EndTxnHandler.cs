using Semel.Broker.Door;
using Semel.Broker.Transactions;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: ends a transaction. The answer comes when every participant knows the end, so that what it acknowledges can be read (R-V); when that takes more than a second,
/// on the decision alone, which is durable. A request of the first protocol that comes over an earlier connection than its producer spoke on since belongs to a transaction that is
/// over: the connection is closed.
/// Versions: 0 to 5. 2: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. 5: each end raises the epoch, and the answer has the id and epoch of what comes next (KIP-890).
/// </summary>
internal sealed class EndTxnHandler(TransactionCoordinator coordinator, TimeProvider time) : Handler<EndTxnRequest, EndTxnResponse>
{
    const short FirstThatKnowsFenced = 2, FirstThatRaises = 5;

    public override bool EndsWithConnection => true;

    protected override async ValueTask<EndTxnResponse> AnswerAsync(EndTxnRequest request, Exchange exchange)
    {
        var raises = exchange.Version >= FirstThatRaises;
        var command = new TransactionCommand.EndTransaction(request.TransactionalId, request.ProducerId, request.ProducerEpoch, request.Committed, raises ? TransactionOptions.RaisingVersion : (short)0)
        {
            ConnectionOrdinal = exchange.Session.Ordinal,
        };
        var asked = request.TransactionalId.Value.Length == 0 ? TransactionReply.Failed(ErrorCode.InvalidRequest)
            : await coordinator.AskAsync(request.TransactionalId, command).WithinAsync(Patience.Unsaid, time, TransactionAnswers.Late);
        var reply = asked.Checked();
        return new() { ErrorCode = reply.ErrorIn(exchange.Version, FirstThatKnowsFenced), ProducerId = reply.ProducerId, ProducerEpoch = reply.Epoch };
    }
}
