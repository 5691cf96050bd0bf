using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Machines.Catalog;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: adds partitions to a transaction before it writes to them, or tells whether they are in it. Each is taken as the incarnation of its topic that is there now. When one of
/// a transaction's partitions is not there none is added: that one is told so, and the others OPERATION_NOT_ATTEMPTED.
/// Versions: 0 to 5. 2: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. From 4 on several transactions at once; brokers use it among each other, and one client (KIP-890).
/// </summary>
internal sealed class AddPartitionsToTxnHandler(TransactionCoordinator coordinator, TopicRegistry topics, TimeProvider time)
    : Handler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>
{
    const short FirstThatKnowsFenced = 2, FirstOfSeveral = 4;

    public override bool EndsWithConnection => true;

    protected override async ValueTask<AddPartitionsToTxnResponse> AnswerAsync(AddPartitionsToTxnRequest request, Exchange exchange)
    {
        var response = new AddPartitionsToTxnResponse();
        if (exchange.Version < FirstOfSeveral)
        {
            var only = new AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction
            {
                TransactionalId = request.V3AndBelowTransactionalId,
                ProducerId = request.V3AndBelowProducerId,
                ProducerEpoch = request.V3AndBelowProducerEpoch,
                Topics = request.V3AndBelowTopics,
            };
            response.ResultsByTopicV3AndBelow = await AddAsync(only, exchange);
            return response;
        }
        // One after the other: they may be of one producer.
        foreach (var transaction in request.Transactions)
            response.ResultsByTransaction.Add(new() { TransactionalId = transaction.TransactionalId, TopicResults = await AddAsync(transaction, exchange) });
        return response;
    }

    async Task<List<AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult>> AddAsync(AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction asked, Exchange exchange)
    {
        var (participants, refusals) = Resolve(asked.Topics);
        if (refusals.Exists(static refusal => refusal != ErrorCode.None))
            return Results(asked.Topics, refusals.Select(static refusal => refusal == ErrorCode.None ? ErrorCode.OperationNotAttempted : refusal));
        var reply = asked.TransactionalId.Value.Length == 0 ? TransactionReply.Failed(ErrorCode.InvalidRequest)
            : await coordinator.AskAsync(asked.TransactionalId, CommandOf(asked, participants, exchange.Session.Ordinal)).WithinAsync(Patience.Unsaid, time, TransactionAnswers.Late);
        var ofAll = reply.Checked().ErrorIn(exchange.Version, FirstThatKnowsFenced);
        return Results(asked.Topics, participants.Select((_, index) => reply.Participants?[index] ?? ofAll));
    }

    static TransactionCommand CommandOf(AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction asked, List<Participant> participants, long ordinal) => asked.VerifyOnly
        ? new TransactionCommand.Verify(asked.TransactionalId, asked.ProducerId, asked.ProducerEpoch, participants) { ConnectionOrdinal = ordinal }
        : new TransactionCommand.AddParticipants(asked.TransactionalId, asked.ProducerId, asked.ProducerEpoch, participants, TransactionVersion: 0)
        {
            ConnectionOrdinal = ordinal,
            IsOfCoordinatorConnection = true,
        };

    (List<Participant> Participants, List<ErrorCode> Refusals) Resolve(List<AddPartitionsToTxnRequest.AddPartitionsToTxnTopic> asked)
    {
        var (participants, refusals) = (new List<Participant>(), new List<ErrorCode>());
        foreach (var named in asked)
        {
            topics.TryFind(named.Name, out var topic);
            foreach (var partition in named.Partitions)
            {
                // Nobody but its coordinators writes to the topic of transactions.
                refusals.Add(topic?.Find(partition) is null ? ErrorCode.UnknownTopicOrPartition
                    : topic.Description.IsInternal && topic.Name != InternalTopic.Groups ? ErrorCode.InvalidTopicException : ErrorCode.None);
                participants.Add(Participant.Of(named.Name, topic?.Description.TopicId ?? TopicId.None, partition));
            }
        }
        return (participants, refusals);
    }

    static List<AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult> Results(List<AddPartitionsToTxnRequest.AddPartitionsToTxnTopic> asked, IEnumerable<ErrorCode> codes)
    {
        using var next = codes.GetEnumerator();
        var results = new List<AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult>(asked.Count);
        foreach (var topic in asked)
        {
            var result = new AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult { Name = topic.Name };
            foreach (var partition in topic.Partitions)
                result.ResultsByPartition.Add(new() { PartitionIndex = partition, PartitionErrorCode = next.MoveNext() ? next.Current : ErrorCode.UnknownServerError });
            results.Add(result);
        }
        return results;
    }
}
