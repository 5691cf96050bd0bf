using Semel.Client.Connections;
using Semel.Client.Errors;
using Semel.Client.Metadata;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Client.Administration;

/// <summary>Sends requests that are not about a partition: to any broker, to the controller, or to a certain one, again and again until it worked or the time is up.</summary>
internal sealed class AdminCalls(ClusterConnections connections, TimeSpan apiTimeout)
{
    public LeaderRounds Leaders { get; } = new(connections);
    public CoordinatorLookup Coordinators { get; } = new(connections);
    public TimeSpan ApiTimeout => apiTimeout;
    public ClusterConnections Connections => connections;

    /// <summary>From now on the time runs.</summary>
    public BoundedCall Begin(CancellationToken cancellation) => new(connections, apiTimeout, cancellation);

    public static ValueTask<BrokerConnection> AnyAsync(BoundedCall call) => call.AnyAsync();

    /// <summary>The controller, or any broker while nobody knows which it is: brokers without ZooKeeper pass requests on to it.</summary>
    public async ValueTask<BrokerConnection> ControllerAsync(BoundedCall call)
    {
        var view = connections.Metadata.View.Brokers.Count > 0 ? connections.Metadata.View : await call.RefreshAsync().ConfigureAwait(false);
        return await (view.Brokers.ContainsKey(view.ControllerId) ? call.BrokerAsync(view.ControllerId) : call.AnyAsync()).ConfigureAwait(false);
    }

    public async ValueTask<BrokerConnection> NodeAsync(NodeId node, BoundedCall call)
    {
        if (!connections.Metadata.View.Brokers.ContainsKey(node)) await call.RefreshAsync().ConfigureAwait(false);
        return await call.BrokerAsync(node).ConfigureAwait(false);
    }

    /// <summary>Asks the coordinator of a group or transactional id, and again when it has just moved or is about to be there.</summary>
    /// <param name="error">What an answer says as a whole, or of the one thing that was asked about.</param>
    /// <inheritdoc cref="SendAsync" path="/param"/>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public async Task<TResponse> CoordinatorAsync<TRequest, TResponse>(BoundedCall call, CoordinatorKind kind, string key, Func<short, TRequest> request, Func<TResponse, ErrorCode> error, bool isRepeatable, short highest = short.MaxValue)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var (response, _) = await SendAsync(call, one => Coordinators.FindAsync(kind, key, one), request, isRepeatable, (TResponse response) => ErrorTable.Of(error(response)).Passes, highest).ConfigureAwait(false);
        return response;
    }

    /// <summary>Asks each broker of the cluster the same.</summary>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public async Task<IReadOnlyList<(NodeId Node, TResponse Response)>> EachBrokerAsync<TRequest, TResponse>(BoundedCall call, Func<short, TRequest> request, Func<TResponse, ErrorCode> error)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var nodes = (await RefreshedAsync(call).ConfigureAwait(false)).Brokers.Keys.OrderBy(static node => node.Value).ToArray();
        return await Task.WhenAll(nodes.Select(async node =>
        {
            var (response, _) = await SendAsync(call, one => NodeAsync(node, one), request, isRepeatable: true, (TResponse response) => ErrorTable.Of(error(response)).Passes).ConfigureAwait(false);
            return (node, response);
        })).ConfigureAwait(false);
    }

    static async Task<MetadataView> RefreshedAsync(BoundedCall call)
    {
        try { return await call.RefreshAsync().ConfigureAwait(false); }
        catch (BrokerConnectionException lost) { throw new KafkaException(new Error(LocalErrorCode.ConnectionLost, lost.Message), ErrorClass.Retriable, lost); }
    }

    /// <exception cref="KafkaException">The code is an error.</exception>
    public static void Require(ErrorCode error, string what)
    {
        if (error != ErrorCode.None) throw new KafkaException(new Error(error, $"{what}: {error}"), ErrorTable.Of(error).Class);
    }

    /// <param name="isRepeatable">Whether the request may be sent again when nobody knows whether it was carried out.</param>
    /// <param name="highest">No later version is used.</param>
    /// <param name="mustRepeat">Looks whether the answer is one that another attempt may better.</param>
    /// <exception cref="KafkaException">No answer in time, or a request that the broker does not offer.</exception>
    public async Task<(TResponse Response, short Version)> SendAsync<TRequest, TResponse>(BoundedCall call, Func<BoundedCall, ValueTask<BrokerConnection>> broker, Func<short, TRequest> request, bool isRepeatable,
        Func<TResponse, bool>? mustRepeat, short highest = short.MaxValue) where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        for (var attempt = 1; ; attempt++)
        {
            var pause = connections.Options.Retrying.After(attempt);
            var isSent = false;
            try
            {
                var connection = await broker(call).ConfigureAwait(false);
                if (connection.BestVersion<TRequest, TResponse>(highest) is not { } version)
                    throw NotOffered(TRequest.ApiKey, connection.Address, TRequest.Versions);
                isSent = true;
                var response = await connection.SendAsync<TRequest, TResponse>(request(version), version, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
                if (mustRepeat?.Invoke(response) != true || !await call.TryPauseAsync(pause).ConfigureAwait(false)) return (response, version);
            }
            catch (BrokerConnectionException lost)
            {
                if (isSent && lost.WasWritten && !isRepeatable)
                    throw new KafkaException(new Error(LocalErrorCode.ConnectionLost, $"{lost.Message}. Whether it was carried out is not known: look before asking again"), ErrorClass.Application, lost);
                if (!await call.TryPauseAsync(pause).ConfigureAwait(false))
                    throw new KafkaException(new Error(LocalErrorCode.ConnectionLost, $"{TRequest.ApiKey} was not answered within default.api.timeout.ms={apiTimeout.TotalMilliseconds:0}: {lost.Message}"), ErrorClass.Retriable, lost);
                continue;
            }
            await TryRefreshAsync(call).ConfigureAwait(false);
        }
    }

    /// <summary>The answer said that somebody else is to be asked. Who that is may be out of reach: then the next attempt fails, and says so.</summary>
    static async Task TryRefreshAsync(BoundedCall call)
    {
        try { await call.RefreshAsync().ConfigureAwait(false); }
        catch (BrokerConnectionException) { }
    }

    /// <summary>Asks about each item by itself, all at the same time.</summary>
    /// <returns>What became of each, in their order.</returns>
    public static async Task<IReadOnlyList<AdminResult<TItem, TValue>>> EachAsync<TItem, TValue>(IReadOnlyCollection<TItem> items, Func<TItem, Task<TValue>> ask) =>
        await Task.WhenAll(items.Select(async item =>
        {
            try { return new AdminResult<TItem, TValue>(item, await ask(item).ConfigureAwait(false), null); }
            catch (KafkaException failure) { return new AdminResult<TItem, TValue>(item, default, failure); }
        })).ConfigureAwait(false);

    public static KafkaException NotOffered(ApiKey api, BrokerAddress broker, VersionRange known) =>
        new(new Error(LocalErrorCode.NotOffered, $"the broker at {broker} offers no version of {api} that this client knows ({known}). {NotOfferedRemedy.Of(api)}"), ErrorClass.Config);

    public int TimeoutMs => (int)Math.Min(connections.Options.RequestTimeout.TotalMilliseconds, int.MaxValue);

    public static AdminResult<TItem, TValue> Failed<TItem, TValue>(TItem item, ErrorCode code, string reason) =>
        new(item, default, new KafkaException(new Error(code, reason), ErrorTable.Of(code).Class));
}
