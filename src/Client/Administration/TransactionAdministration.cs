using Semel.Client.Connections;
using Semel.Client.Errors;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Administration;

/// <summary>Transactions as their coordinators know them (KIP-664), and their end by an operator. Thread safe.</summary>
internal sealed class TransactionAdministration(AdminCalls calls)
{
    /// <param name="producerIds">Only those; all when there is none.</param>
    /// <param name="longerThan">Only those that run longer, in milliseconds; -1 for all.</param>
    /// <param name="pattern">Only ids that match this RE2 expression; null for all.</param>
    /// <exception cref="KafkaException">A broker does not answer, refuses, or cannot filter so.</exception>
    public async Task<IReadOnlyList<ListedTransaction>> ListAsync(IReadOnlyCollection<string> states, IReadOnlyCollection<ProducerId> producerIds, long longerThan, string? pattern, CancellationToken cancellation)
    {
        var answers = await calls.EachBrokerAsync<ListTransactionsRequest, ListTransactionsResponse>(calls.Begin(cancellation), version =>
        {
            if (version < 1 && longerThan >= 0) throw CannotFilter("by how long they run");
            if (version < 2 && pattern is not null) throw CannotFilter("by a pattern");
            return new ListTransactionsRequest { StateFilters = [.. states], ProducerIdFilters = [.. producerIds], DurationFilter = longerThan, TransactionalIdPattern = pattern };
        }, static answer => answer.ErrorCode).ConfigureAwait(false);
        foreach (var (node, answer) in answers)
        {
            AdminCalls.Require(answer.ErrorCode, $"broker {node} does not list its transactions");
            if (answer.UnknownStateFilters.Count > 0) throw new KafkaException(new Error(ErrorCode.InvalidRequest, $"broker {node} knows no transaction state {string.Join(", ", answer.UnknownStateFilters)}"), ErrorClass.Config);
        }
        return [.. answers.SelectMany(static answer => answer.Response.TransactionStates.Select(state => new ListedTransaction(state.TransactionalId.Value, answer.Node, state.ProducerId, state.TransactionState)))];
    }

    static KafkaException CannotFilter(string how) => new(new Error(LocalErrorCode.NotOffered, $"the broker is too old to list transactions {how}"), ErrorClass.Config);

