using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Protocol.Wire;

namespace Semel.Client.Administration;

/// <summary>Sends requests that are not about a partition: to any broker, to the controller, or to a certain one, again and again until it worked or the time is up.</summary>
internal sealed class AdminCalls(ClusterConnections connections, TimeSpan apiTimeout)
{
    public LeaderRounds Leaders { get; } = new(connections);
    public TimeSpan ApiTimeout => apiTimeout;
    public ClusterConnections Connections => connections;

    public ValueTask<BrokerConnection> AnyAsync(CancellationToken cancellation) => connections.GetAnyAsync(cancellation);

    /// <summary>The controller, or any broker while nobody knows which it is: brokers without ZooKeeper pass requests on to it.</summary>
    public async ValueTask<BrokerConnection> ControllerAsync(CancellationToken cancellation)
    {
        var view = connections.Metadata.View.Brokers.Count > 0 ? connections.Metadata.View : await connections.Metadata.RefreshAsync(cancellation).ConfigureAwait(false);
        return view.Brokers.ContainsKey(view.ControllerId) ? await connections.GetAsync(view.ControllerId, cancellation).ConfigureAwait(false) : await AnyAsync(cancellation).ConfigureAwait(false);
    }

    public async ValueTask<BrokerConnection> NodeAsync(NodeId node, CancellationToken cancellation)
    {
        if (!connections.Metadata.View.Brokers.ContainsKey(node)) await connections.Metadata.RefreshAsync(cancellation).ConfigureAwait(false);
        return await connections.GetAsync(node, cancellation).ConfigureAwait(false);
    }

    /// <param name="isRepeatable">Whether the request may be sent again when nobody knows whether it was carried out.</param>
    /// <param name="mustRepeat">Looks whether the answer is one that another attempt may better.</param>
    /// <exception cref="KafkaException">No answer in time, or a request that the broker does not offer.</exception>
    public async Task<(TResponse Response, short Version)> SendAsync<TRequest, TResponse>(Func<CancellationToken, ValueTask<BrokerConnection>> broker, Func<short, TRequest> request, bool isRepeatable,
        Func<TResponse, bool>? mustRepeat, CancellationToken cancellation) where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var time = connections.Options.TimeProvider;
        var began = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var left = apiTimeout - time.GetElapsedTime(began);
            try
            {
                var connection = await broker(cancellation).ConfigureAwait(false);
                if (connection.BestVersion<TRequest, TResponse>() is not { } version)
                    throw new KafkaException(new Error(LocalErrorCode.NotOffered, $"the broker at {connection.Address} offers no version of {TRequest.ApiKey} that this client knows ({TRequest.Versions})"), ErrorClass.Config);
                var timeout = left < connections.Options.RequestTimeout ? left : connections.Options.RequestTimeout;
                var response = await connection.SendAsync<TRequest, TResponse>(request(version), version, timeout, cancellation).ConfigureAwait(false);
                if (mustRepeat?.Invoke(response) != true || left <= TimeSpan.Zero) return (response, version);
                await connections.Metadata.RefreshAsync(cancellation).ConfigureAwait(false);
            }
            catch (BrokerConnectionException lost)
            {
                if (lost.WasWritten && !isRepeatable)
                    throw new KafkaException(new Error(LocalErrorCode.ConnectionLost, $"{lost.Message}. Whether it was carried out is not known: look before asking again"), ErrorClass.Application, lost);
                if (left <= TimeSpan.Zero)
                    throw new KafkaException(new Error(LocalErrorCode.ConnectionLost, $"{TRequest.ApiKey} was not answered within default.api.timeout.ms={apiTimeout.TotalMilliseconds:0}: {lost.Message}"), ErrorClass.Retriable, lost);
            }
            var pause = connections.Options.Retrying.After(attempt);
            left = apiTimeout - time.GetElapsedTime(began);
            await Task.Delay(pause < left ? pause : left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellation).ConfigureAwait(false);
        }
    }

    public int TimeoutMs => (int)Math.Min(connections.Options.RequestTimeout.TotalMilliseconds, int.MaxValue);

    public static AdminResult<TItem, TValue> Failed<TItem, TValue>(TItem item, ErrorCode code, string reason) =>
        new(item, default, new KafkaException(new Error(code, reason), ClassOf(code)));

    static ErrorClass ClassOf(ErrorCode code) => code switch
    {
        _ when LeaderRounds.IsRetriable(code) || code == ErrorCode.NotController => ErrorClass.Retriable,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.InvalidConfig or ErrorCode.PolicyViolation => ErrorClass.Config,
        _ => ErrorClass.Application,
    };
}
