using Semel.Client.Connections;
using Semel.Client.Metadata;

namespace Semel.Client.Grouping.Coordination;

/// <summary>The way to a group's coordinator: who it is, as long as nobody says otherwise, and connections to it. Thread safe.</summary>
internal sealed class CoordinatorLink(ClusterConnections connections, string groupId)
{
    readonly CoordinatorLookup _lookup = new(connections);
    readonly SemaphoreSlim _asking = new(1, 1);
    volatile object? _known;

    public ClusterConnections Connections => connections;

    /// <param name="anew">Whether the last answer made somebody doubt who it is.</param>
    /// <exception cref="BrokerConnectionException">It cannot be found or reached in time.</exception>
    /// <exception cref="KafkaException">The cluster names none in time, or refuses.</exception>
    public async ValueTask<BrokerConnection> ConnectAsync(ConnectionLane lane, bool anew, TimeSpan patience, CancellationToken cancellation)
    {
        var before = _known;
        var node = before is NodeId known && !anew ? known : await FindAsync(before, patience, cancellation).ConfigureAwait(false);
        return await connections.GetAsync(node, lane, cancellation).ConfigureAwait(false);
    }

    /// <summary>All who ask at the same time share one answer.</summary>
    async Task<NodeId> FindAsync(object? before, TimeSpan patience, CancellationToken cancellation)
    {
        await _asking.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_known is NodeId found && !ReferenceEquals(_known, before)) return found;
            var connection = await _lookup.FindAsync(CoordinatorKind.Group, groupId, new BoundedCall(connections, patience, cancellation)).ConfigureAwait(false);
            _known = connection.Node;
            return connection.Node;
        }
        finally
        {
            _asking.Release();
        }
    }
}