    /// <exception cref="KafkaException">With <see cref="ErrorCode.TransactionalIdNotFound"/> when nobody knows the id.</exception>
    public async Task<TransactionDescription> DescribeAsync(string transactionalId, CancellationToken cancellation)
    {
        var coordinator = NodeId.None;
        var call = calls.Begin(cancellation);
        var (answer, _) = await calls.SendAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(call, async one =>
        {
            var connection = await calls.Coordinators.FindAsync(CoordinatorKind.Transaction, transactionalId, one).ConfigureAwait(false);
            coordinator = connection.Node;
            return connection;
        }, _ => new DescribeTransactionsRequest { TransactionalIds = [new(transactionalId)] }, isRepeatable: true, answer => ErrorTable.Of(Only(answer).ErrorCode).Passes).ConfigureAwait(false);
        var state = Only(answer);
        if (state.ErrorCode == ErrorCode.TransactionalIdNotFound) throw new KafkaException(new Error(state.ErrorCode, $"no coordinator knows the transactional id '{transactionalId}'"), ErrorClass.Application);
        AdminCalls.Require(state.ErrorCode, $"transactional id '{transactionalId}' cannot be described");
        return new TransactionDescription(transactionalId, coordinator, state.TransactionState, state.ProducerId, state.ProducerEpoch, TimeSpan.FromMilliseconds(state.TransactionTimeoutMs),
            state.TransactionStartTimeMs >= 0 ? state.TransactionStartTimeMs : null,
            [.. state.Topics.SelectMany(static topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))).OrderBy(static partition => partition.Topic, StringComparer.Ordinal).ThenBy(static partition => partition.Partition)]);
    }

    static DescribeTransactionsResponse.TransactionStateData Only(DescribeTransactionsResponse answer) =>
        answer.TransactionStates is [var state] ? state : new DescribeTransactionsResponse.TransactionStateData { ErrorCode = ErrorCode.UnknownServerError };

    /// <summary>Commits, in place of its owner. Sent again when nobody knows whether it was carried out: the coordinator knows a repeated decision.</summary>
    /// <exception cref="KafkaException">The coordinator refuses: the owner went on, or the transaction has ended otherwise.</exception>
    public async Task CommitAsync(string transactionalId, ProducerId producerId, ProducerEpoch epoch, CancellationToken cancellation)
    {
        var answer = await calls.CoordinatorAsync<EndTxnRequest, EndTxnResponse>(calls.Begin(cancellation), CoordinatorKind.Transaction, transactionalId,
            _ => new EndTxnRequest { TransactionalId = new(transactionalId), ProducerId = producerId, ProducerEpoch = epoch, Committed = true }, static answer => WaitedFor(answer.ErrorCode), isRepeatable: true).ConfigureAwait(false);
        AdminCalls.Require(answer.ErrorCode, $"the transaction of '{transactionalId}' is not committed");
    }

    /// <summary>Aborts what is open, and fences its owner (KIP-360): what Kafka's tool calls to force a termination.</summary>
    /// <exception cref="KafkaException">The coordinator refuses, or does not finish in time.</exception>
    public Task AbortAsync(string transactionalId, CancellationToken cancellation) => FenceAsync(transactionalId, cancellation);

    /// <returns>The id and the epoch that nobody has now.</returns>
    /// <inheritdoc cref="AbortAsync(string, CancellationToken)"/>
    public async Task<FencedProducer> FenceAsync(string transactionalId, CancellationToken cancellation)
    {
        // The time-out is that of the transactions of a producer that never begins one.
        var answer = await calls.CoordinatorAsync<InitProducerIdRequest, InitProducerIdResponse>(calls.Begin(cancellation), CoordinatorKind.Transaction, transactionalId,
            _ => new InitProducerIdRequest { TransactionalId = new(transactionalId), TransactionTimeoutMs = 1 }, static answer => WaitedFor(answer.ErrorCode), isRepeatable: true).ConfigureAwait(false);
        AdminCalls.Require(answer.ErrorCode, $"the transaction of '{transactionalId}' is not aborted");
        return new FencedProducer(answer.ProducerId, answer.ProducerEpoch);
    }

    /// <summary>An end that is being carried out is over in a moment: here that passes, whatever it means to a producer.</summary>
    static ErrorCode WaitedFor(ErrorCode error) => error == ErrorCode.ConcurrentTransactions ? ErrorCode.CoordinatorNotAvailable : error;

    /// <summary>Writes the marker of an abort into one partition.</summary>
    /// <exception cref="KafkaException">The partition's leader refuses or cannot be reached.</exception>
    public async Task AbortAsync(HangingTransaction writer, CancellationToken cancellation)
    {
        var answers = await calls.Leaders.AskAsync<HangingTransaction, bool>([writer], static item => item.Partition, WriteMarkerAsync, calls.ApiTimeout, cancellation).ConfigureAwait(false);
        if (!answers[0].IsSuccess)
            throw new KafkaException(new Error(answers[0].Error, $"{writer.Partition}: the transaction is not aborted: {answers[0].Reason ?? answers[0].Error.ToString()}"), ErrorTable.Of(answers[0].Error).Class);
    }

    static async Task<IReadOnlyList<LeaderAnswer<bool>>> WriteMarkerAsync(BrokerConnection leader, IReadOnlyList<(HangingTransaction Item, int LeaderEpoch)> items, BoundedCall call)
    {
        var (writer, _) = items[0];
        if (leader.BestVersion<WriteTxnMarkersRequest, WriteTxnMarkersResponse>() is not { } version)
            return [new LeaderAnswer<bool>(ErrorCode.UnsupportedVersion, default, $"the broker at {leader.Address} takes no markers from clients")];
        var request = new WriteTxnMarkersRequest
        {
            Markers =
            [
                new()
                {
                    ProducerId = writer.ProducerId, ProducerEpoch = writer.ProducerEpoch, TransactionResult = false, CoordinatorEpoch = writer.CoordinatorEpoch,
                    Topics = [new() { Name = writer.Partition.Topic, PartitionIndexes = [writer.Partition.Partition] }],
                },
            ],
        };
        var response = await leader.SendAsync<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(request, version, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
        var told = response.Markers.SelectMany(static marker => marker.Topics).SelectMany(static topic => topic.Partitions).FirstOrDefault();
        return [told is null ? new LeaderAnswer<bool>(ErrorCode.UnknownServerError, default, "the broker said nothing about it") : new LeaderAnswer<bool>(told.ErrorCode, true)];
    }
}
