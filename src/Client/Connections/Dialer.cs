using System.Net;
using System.Net.Sockets;
using Semel.Protocol;

namespace Semel.Client.Connections;

/// <summary>Makes one connection: looks the name up, tries each address in turn, and shakes hands. Thread safe.</summary>
internal sealed class Dialer(ConnectionOptions options)
{
    /// <param name="timeout">For each address: the TCP connection and the handshake on it.</param>
    /// <exception cref="BrokerConnectionException">No address led to a broker; the message says why each did not.</exception>
    public async Task<BrokerConnection> DialAsync(NodeId node, BrokerAddress broker, TimeSpan timeout, CancellationToken cancellation)
    {
        List<string> reasons = [];
        var cause = UnreachableCause.Other;
        foreach (var address in await ResolveAsync(broker, timeout, cancellation).ConfigureAwait(false))
        {
            using var timer = new CancellationTokenSource(timeout, options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
            try
            {
                return await DialAsync(node, broker, new IPEndPoint(address, broker.Port), timeout, either.Token).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is SocketException or BrokerConnectionException or OperationCanceledException)
            {
                cancellation.ThrowIfCancellationRequested();
                cause = UnreachableRule.Of(failure);
                reasons.Add(failure is OperationCanceledException ? $"no connection within {timeout.TotalMilliseconds:0} ms" : failure.Message);
            }
        }
        throw new BrokerConnectionException(string.Join("; ", reasons), wasWritten: false) { Cause = cause };
    }

    /// <summary>Name servers that do not answer can keep a lookup for minutes, so it has the time of a connection.</summary>
    async Task<IPAddress[]> ResolveAsync(BrokerAddress broker, TimeSpan timeout, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(broker.Host, out var address)) return Wanted(broker, [address]);
        using var timer = new CancellationTokenSource(timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(broker.Host, either.Token).ConfigureAwait(false);
            return addresses.Length > 0 ? Wanted(broker, addresses) : throw NotFound(broker, "has no address");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw NotFound(broker, $"was not looked up within {timeout.TotalMilliseconds:0} ms");
        }
        catch (SocketException failure)
        {
            throw NotFound(broker, $"cannot be looked up: {failure.Message}", failure);
        }
    }

    IPAddress[] Wanted(BrokerAddress broker, IPAddress[] addresses)
    {
        if (options.Addresses == AddressFamily.Unspecified) return addresses;
        IPAddress[] wanted = [.. addresses.Where(address => address.AddressFamily == options.Addresses)];
        var (only, other) = options.Addresses == AddressFamily.InterNetwork ? ("v4", "6") : ("v6", "4");
        return wanted.Length > 0 ? wanted : throw NotFound(broker, $"has addresses of IP version {other} only, and broker.address.family={only}; any tries all");
    }

    static BrokerConnectionException NotFound(BrokerAddress broker, string what, Exception? inner = null) =>
        new($"the name {broker.Host} {what}", wasWritten: false, inner) { Cause = UnreachableCause.NameUnknown };

    async Task<BrokerConnection> DialAsync(NodeId node, BrokerAddress broker, IPEndPoint endpoint, TimeSpan timeout, CancellationToken cancellation)
    {
        var socket = options.Socket.Open(endpoint.AddressFamily);
        try
        {
            await socket.ConnectAsync(endpoint, cancellation).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var connection = new BrokerConnection(node, broker, socket, options);
        try
        {
            await Handshake.PerformAsync(connection, timeout, cancellation).ConfigureAwait(false);
            if (options.AsksCluster && node != NodeId.None)
                connection.ClusterId = await ClusterQuestion.AskAsync(connection, timeout, cancellation).ConfigureAwait(false);
            return connection;
        }
        catch (Exception failure) when (failure is OperationCanceledException || cancellation.IsCancellationRequested)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            // Who takes connections and is mute, a process that was stopped for example, is another trouble than who cannot be connected to.
            throw new BrokerConnectionException($"a connection was made, and nobody answered on it within {timeout.TotalMilliseconds:0} ms", wasWritten: false) { Cause = UnreachableCause.TimedOut };
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
