using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Broker.Transactions;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: records offsets that count when the producer's transaction is committed. What names no topic is refused first, and never begins a transaction.
/// Then the coordinator of the
/// transaction says whether the group's log is in it, or adds it, and the group machine writes them if nothing has ended the transaction meanwhile (KIP-890).
/// A request of the first protocol whose client has gone on by a newer connection gets no answer: its connection is closed (KAFKA-17754).
/// Versions: 0 to 6. 2: leader epochs. 3: generation and member (KIP-447). 5: adds the group's log to the transaction. 6: topics by id, errors of groups
/// (KIP-1319).
/// </summary>
internal sealed class TxnOffsetCommitHandler(GroupCoordinator groups, ITransactionGate gate, TimeProvider time) : Handler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    const short FirstThatKnowsLoading = 2, FirstWithAbortable = 4, FirstThatAdds = 5, FirstById = 6;

    public override bool EndsWithConnection => true;

    protected override async ValueTask<TxnOffsetCommitResponse> AnswerAsync(TxnOffsetCommitRequest request, Exchange exchange)
    {
        var command = CommandOf(request, exchange);
        if (Missing(command) is { } missing) return Of(request, missing);
        var (refusal, guard) = request.GroupId.Value.Length == 0 ? (ErrorCode.InvalidGroupId, 0) : await AdmitAsync(request, exchange);
        if (refusal != ErrorCode.None) return Of(request, Refused(command, refusal));
        var reply = await groups.AskAsync(request.GroupId.Value, command with { Guard = guard });
        if (reply is not OffsetErrors { Topics: var errors }) return Of(request, Refused(command, OfLog(reply.Error, exchange.Version)));
        if (errors.Any(topic => topic.Contains(ErrorCode.NetworkException)))
            throw new UnanswerableException($"offsets of producer {request.ProducerId} came after it had gone on by a newer connection");
        return Of(request, [.. errors.Select(topic => (ErrorCode[])[.. topic.Select(error => OfLog(error, exchange.Version))])]);
    }

    static CommitTransactional CommandOf(TxnOffsetCommitRequest request, Exchange exchange) => new()
    {
        GroupId = request.GroupId,
        GenerationOrEpoch = request.GenerationIdOrMemberEpoch,
        MemberId = request.MemberId,
        InstanceId = request.GroupInstanceId,
        Version = exchange.Version,
        ProducerId = request.ProducerId,
        ProducerEpoch = request.ProducerEpoch,
        ConnectionOrdinal = exchange.Session.Ordinal,
        Topics = [.. request.Topics.Select(topic => new TopicCommit(exchange.Version >= FirstById ? null : topic.Name, topic.TopicId,
            [.. topic.Partitions.Select(one => new PartitionCommit(one.PartitionIndex, one.CommittedOffset, one.CommittedLeaderEpoch, one.CommittedMetadata))]))],
    };

    /// <summary>The errors when no partition is there; null when one is. A request without partitions has none to tell.</summary>
    ErrorCode[][]? Missing(CommitTransactional command)
    {
        var errors = Refused(command, ErrorCode.None);
        return errors.All(topic => topic.All(error => error != ErrorCode.None)) ? errors : null;
    }

    /// <summary>What is not there is told first; everything else is told the refusal.</summary>
    ErrorCode[][] Refused(CommitTransactional command, ErrorCode refusal) =>
        [.. command.Topics.Select(topic => (ErrorCode[])[.. topic.Partitions.Select(one =>
            OffsetTarget.Check(groups.Catalog, topic.Name, topic.TopicId, one.Partition) is var error and not ErrorCode.None ? error : refusal)])];

    async ValueTask<(ErrorCode Refusal, long Guard)> AdmitAsync(TxnOffsetCommitRequest request, Exchange exchange)
    {
        var adds = exchange.Version >= FirstThatAdds;
        var begun = await groups.AskAsync(request.GroupId.Value, new BeginVerification(request.ProducerId, request.ProducerEpoch, adds));
        if (begun is not VerificationReply { Error: ErrorCode.None } verification) return (OfLog(begun.Error, exchange.Version), 0);
        if (verification.IsOpen) return (ErrorCode.None, 0);
        var codes = await gate.AdmitPatientlyAsync(request.TransactionalId, request.ProducerId, request.ProducerEpoch, [groups.ParticipantOf(request.GroupId.Value)],
            adds, exchange.Session.Ordinal, time);
        return (OfCoordinator(codes[0], exchange.Version), verification.Guard);
    }

    static ErrorCode OfCoordinator(ErrorCode error, short version) => error switch
    {
        ErrorCode.ProducerFenced => ErrorCode.InvalidProducerEpoch,
        ErrorCode.TransactionAbortable when version < FirstWithAbortable => ErrorCode.InvalidTxnState,
        ErrorCode.NetworkException or ErrorCode.RequestTimedOut => OfLog(ErrorCode.CoordinatorLoadInProgress, version),
        _ => OfLog(error, version),
    };

    static ErrorCode OfLog(ErrorCode error, short version) => error switch
    {
        ErrorCode.KafkaStorageError or ErrorCode.NotLeaderOrFollower => ErrorCode.NotCoordinator,
        // The oldest clients take this for the end (KAFKA-7296).
        ErrorCode.CoordinatorLoadInProgress when version < FirstThatKnowsLoading => ErrorCode.CoordinatorNotAvailable,
        _ => error,
    };

    static TxnOffsetCommitResponse Of(TxnOffsetCommitRequest request, IReadOnlyList<IReadOnlyList<ErrorCode>> errors) => new()
    {
        Topics = [.. RefusedFirst.Of(errors).Select(row => new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic
        {
            Name = request.Topics[row.Topic].Name,
            TopicId = request.Topics[row.Topic].TopicId,
            Partitions = [.. row.Partitions.Select(partition => new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition
            {
                PartitionIndex = request.Topics[row.Topic].Partitions[partition].PartitionIndex,
                ErrorCode = errors[row.Topic][partition],
            })],
        })],
    };
}
