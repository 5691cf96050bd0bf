using Semel.Broker.Door;
using Semel.Broker.Transactions;
using Semel.Machines.Groups.Consumer.Patterns;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>
/// Behaviour: tells all transactional ids that are known, or those that all given conditions let through (KIP-664). States that there are not are told back, and match nothing. A pattern
/// is a regular expression in RE2 syntax for the whole id; one that is none is INVALID_REGULAR_EXPRESSION. While a coordinator cannot be asked the answer is
/// COORDINATOR_LOAD_IN_PROGRESS, as the list would not be whole.
/// Versions: 0 to 2. 1: those that have been running for longer than a time, in milliseconds; what never began is not among them (KIP-994). 2: the pattern (KIP-1152).
/// </summary>
internal sealed class ListTransactionsHandler(TransactionCoordinator coordinator, TimeProvider time) : Handler<ListTransactionsRequest, ListTransactionsResponse>
{
    static readonly (ErrorCode, IReadOnlyList<TransactionDescription>) Late = (ErrorCode.CoordinatorLoadInProgress, []);

    protected override async ValueTask<ListTransactionsResponse> AnswerAsync(ListTransactionsRequest request, Exchange exchange)
    {
        TopicPattern? pattern = null;
        if (request.TransactionalIdPattern is { Length: > 0 } text && !TopicPattern.TryParse(text, out pattern, out _)) return new() { ErrorCode = ErrorCode.InvalidRegularExpression };
        var response = new ListTransactionsResponse();
        var states = new HashSet<TransactionState>();
        foreach (var name in request.StateFilters)
        {
            if (TransactionStateNames.TryParse(name, out var state)) states.Add(state);
            else response.UnknownStateFilters.Add(name);
        }
        var filter = new TransactionFilter
        {
            States = request.StateFilters.Count > 0 ? states : null,
            ProducerIds = request.ProducerIdFilters.Count > 0 ? request.ProducerIdFilters.ToHashSet() : null,
            RunningLongerThanMs = request.DurationFilter,
        };
        var (error, listed) = await coordinator.ListAsync(filter).WithinAsync(Patience.Unsaid, time, Late);
        response.ErrorCode = error;
        var matching = pattern?.Matching(listed.Select(static known => known.TransactionalId.Value))?.ToHashSet();
        foreach (var known in listed)
            if (matching is null || matching.Contains(known.TransactionalId.Value))
                response.TransactionStates.Add(new() { TransactionalId = known.TransactionalId, ProducerId = known.ProducerId, TransactionState = known.State.ToString() });
        return response;
    }
}
