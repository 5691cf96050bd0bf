using Semel.Client.Connections;

namespace Semel.Client.Metadata;

/// <summary>
/// One call of the application that has to end within default.api.timeout.ms, whatever it waits for: a connection, the metadata, an answer or a pause between two
/// attempts. The time runs from the moment this is made.
/// </summary>
internal sealed class BoundedCall(ClusterConnections connections, TimeSpan timeout, CancellationToken cancellation)
{
    readonly long _began = connections.Options.TimeProvider.GetTimestamp();

    public CancellationToken Cancellation => cancellation;
    /// <summary>How long it may take in all.</summary>
    public TimeSpan Limit => timeout;

    public TimeSpan Left
    {
        get
        {
            var left = timeout - connections.Options.TimeProvider.GetElapsedTime(_began);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>How long one request may wait for its answer.</summary>
    public TimeSpan RequestTimeout
    {
        get
        {
            var left = Left;
            return left < connections.Options.RequestTimeout ? left : connections.Options.RequestTimeout;
        }
    }

    /// <exception cref="BrokerConnectionException">None is reached, or not in time.</exception>
    public ValueTask<BrokerConnection> AnyAsync() => WaitAsync(connections.GetAnyAsync, () => $"a connection to {AnyBroker()}{Failed(AnyAddresses())}");

    /// <inheritdoc cref="AnyAsync"/>
    public ValueTask<BrokerConnection> BrokerAsync(NodeId node) => WaitAsync(token => connections.GetAsync(node, token),
        () => $"a connection to broker {node}{At(node)}");

    /// <summary>The metadata as of an answer that is asked for now.</summary>
    /// <inheritdoc cref="AnyAsync" path="/exception"/>
    public ValueTask<MetadataView> RefreshAsync() => WaitAsync(token => new ValueTask<MetadataView>(connections.Metadata.RefreshAsync(token)), () => $"the cluster's metadata from {AnyBroker()}{Before()}");

    /// <summary>What is known of a topic, asked for when nothing is.</summary>
    /// <inheritdoc cref="AnyAsync" path="/exception"/>
    public ValueTask<TopicMetadata> TopicAsync(string topic) =>
        WaitAsync(token => connections.Metadata.GetAsync(topic, allowAutoCreate: false, token), () => $"the metadata of topic {topic} from {AnyBroker()}{Before()}");

    /// <returns>False at once when there would be no time left afterwards.</returns>
    public async ValueTask<bool> TryPauseAsync(TimeSpan pause)
    {
        if (pause >= Left) return false;
        await Task.Delay(pause, connections.Options.TimeProvider, cancellation).ConfigureAwait(false);
        return true;
    }

    async ValueTask<T> WaitAsync<T>(Func<CancellationToken, ValueTask<T>> wait, Func<string> what)
    {
        using var timer = new CancellationTokenSource(Left, connections.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await wait(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new BrokerConnectionException($"the call was still waiting for {what()} when its {timeout.TotalMilliseconds:0} ms (default.api.timeout.ms) were over", wasWritten: false);
        }
    }

    string At(NodeId node) => connections.Metadata.View.Brokers.TryGetValue(node, out var address) ? $" at {address}{Failed([address])}" : "";

    IEnumerable<BrokerAddress> AnyAddresses()
    {
        var known = connections.Metadata.View.Brokers;
        return known.Count > 0 ? known.Values : connections.Options.BootstrapServers;
    }

    string AnyBroker() => string.Join(" or ", AnyAddresses());

    string Failed(IEnumerable<BrokerAddress> addresses) =>
        connections.Outages.Describe(addresses) is { } failure ? $" (the last attempt failed: {failure})" : "";

    string Before() => connections.Metadata.LastFailure is { } failure ? $" (the last attempt failed: {failure})" : Failed(AnyAddresses());
}
