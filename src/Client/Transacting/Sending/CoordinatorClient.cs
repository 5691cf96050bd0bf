using System.Collections.Concurrent;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Client.Producing;
using Semel.Protocol.Wire;

namespace Semel.Client.Transacting.Sending;

/// <summary>
/// Carries requests to the coordinator of the transactional id and to those of groups, once each: trying again is the machine's decision. A coordinator is
/// remembered until the machine says that it is another. A connection on which a request timed out is closed by that, so of no request two copies are on
/// their way on one connection. Thread safe.
/// </summary>
internal sealed class CoordinatorClient(ClusterConnections connections, ProducerOptions options)
{
    readonly CoordinatorLookup _lookup = new(connections);
    readonly ConcurrentDictionary<(CoordinatorKind Kind, string Key), NodeId> _known = new();

    volatile bool _namesTopicsById;

    /// <summary>Whether the coordinator that was last given offsets was told the ids of their topics.</summary>
    public bool NamesTopicsById => _namesTopicsById;

    string Id => options.TransactionalId!;

    /// <param name="cancellation">Ends what was not written; what was is answered or lost.</param>
    public async Task<CoordinatorAnswer> AskAsync(CoordinatorRequest request, bool looksUp, CancellationToken cancellation)
    {
        try
        {
            var connection = await ConnectAsync(request, looksUp, cancellation).ConfigureAwait(false);
            var (lowest, highest) = VersionLimits.Of(request);
            if (request is CommitOffsetsRequest) _namesTopicsById = OffsetCommitExchange.NamesTopicsById(connection, highest);
            return request switch
            {
                InitProducerRequest init => await InitExchange.SendAsync(connection, init, Id, options, lowest, highest).ConfigureAwait(false),
                AddPartitionsRequest add => await AddPartitionsExchange.SendAsync(connection, add, Id, options, lowest, highest).ConfigureAwait(false),
                AddOffsetsRequest add => await AddOffsetsExchange.SendAsync(connection, add, Id, options, lowest, highest).ConfigureAwait(false),
                CommitOffsetsRequest commit => await OffsetCommitExchange.SendAsync(connection, commit, Id, options, lowest, highest).ConfigureAwait(false),
                EndTransactionRequest end => await EndExchange.SendAsync(connection, end, Id, options, lowest, highest).ConfigureAwait(false),
                _ => throw new ArgumentException($"{request.GetType().Name} is no request to a coordinator", nameof(request)),
            };
        }
        catch (KafkaException refused)
        {
            // Whoever knows the coordinators refused: the request itself was not sent.
            var code = refused.Error.Code == ErrorCode.None ? ErrorCode.UnsupportedVersion : refused.Error.Code;
            return new CoordinatorAnswer(AnswerKind.NotSent, code) { Message = refused.Message };
        }
        catch (BrokerConnectionException lost)
        {
            return CoordinatorAnswer.Unanswered(lost.WasWritten, lost.Message);
        }
        catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
        {
            return CoordinatorAnswer.Unanswered(wasWritten: false, "the producer is closed");
        }
    }

    async ValueTask<BrokerConnection> ConnectAsync(CoordinatorRequest request, bool looksUp, CancellationToken cancellation)
    {
        var key = request is CommitOffsetsRequest commit ? (CoordinatorKind.Group, commit.Group.GroupId) : (CoordinatorKind.Transaction, Id);
        var call = new BoundedCall(connections, options.AnswerTimeout, cancellation);
        if (!looksUp && _known.TryGetValue(key, out var node)) return await call.BrokerAsync(node).ConfigureAwait(false);
        _known.TryRemove(key, out _);
        var found = await _lookup.FindAsync(key.Item1, key.Item2, call).ConfigureAwait(false);
        _known[key] = found.Node;
        return found;
    }

    /// <summary>The version of a request, when the broker offers one of the protocol that it belongs to.</summary>
    /// <exception cref="KafkaException">It offers none.</exception>
    public static short Version<TRequest, TResponse>(BrokerConnection connection, short lowest, short highest)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new() =>
        connection.BestVersion<TRequest, TResponse>(highest) is { } version && version >= lowest ? version
            : throw new KafkaException(new Error(ErrorCode.UnsupportedVersion,
                $"the broker at {connection.Address} offers no version {lowest}{(highest == short.MaxValue ? " or later" : $" to {highest}")} of {TRequest.ApiKey}, which exactly-once needs"), ErrorClass.Config);
}
