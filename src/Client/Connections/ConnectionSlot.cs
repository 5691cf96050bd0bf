using Microsoft.Extensions.Logging;
using Semel.Protocol;

namespace Semel.Client.Connections;

/// <summary>
/// The place of one connection: it holds the open one, dials when there is none, lets all who ask meanwhile wait for the same attempt, and keeps
/// attempts apart by the reconnect backoff (P-59). Thread safe.
/// </summary>
internal sealed class ConnectionSlot(NodeId node, BrokerAddress address, Dialer dialer, Outages outages, ClusterFeatures features, ConnectionOptions options, CancellationToken closing)
    : IAsyncDisposable
{
    readonly Lock _gate = new();
    BrokerConnection? _open;
    Task<BrokerConnection>? _dialling;
    int _failures;
    long _lastFailure;
    bool _isRetired;

    public BrokerAddress Address => address;

    /// <summary>The open connection, null when there is none now.</summary>
    public BrokerConnection? Current => Volatile.Read(ref _open) is { IsBroken: false } open ? open : null;

    public ValueTask<BrokerConnection> GetAsync(CancellationToken cancellation)
    {
        if (Current is { } open) return new ValueTask<BrokerConnection>(open);
        Task<BrokerConnection> dialling;
        lock (_gate)
        {
            if (Current is { } opened) return new ValueTask<BrokerConnection>(opened);
            dialling = _dialling ??= Observed(DialAsync());
        }
        return new ValueTask<BrokerConnection>(dialling.WaitAsync(cancellation));
    }

    /// <summary>Whoever waits for an attempt may stop waiting, and when nobody is left its failure is still no unobserved one: it was logged.</summary>
    static Task<BrokerConnection> Observed(Task<BrokerConnection> dialling)
    {
        _ = dialling.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return dialling;
    }

    async Task<BrokerConnection> DialAsync()
    {
        // Runs on without the lock that the caller holds.
        await Task.Yield();
        try
        {
            await WaitForBackoffAsync().ConfigureAwait(false);
            var connection = await dialer.DialAsync(node, address, SetupTimeout(), closing).ConfigureAwait(false);
            ConnectionLog.Connected(options.Logger, node, address);
            outages.Reached(address);
            features.Note(connection.FinalizedFeaturesEpoch, connection.FinalizedFeatures);
            return await EndAsync(connection).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not BrokerConnectionException)
        {
            throw Failed(new BrokerConnectionException($"{address}: {Reason(failure)}", wasWritten: false, failure) { Cause = UnreachableRule.Of(failure) });
        }
        catch (BrokerConnectionException failure)
        {
            throw Failed(new BrokerConnectionException($"{address}: {failure.Message}", wasWritten: false, failure.InnerException)
            {
                Cause = UnreachableRule.Of(failure),
            });
        }
    }

    string Reason(Exception failure) => failure is OperationCanceledException && closing.IsCancellationRequested ? "the client is closed" : failure.Message;

    async Task WaitForBackoffAsync()
    {
        var left = options.Reconnecting.After(_failures) - options.TimeProvider.GetElapsedTime(_lastFailure);
        if (_failures > 0 && left > TimeSpan.Zero) await Task.Delay(left, options.TimeProvider, closing).ConfigureAwait(false);
    }

    TimeSpan SetupTimeout()
    {
        var doubled = options.SetupTimeout * Math.Pow(2, Math.Min(_failures, 16));
        return doubled < options.SetupTimeoutMax ? doubled : TimeSpan.FromTicks(Math.Max(options.SetupTimeoutMax.Ticks, options.SetupTimeout.Ticks));
    }

    async Task<BrokerConnection> EndAsync(BrokerConnection connection)
    {
        BrokerConnection? before;
        lock (_gate)
        {
            before = _isRetired ? connection : _open;
            if (!_isRetired) Volatile.Write(ref _open, connection);
            _dialling = null;
            _failures = 0;
        }
        if (before is not null) await before.DisposeAsync().ConfigureAwait(false);
        return connection;
    }

    BrokerConnectionException Failed(BrokerConnectionException failure)
    {
        lock (_gate)
        {
            _dialling = null;
            _failures++;
            _lastFailure = options.TimeProvider.GetTimestamp();
        }
        if (closing.IsCancellationRequested) return failure;
        ConnectionLog.DialFailed(options.Logger, node, address, _failures, failure.Message);
        outages.Failed(node, address, failure.Cause, failure.Message);
        return failure;
    }

    /// <summary>The broker has moved: what is open is closed, what is being opened will be.</summary>
    public void Retire() => _ = DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        BrokerConnection? open;
        Task<BrokerConnection>? dialling;
        lock (_gate)
        {
            _isRetired = true;
            (open, _open, dialling) = (_open, null, _dialling);
        }
        if (open is not null) await open.DisposeAsync().ConfigureAwait(false);
        // An attempt that is under way ends by the closing token or its own time-out, and disposes of what it opened.
        if (dialling is not null && closing.IsCancellationRequested) await Task.WhenAny(dialling).ConfigureAwait(false);
    }
}
